import type { ClosedWindow, MetricValue, NamedMetric, SeriesWindow } from '../../core/plugin.ts';
import { seededRandom } from '../../core/findings/random.ts';

/** One metric of each sort that the outlier plugin tells apart. */
export const METRICS = {
  count: { name: 'events', metric: { kind: 'value', aggregate: 'events' }, where: {} },
  ratio: { name: 'fill', metric: { kind: 'ratio', numerator: 'fills', denominator: 'events' }, where: {} },
  gauge: { name: 'price', metric: { kind: 'value', aggregate: 'price' }, where: {} },
  mean: { name: 'bids', metric: { kind: 'ratio', numerator: 'bids', denominator: 'events' }, where: {} },
  median: { name: 'median', metric: { kind: 'quantile', aggregate: 'latencyMs', q: 0.5 }, where: {} },
} as const satisfies Readonly<Record<string, NamedMetric>>;
export type MetricSort = keyof typeof METRICS;

export const WINDOW_MS = 60_000;
const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 5);

/** What is simulated, and how often a value is far off: the share of values that are. */
export interface Simulation {
  readonly series: number;
  readonly sorts: readonly MetricSort[];
  readonly faultShare: number;
}

/** Windows of many series with a daily course, one after another; the same of the same simulation. */
export function* simulatedFleet({ series, sorts, faultShare }: Simulation): Generator<ClosedWindow, never> {
  const uniform = seededRandom('fleet');
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const names = Array.from({ length: series }, (_, at) => `exchange=x${String(at)}`);
  for (let at = 0; ; at++) {
    const startMs = START_MS + at * WINDOW_MS;
    const course = 1 + 0.3 * Math.sin((2 * Math.PI * (startMs % DAY_MS)) / DAY_MS);
    yield {
      stream: 'requests',
      startMs,
      endMs: startMs + WINDOW_MS,
      revision: 0,
      state: 'complete',
      series: names.map((name, place): SeriesWindow => {
        const factor = uniform() < faultShare ? 3 * uniform() : 1;
        const mean = (20 + 37 * (place % 50)) * course * factor;
        const events = Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
        return {
          series: name,
          labels: { exchange: `x${String(place)}` },
          events,
          readings: new Map(),
          metrics: new Map(sorts.map((sort) => [METRICS[sort].name, valueOf(sort, { events, factor, normal })])),
        };
      }),
      extra: [],
      servers: [],
    };
  }
}

interface Drawn {
  readonly events: number;
  readonly factor: number;
  readonly normal: () => number;
}

function valueOf(sort: MetricSort, { events, factor, normal }: Drawn): MetricValue {
  switch (sort) {
    case 'count':
      return { value: events };
    case 'ratio': {
      const share = Math.min(1, 0.3 * factor);
      const wanted = Math.round(events * share + Math.sqrt(events * share * (1 - share)) * normal());
      return ratio(Math.max(0, Math.min(events, wanted)), events);
    }
    case 'gauge':
      return { value: 2.5 * factor + 0.2 * normal() + 0.05 * normal() ** 3 };
    case 'mean':
      return ratio(Math.round(events * 3.5 * factor + Math.sqrt(events) * normal()), events);
    case 'median':
      return { value: events === 0 ? undefined : Math.round(20 * factor + 2 * normal()) };
  }
}

const ratio = (numerator: number, denominator: number): MetricValue => ({
  value: denominator === 0 ? undefined : numerator / denominator,
  numerator,
  denominator,
});
