import type { AggregateConfig, MetricConfig, StreamProblem } from './aggregateConfig.ts';

/** A stream, as far as estimates of its open windows are concerned. */
interface Declared {
  readonly aggregates: Readonly<Record<string, AggregateConfig>>;
  readonly metrics: Readonly<Record<string, MetricConfig>>;
  readonly ready?: { readonly metric: string } | undefined;
}

/** The stream's metrics, and the aggregate that its contract of readiness names, where that is none of them. */
export function metricsWithReady({
  metrics,
  ready,
}: Pick<Declared, 'metrics' | 'ready'>): Readonly<Record<string, MetricConfig>> {
  const named = ready?.metric;
  return named === undefined || named in metrics ? metrics : { ...metrics, [named]: { value: named } };
}

/** Those of its metrics of which open windows get an interval beside that of their events: sums, and ratios of counts and sums. */
export function estimatedMetrics(declared: Declared): readonly (readonly [name: string, config: MetricConfig])[] {
  return Object.entries(metricsWithReady(declared)).filter(
    ([, config]) => isEstimated(config, declared) && !('value' in config && config.value === 'events'),
  );
}

/** The aggregates of which sums by server are needed for these. */
export const summedAggregates = (
  metrics: readonly (readonly [name: string, config: MetricConfig])[],
): readonly string[] =>
  [...new Set(metrics.flatMap(([, config]) => namesIn(config)))].filter((name) => name !== 'events').sort();

/** A contract of readiness that can never be met. */
export function readyProblems(declared: Declared): StreamProblem[] {
  const { aggregates, metrics, ready } = declared;
  if (ready === undefined) return [];
  const path = ['ready', 'metric'];
  const config = metricsWithReady(declared)[ready.metric];
  const among = [...new Set(['events', ...Object.keys(aggregates)])].join(', ');
  if (config === undefined || !(ready.metric in metrics || ready.metric === 'events' || ready.metric in aggregates))
    return [
      {
        path,
        message: `${ready.metric} is neither among the aggregates (${among}) nor among the metrics (${Object.keys(metrics).join(', ')})`,
      },
    ];
  if (isEstimated(config, declared)) return [];
  const others = Object.entries(aggregates).flatMap(([name, one]) => ('sum' in one ? [name] : []));
  const ratios = Object.entries(metrics).flatMap(([name, one]) => (isEstimated(one, declared) ? [name] : []));
  const known = [...new Set(['events', ...others, ...ratios])].join(', ');
  return [
    {
      path,
      message: `there is no interval of ${ready.metric}: it is no count, no sum and no ratio of them; choose from ${known}`,
    },
  ];
}

const isEstimated = (config: MetricConfig, { aggregates }: Declared): boolean =>
  !('quantile' in config) && namesIn(config).every((name) => name === 'events' || 'sum' in (aggregates[name] ?? {}));

const namesIn = (config: MetricConfig): readonly string[] =>
  'ratio' in config ? config.ratio : 'quantile' in config ? [config.quantile[0]] : [config.value];
