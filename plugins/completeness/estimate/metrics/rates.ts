import type { RatioHistory, RatioParts } from './ratioHistory.ts';

/** What one more of the denominator adds to the numerator, by server, in one window. */
export interface Rates {
  /** A server's usual rate as the window runs; of a new server that of all; undefined when nothing is known. */
  of(server: string): number | undefined;
  /** Variance of what so much more of the denominator adds, of each server by itself. */
  varianceOf(server: string, denominator: number): number;
  /** Squared relative error that the rates of all servers share. */
  readonly sharedError: number;
}

/** Rates of a window of which `known` is there. A server without history may be any of those that are there, so its rate strays as much as theirs do. */
export function ratesOf(known: readonly RatioParts[], history: RatioHistory): Rates {
  const { level, error } = history.driftOf(known);
  const { pooled, noise, straySquared } = spreadOf(known);
  return {
    of(server) {
      const usual = history.usualOf(server);
      return usual === undefined ? pooled : usual * level;
    },
    varianceOf(server, denominator) {
      const own = history.noiseOf(server);
      return own === undefined ? noise * denominator + straySquared * denominator ** 2 : own * denominator;
    },
    sharedError: error,
  };
}

/** The rate of all; how much servers stray from it, by unit of the denominator and altogether. Of less than two servers as much as the rate itself. */
function spreadOf(known: readonly RatioParts[]): { pooled: number | undefined; noise: number; straySquared: number } {
  const [numerator, denominator] = totalsOf(known);
  if (!(denominator > 0)) return { pooled: undefined, noise: 0, straySquared: 0 };
  const pooled = numerator / denominator;
  const there = known.filter((part) => part.denominator > 0);
  if (there.length < 2) return { pooled, noise: pooled ** 2, straySquared: pooled ** 2 };
  const squares = there.reduce(
    (sum, part) => sum + (part.numerator - pooled * part.denominator) ** 2 / part.denominator,
    0,
  );
  return { pooled, noise: squares / there.length, straySquared: squares / denominator };
}

/** Sums of numerators and of denominators. */
export function totalsOf(
  parts: readonly Pick<RatioParts, 'numerator' | 'denominator'>[],
): readonly [numerator: number, denominator: number] {
  let [numerator, denominator] = [0, 0];
  for (const part of parts) [numerator, denominator] = [numerator + part.numerator, denominator + part.denominator];
  return [numerator, denominator];
}
