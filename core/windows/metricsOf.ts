import type { EventsStreamConfig } from '../config/streamConfig.ts';
import type { EstimateInterval, WindowEstimate } from './openWindow.ts';

/** A metric of one series in a window that may still change. */
export interface MetricOutlook {
  readonly metric: string;
  /** Undefined when there is nothing to read. */
  readonly observed: number | undefined;
  /** Undefined of what cannot be scaled by events that are missing. */
  readonly estimate: (EstimateInterval & { readonly value: number }) | undefined;
}

/** What is read of one aggregate. */
export interface ReadAggregate {
  readonly kind: string;
  readonly value: number | null;
}

/**
 * The metrics of one series that are values or ratios of aggregates. Counts and sums of an open window are scaled by what is missing of the stream's events: servers
 * that are missing are taken to have the same mix as those that are there. Of a ratio that would change nothing, and of an extreme it would say nothing, so they are only observed.
 */
export function metricsOf(
  metrics: EventsStreamConfig['metrics'],
  aggregates: ReadonlyMap<string, ReadAggregate>,
  estimate: Pick<WindowEstimate, 'observed' | 'value' | 'intervals'> | undefined,
  confidence: number,
): MetricOutlook[] {
  return Object.entries(metrics).flatMap(([metric, declared]): MetricOutlook[] => {
    if ('quantile' in declared) return [];
    if ('ratio' in declared) {
      const [numerator, denominator] = declared.ratio.map((name) => aggregates.get(name)?.value ?? undefined);
      const observed =
        numerator === undefined || denominator === undefined || denominator === 0 ? undefined : numerator / denominator;
      return [{ metric, observed, estimate: undefined }];
    }
    const read = aggregates.get(declared.value);
    const observed = read?.value ?? undefined;
    const scales = read?.kind === 'count' || read?.kind === 'sum';
    return [{ metric, observed, estimate: scales ? scaled(observed ?? 0, estimate, confidence) : undefined }];
  });
}

function scaled(
  observed: number,
  estimate: Pick<WindowEstimate, 'observed' | 'value' | 'intervals'> | undefined,
  confidence: number,
): MetricOutlook['estimate'] {
  const interval = estimate?.intervals.find((stated) => stated.confidence === confidence);
  if (estimate === undefined || interval === undefined || !(estimate.observed > 0)) return undefined;
  const times = (events: number): number => (observed * events) / estimate.observed;
  const [a, b] = [times(interval.low), times(interval.high)];
  return { confidence, value: times(estimate.value), low: Math.min(a, b), high: Math.max(a, b) };
}
