import type { Standing } from './conformal.ts';
import type { Estimate, Interval } from './estimateWindow.ts';
import type { MissingEvents } from './missingEvents.ts';
import type { NormalMixture } from './normalMixture.ts';
import { driftOf, type RatioHistory, type RatioParts } from './ratioHistory.ts';

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
  const expected = expectedOf(known, missing, history);
  const denominator = expected.reduce((sum, part) => sum + part.denominator, 0);
  if (!(denominator > 0)) {
    const intervals = [...bounds.keys()].map((confidence) => ({ confidence, low: -Infinity, high: Infinity }));
    return { value: undefined, intervals, standing, law: [], bounds };
  }
  const value = expected.reduce((sum, part) => sum + part.numerator, 0) / denominator;
  const deviation = Math.sqrt(varianceOf(missing, { value, known, history })) / denominator;
  const intervals = [...bounds].map(([confidence, bound]) => ({
    confidence,
    low: value - bound * deviation,
    high: value + bound * deviation,
  }));
  const law = [{ weight: 1, mean: value, deviation: Math.max(deviation, Math.abs(value) * 1e-9, Number.MIN_VALUE) }];
  return { value, intervals, standing, law, bounds };
}

/** What each server has, and what each that misses some is expected to add. */
function expectedOf(
  known: readonly RatioParts[],
  missing: readonly MissingEvents[],
  history: RatioHistory,
): readonly Pick<RatioParts, 'numerator' | 'denominator'>[] {
  const ratioOf = ratiosOf(known, history);
  const added = missing.map(({ server, events, lateProbability }) => {
    const denominator = lateProbability * events;
    return { numerator: (ratioOf(server) ?? 0) * denominator, denominator };
  });
  return [...known, ...added.filter((_, at) => ratioOf(missing[at]?.server ?? '') !== undefined)];
}

/** A server's ratio in this window: its usual one as the window runs; of a new server, that of all. */
function ratiosOf(known: readonly RatioParts[], history: RatioHistory): (server: string) => number | undefined {
  const drift = driftOf(known, history);
  const denominator = known.reduce((sum, part) => sum + part.denominator, 0);
  const pooled = denominator > 0 ? known.reduce((sum, part) => sum + part.numerator, 0) / denominator : undefined;
  return (server) => {
    const usual = history.usualOf(server);
    return usual === undefined ? pooled : usual * drift;
  };
}

/** Variance of the numerator less value times the denominator: by the fates of those who are silent, and by the noise of what comes. */
function varianceOf(
  missing: readonly MissingEvents[],
  { value, known, history }: { value: number; known: readonly RatioParts[]; history: RatioHistory },
): number {
  const ratioOf = ratiosOf(known, history);
  const moves = new Map<string, { moved: number; lateProbability: number }>();
  let noise = 0;
  for (const { server, events, lateProbability, fate } of missing) {
    const moved = ((ratioOf(server) ?? value) - value) * events + (moves.get(fate)?.moved ?? 0);
    moves.set(fate, { moved, lateProbability });
    noise += lateProbability * history.dispersion * events;
  }
  for (const { moved, lateProbability } of moves.values())
    noise += lateProbability * (1 - lateProbability) * moved ** 2;
  return noise;
}
