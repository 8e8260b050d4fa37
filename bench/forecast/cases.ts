import type { ClosedWindow, MetricValue, NamedMetric } from '../../core/plugin.ts';
import { readCorpus } from '../nab/corpus.ts';
import { METRICS, type MetricSort, simulatedFleet, WINDOW_MS } from '../outlier/simulatedFleet.ts';
import { KINDS, simulated } from '../yardstick/kinds.ts';

/** A series that is forecast: its values at regular times, and as the metric that they are. */
export interface Case {
  readonly kind: string;
  readonly stepMs: number;
  readonly timesMs: readonly number[];
  readonly values: readonly number[];
  readonly metric: NamedMetric;
  readonly valueAt: (at: number) => MetricValue;
}

export const AMOUNT: NamedMetric = { name: 'value', metric: { kind: 'value', aggregate: 'value' }, where: {} };
const STEP_MS = 300_000;
const START_MS = Date.UTC(2026, 0, 5);
const DENOMINATOR = 500;

/** Series of the yardstick's kinds: two weeks of five minutes. */
export function simulatedCases(seed: number, series: number): Case[] {
  const length = (14 * 86_400_000) / STEP_MS;
  return KINDS.filter(({ name }) => name !== 'constant').flatMap((kind) =>
    Array.from({ length: series }, (_, at): Case => {
      const clean = { seed: 1_000 * seed + at, length, stepMs: STEP_MS, shift: 0, shiftAt: length };
      const values = simulated(kind, clean);
      return {
        ...{ kind: kind.name, stepMs: STEP_MS, values, timesMs: values.map((_, to) => START_MS + to * STEP_MS) },
        ...metricOf(kind.name, values),
      };
    }),
  );
}

function metricOf(kind: string, values: readonly number[]): Pick<Case, 'metric' | 'valueAt'> {
  if (kind.endsWith('counts')) return { metric: METRICS.count, valueAt: (at) => ({ value: values[at] }) };
  if (kind !== 'share') return { metric: AMOUNT, valueAt: (at) => ({ value: values[at] }) };
  const valueAt = (at: number): MetricValue => ({
    value: values[at],
    numerator: Math.round(DENOMINATOR * (values[at] ?? 0)),
    denominator: DENOMINATOR,
  });
  return { metric: METRICS.ratio, valueAt };
}

/** Series of the simulated fleet: six days of minutes. */
export function fleetCases(series: number): Case[] {
  const sorts: readonly MetricSort[] = ['count', 'ratio', 'gauge', 'median'];
  const shown: ClosedWindow[] = [];
  for (const closed of simulatedFleet({ series, sorts, faultShare: 0.0005 }))
    if (shown.push(closed) === (6 * 86_400_000) / WINDOW_MS) break;
  const timesMs = shown.map(({ startMs }) => startMs);
  return sorts.flatMap((sort) =>
    Array.from({ length: series }, (_, place): Case => {
      const read = (at: number): MetricValue =>
        shown[at]?.series[place]?.metrics.get(METRICS[sort].name) ?? { value: undefined };
      const values = timesMs.map((_, at) => read(at).value ?? Number.NaN);
      return { kind: `fleet, ${sort}`, stepMs: WINDOW_MS, timesMs, values, metric: METRICS[sort], valueAt: read };
    }),
  );
}

/** The files of the Numenta Anomaly Benchmark, by category. */
export const nabCases = (dir: string): Case[] =>
  readCorpus(dir).map(({ category, timesMs, values }) => ({
    kind: category,
    stepMs: usualStep(timesMs),
    timesMs,
    values,
    metric: AMOUNT,
    valueAt: (at) => ({ value: values[at] }),
  }));

function usualStep(timesMs: readonly number[]): number {
  const steps = timesMs.slice(1).map((time, at) => time - (timesMs[at] ?? 0));
  return steps.sort((a, b) => a - b)[steps.length >> 1] ?? STEP_MS;
}

/** One value as the window that the host would show. */
export const shownWindow = ({ stepMs, timesMs, metric, valueAt }: Case, at: number): ClosedWindow => ({
  stream: 'bench',
  startMs: timesMs[at] ?? 0,
  endMs: (timesMs[at] ?? 0) + stepMs,
  revision: 0,
  state: 'complete',
  series: [
    { series: '', labels: {}, events: 100, readings: new Map(), metrics: new Map([[metric.name, valueAt(at)]]) },
  ],
  extra: [],
  servers: [],
});
