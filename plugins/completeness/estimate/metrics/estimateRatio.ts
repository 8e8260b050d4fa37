import type { Standing } from '../law/conformal.ts';
import type { Estimate, Interval } from '../estimateWindow.ts';
import type { MissingEvents } from '../missingEvents.ts';
import type { NormalMixture } from '../law/normalMixture.ts';
import { type Rates, ratesOf, totalsOf } from './rates.ts';
import type { RatioHistory, RatioParts } from './ratioHistory.ts';

/** What a ratio of an open window will come to. */
export interface RatioEstimate {
  /** Undefined when neither anything is there nor anything is known of what is missing. */
  readonly value: number | undefined;
  /** One per confidence asked for; infinite on both sides when the value is not known. */
  readonly intervals: readonly Interval[];
  readonly standing: Standing;
  /** The law before calibration; empty when the value is not known. */
  readonly law: NormalMixture;
  readonly bounds: ReadonlyMap<number, number>;
}

/**
 * The final ratio of an open window (fill rate, eCPM, click rate), by the delta method per server (W. G. Cochran 1977, "Sampling Techniques", 6.3): a missing server moves the ratio only as far as its own
 * ratio is another, so much missing data moves it little. `known`: what is there of each server; `missing`: the missing denominators, of {@link Estimate.missing} for the
 * denominator.
 */
export function estimateRatio(
  known: readonly RatioParts[],
  { missing, standing, bounds: asked }: Pick<Estimate, 'missing' | 'standing' | 'bounds'>,
  history: RatioHistory,
): RatioEstimate {
  const bounds = new Map(
    [...asked.keys()].map((confidence) => [confidence, history.conformal.bound(standing, confidence)] as const),
  );
  const rates = ratesOf(known, history);
  const [numerator, denominator] = totalsOf([...known, ...addedBy(missing, rates)]);
  if (!(denominator > 0)) {
    const intervals = [...bounds.keys()].map((confidence) => ({ confidence, low: -Infinity, high: Infinity }));
    return { value: undefined, intervals, standing, law: [], bounds };
  }
  const value = numerator / denominator;
  const deviation = Math.sqrt(varianceOf(missing, value, rates)) / denominator;
  const intervals = [...bounds].map(([confidence, bound]) => ({
    confidence,
    low: value - bound * deviation,
    high: value + bound * deviation,
  }));
  const law = [{ weight: 1, mean: value, deviation: Math.max(deviation, Math.abs(value) * 1e-9, Number.MIN_VALUE) }];
  return { value, intervals, standing, law, bounds };
}

/** What each server that misses some is expected to add. */
function addedBy(missing: readonly MissingEvents[], rates: Rates): Pick<RatioParts, 'numerator' | 'denominator'>[] {
  return missing.flatMap(({ server, events, lateProbability }) => {
    const rate = rates.of(server);
    const denominator = lateProbability * events;
    return rate === undefined ? [] : [{ numerator: rate * denominator, denominator }];
  });
}

/** Variance of the numerator less value times the denominator: by the fates of those who are silent, and by the noise of what comes. */
function varianceOf(missing: readonly MissingEvents[], value: number, rates: Rates): number {
  const moves = new Map<string, { moved: number; lateProbability: number }>();
  let [noise, added] = [0, 0];
  for (const { server, events, lateProbability, fate } of missing) {
    const moved = ((rates.of(server) ?? value) - value) * events + (moves.get(fate)?.moved ?? 0);
    moves.set(fate, { moved, lateProbability });
    noise += lateProbability * rates.varianceOf(server, events);
    added += lateProbability * events * (rates.of(server) ?? value);
  }
  for (const { moved, lateProbability } of moves.values())
    noise += lateProbability * (1 - lateProbability) * moved ** 2;
  return noise + added ** 2 * rates.sharedError;
}
