import type { Draft, ForecastPoint } from '../../../core/plugin.ts';
import type { Crossing, Limit } from './limits.ts';

/** What is told of a limit that is ahead. */
export type LimitAhead = Draft<'limit-ahead'>;

/** Of which series it is, as it was in the newest window. */
export interface Observed {
  readonly series: string;
  readonly observed: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** Windows whose events the evidence shows. */
const SHOWN_WINDOWS = 60;

/** The draft that tells of it. `expected` is what is forecast of the window of the likely crossing. */
export function limitAhead(
  limit: Limit,
  { series, observed, startMs, endMs }: Observed,
  crossing: Crossing,
  expected: Omit<ForecastPoint, 'startMs' | 'endMs'>,
): LimitAhead {
  const windowMs = endMs - startMs;
  const timeOf = (ahead: number): string => new Date(startMs + ahead * windowMs).toISOString();
  const [side, bound] = limit.above === undefined ? ['below', limit.below ?? 0] : ['above', limit.above];
  const { low, high } = expected.intervals[0] ?? { low: expected.value, high: expected.value };
  return {
    message: 'limit-ahead',
    data: {
      metric: limit.metric,
      side,
      limit: bound,
      observed,
      time: timeOf(crossing.likely),
      earliest: timeOf(crossing.earliest),
      latest: crossing.sure === undefined ? 'later than is looked ahead' : timeOf(crossing.sure),
      expected: expected.value,
      low,
      high,
      percent: Math.round(1_000 * limit.confidence) / 10,
    },
    severity: 'warning',
    series,
    labels: { metric: limit.metric, limit: `${side} ${String(bound)}` },
    observed,
    expected: { low, center: expected.value, high },
    sinceMs: startMs - (SHOWN_WINDOWS - 1) * windowMs,
  };
}
