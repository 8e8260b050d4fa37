import type { Estimate } from '../estimateWindow.ts';
import { type Grounds, lawOf } from '../law/missingLaw.ts';
import { meanOf, valueAt } from '../law/normalMixture.ts';
import { ratesOf, totalsOf } from './rates.ts';
import type { RatioHistory, RatioParts } from './ratioHistory.ts';
import type { RatioEstimate } from './estimateRatio.ts';

/** What a sum over the events of an open window will come to: the form of a ratio's estimate. */
export type SumEstimate = RatioEstimate;

/**
 * The final sum over the events of an open window, such as revenue. The law is that of the events ({@link lawOf}), each missing one being worth what events of its server usually are in the sum, as the window runs; so what
 * packets announce, and who is late or dead, counts for the sum as it does for the events. `known`: sums and events that are there of each server. Never below what is there while no server's sum is below 0.
 */
export function estimateSum(
  known: readonly RatioParts[],
  { estimate: events, grounds }: { readonly estimate: Estimate; readonly grounds: Grounds },
  history: RatioHistory,
): SumEstimate {
  const { standing, basis } = events;
  const bounds = new Map(
    [...events.bounds.keys()].map((confidence) => [confidence, history.conformal.bound(standing, confidence)] as const),
  );
  const [observed] = totalsOf(known);
  const floor = known.every(({ numerator }) => numerator >= 0) ? observed : -Infinity;
  const rates = ratesOf(known, history);
  if (basis === 'whole') {
    const intervals = [...bounds.keys()].map((confidence) => ({ confidence, low: observed, high: observed }));
    return { value: observed, intervals, standing, law: [], bounds };
  }
  if (basis === 'nothing' || events.missing.some(({ server }) => rates.of(server) === undefined)) {
    const intervals = [...bounds.keys()].map((confidence) => ({ confidence, low: floor, high: Infinity }));
    return { value: undefined, intervals, standing, law: [], bounds };
  }
  const worth = { ...rates, of: (server: string) => rates.of(server) ?? 0 };
  const least = Math.max(Math.abs(observed) * 1e-9, Number.MIN_VALUE * 1e6);
  const law = lawOf(observed, grounds, worth, least);
  const intervals = [...bounds].map(([confidence, bound]) => ({
    confidence,
    low: Math.max(floor, valueAt(law, -bound)),
    high: Math.max(floor, valueAt(law, bound)),
  }));
  return { value: Math.max(floor, meanOf(law)), intervals, standing, law, bounds };
}
