import type { MetricConfig } from '../config/aggregateConfig.ts';
import type { EstimateInterval, WindowEstimate } from './openWindow.ts';

/** A metric of one series in a window that may still change. */
export interface MetricOutlook {
  readonly metric: string;
  /** Undefined when there is nothing to read. */
  readonly observed: number | undefined;
  /** Infinite on a side where nobody knows; undefined of what nothing is known. */
  readonly estimate: (EstimateInterval & { readonly value: number }) | undefined;
}

/** What is read of one aggregate. */
export interface ReadAggregate {
  readonly kind: string;
  readonly value: number | null;
}

/** An estimate of a window, and one of its confidences. */
export interface StatedEstimate extends Pick<WindowEstimate, 'observed' | 'value' | 'intervals' | 'basis' | 'metrics'> {
  readonly confidence: number;
}

/**
 * The metrics of one series that are values or ratios of aggregates, in an open window:
 *
 *     of the whole stream              as they were estimated
 *     counts and sums of other series  scaled by what is missing of the stream's: servers that are missing are taken to have the same mix as those that are there
 *     maxima, distinct counts          at least what is there; minima: at most that
 *     ratios of other series           only observed
 */
export function metricsOf(
  metrics: Readonly<Record<string, MetricConfig>>,
  { series, aggregates }: { readonly series: string; readonly aggregates: ReadonlyMap<string, ReadAggregate> },
  stated: StatedEstimate | undefined,
): MetricOutlook[] {
  return Object.entries(metrics).flatMap(([metric, declared]): MetricOutlook[] => {
    if ('quantile' in declared) return [];
    const whole = stated?.metrics.find((one) => one.metric === metric);
    const observed = observedOf(declared, aggregates);
    if (series === '' && whole?.value !== undefined) return [{ metric, observed, estimate: at(whole, stated) }];
    if ('ratio' in declared) return [{ metric, observed, estimate: undefined }];
    const kind = aggregates.get(declared.value)?.kind;
    const estimate =
      kind === 'count' || kind === 'sum' ? scaled(observed ?? 0, whole, stated) : oneSided(kind, observed, stated);
    return [{ metric, observed, estimate }];
  });
}

function observedOf(declared: MetricConfig, aggregates: ReadonlyMap<string, ReadAggregate>): number | undefined {
  const [numerator, denominator] = (
    'ratio' in declared ? declared.ratio : 'value' in declared ? [declared.value] : []
  ).map((name) => aggregates.get(name)?.value ?? undefined);
  if (!('ratio' in declared)) return numerator;
  return numerator === undefined || denominator === undefined || denominator === 0
    ? undefined
    : numerator / denominator;
}

type Whole = Pick<WindowEstimate['metrics'][number], 'observed' | 'value' | 'intervals'>;

function at({ value, intervals }: Whole, stated: StatedEstimate | undefined): MetricOutlook['estimate'] {
  const interval = intervals.find(({ confidence }) => confidence === stated?.confidence);
  return interval === undefined || value === undefined ? undefined : { ...interval, value };
}

/** By the stream's own sum where it has one of the same sign, else by its events. */
function scaled(
  observed: number,
  whole: Whole | undefined,
  stated: StatedEstimate | undefined,
): MetricOutlook['estimate'] {
  const by = whole?.value !== undefined && (whole.observed ?? 0) > 0 ? whole : stated;
  const estimate = by && at(by, stated);
  if (estimate === undefined || !((by?.observed ?? 0) > 0)) return undefined;
  const times = (total: number): number => (observed === 0 ? 0 : (observed * total) / (by?.observed ?? 1));
  const [a, b] = [times(estimate.low), times(estimate.high)];
  return { confidence: estimate.confidence, value: times(estimate.value), low: Math.min(a, b), high: Math.max(a, b) };
}

function oneSided(
  kind: string | undefined,
  observed: number | undefined,
  stated: StatedEstimate | undefined,
): MetricOutlook['estimate'] {
  if (observed === undefined || stated === undefined) return undefined;
  const { confidence } = stated;
  if (stated.basis === 'whole') return { confidence, value: observed, low: observed, high: observed };
  if (kind === 'min') return { confidence, value: observed, low: -Infinity, high: observed };
  if (kind === 'max' || kind === 'distinct') return { confidence, value: observed, low: observed, high: Infinity };
  return undefined;
}
