import type { Estimate } from '../../plugins/completeness/estimate/estimateWindow.ts';
import { crpsOf } from '../../plugins/completeness/estimate/law/normalMixture.ts';
import { zAbove } from '../../plugins/completeness/estimate/law/normalQuantile.ts';
import type { Forecast } from './forecast.ts';
import type { WindowRecord } from './replay.ts';

/** One forecast and what came true. */
export interface Scored {
  readonly deadShare: number;
  readonly isHit80: boolean;
  readonly isHit95: boolean;
  /** Half the width of the 95 % interval and the score, as shares of the final value. */
  readonly halfWidth: number;
  readonly crps: number;
}

/** An estimate of ours as the others are seen. */
export const asForecast = ({ value, intervals, law }: Pick<Estimate, 'value' | 'intervals' | 'law'>): Forecast => ({
  value,
  interval: (wanted) => {
    const found = intervals.find(({ confidence }) => confidence === wanted);
    return [found?.low ?? -Infinity, found?.high ?? Infinity];
  },
  crps: (truth) => crpsOf(law, truth),
});

/** What our law would be if every silent server were late: imputing without a thought of the dead. */
export function imputingAll({ observed, missing, law, intervals }: Estimate): Forecast {
  const mean = observed + missing.reduce((sum, { events }) => sum + events, 0);
  const highest = law.reduce((best, part) => (part.mean > best.mean ? part : best));
  const all = [{ weight: 1, mean, deviation: highest.deviation }];
  return asForecast({
    value: mean,
    intervals: intervals.map(({ confidence }) => {
      const reach = highest.deviation * zAbove((1 - confidence) / 2);
      return { confidence, low: Math.max(observed, mean - reach), high: mean + reach };
    }),
    law: all,
  });
}

export function scored(forecast: Forecast, { deadShare }: WindowRecord, final: number): Scored {
  const hits = (confidence: number): boolean => {
    const [low, high] = forecast.interval(confidence);
    // A relative thousand-millionth for what is computed by bisection or by dividing.
    return low <= final * (1 + 1e-9) && final * (1 - 1e-9) <= high;
  };
  const [low, high] = forecast.interval(0.95);
  return {
    deadShare,
    isHit80: hits(0.8),
    isHit95: hits(0.95),
    halfWidth: (high - low) / 2 / final,
    crps: forecast.crps(final) / final,
  };
}

const percent = (hits: readonly boolean[]): string =>
  hits.length === 0 ? '-' : ((100 * hits.filter(Boolean).length) / hits.length).toFixed(1);

/** The value that a share of the values does not exceed. */
export function quantileOf(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

/** Coverage (80 %, 95 %, 95 % with more than 2 % and more than 10 % dead), median and p90 half-width, mean score; all in percent. */
export function rowOf(all: readonly Scored[]): readonly string[] {
  const dead = (share: number): readonly boolean[] =>
    all.filter(({ deadShare }) => deadShare > share).map(({ isHit95 }) => isHit95);
  const widths = all.map(({ halfWidth }) => halfWidth);
  return [
    percent(all.map(({ isHit80 }) => isHit80)),
    percent(all.map(({ isHit95 }) => isHit95)),
    percent(dead(0.02)),
    percent(dead(0.1)),
    (100 * quantileOf(widths, 0.5)).toFixed(2),
    (100 * quantileOf(widths, 0.9)).toFixed(2),
    ((100 * all.reduce((sum, { crps }) => sum + crps, 0)) / all.length).toFixed(3),
  ];
}
