import type { WindowEstimate } from '../windows/openWindow.ts';

/** An estimate of a window as it was written down. */
export interface StoredEstimate extends Omit<WindowEstimate, 'memo'> {
  readonly estimatedMs: number;
  readonly isEnough: boolean;
}

/** An estimate as it is read. */
export interface EstimateColumns {
  readonly estimatedMs: string;
  readonly observed: number;
  readonly value: number;
  readonly confidences: readonly number[];
  readonly lows: readonly number[];
  readonly highs: readonly (number | null)[];
  readonly basis: string;
  readonly silentShare: number;
  readonly missing: string;
  readonly isEnough: boolean;
  readonly metrics: readonly string[];
  readonly metricsObserved: readonly (number | null)[];
  readonly metricValues: readonly (number | null)[];
  readonly metricLows: readonly (readonly (number | null)[])[];
  readonly metricHighs: readonly (readonly (number | null)[])[];
}

/** Columns of `window_estimates` by what they are read as, but for the time; `basis` as a plain text. */
const COLUMNS: readonly (readonly [name: keyof EstimateColumns, column: string])[] = [
  ['observed', 'observed'],
  ['value', 'value'],
  ['silentShare', 'silentShare'],
  ['missing', 'missing'],
  ['isEnough', 'isEnough'],
  ['confidences', '`intervals.confidence`'],
  ['lows', '`intervals.low`'],
  ['highs', '`intervals.high`'],
  ['metrics', '`metrics.metric`'],
  ['metricsObserved', '`metrics.observed`'],
  ['metricValues', '`metrics.value`'],
  ['metricLows', '`metrics.low`'],
  ['metricHighs', '`metrics.high`'],
];

/** The columns of a SELECT, each as `of` gives it. */
export const estimateColumns = (of: (column: string) => string): string =>
  [...COLUMNS.map(([name, column]) => `${of(column)} AS ${name}`), `${of('basis')}::String AS basis`].join(', ');

export function estimateOf(row: EstimateColumns): StoredEstimate {
  const { observed, value, silentShare, isEnough, basis, confidences, lows, highs } = row;
  const interval = (low: number | null | undefined, high: number | null | undefined, at: number) => ({
    confidence: confidences[at] ?? 0,
    low: low ?? -Infinity,
    high: high ?? Infinity,
  });
  return {
    ...{ observed, value, silentShare, isEnough, basis },
    estimatedMs: Number(row.estimatedMs),
    intervals: confidences.map((_, at) => interval(lows[at], highs[at], at)),
    missing: JSON.parse(row.missing) as WindowEstimate['missing'],
    metrics: row.metrics.map((metric, which) => ({
      metric,
      observed: row.metricsObserved[which] ?? undefined,
      value: row.metricValues[which] ?? undefined,
      intervals: confidences.map((_, at) => interval(row.metricLows[which]?.[at], row.metricHighs[which]?.[at], at)),
    })),
  };
}
