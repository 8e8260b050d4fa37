import { normalAbove, zAbove } from './normalQuantile.ts';

/** One normal law of a mixture: weights of a mixture add up to 1; `deviation` above 0. */
export interface NormalPart {
  readonly weight: number;
  readonly mean: number;
  readonly deviation: number;
}

/** A mixture of normal laws: what becomes of an open window, one part per scenario. Not empty. */
export type NormalMixture = readonly NormalPart[];

export const meanOf = (law: NormalMixture): number => law.reduce((sum, { weight, mean }) => sum + weight * mean, 0);

/** Probability above a value, or below it; each accurate in its own far tail. */
function tailOf(law: NormalMixture, value: number, side: 1 | -1): number {
  let tail = 0;
  for (const { weight, mean, deviation } of law) tail += weight * normalAbove((side * (value - mean)) / deviation);
  return tail;
}

/** Where a value lies in the law, as the z of a standard normal variable: 0 at the median, in [-37, 37]. */
export function zOf(law: NormalMixture, value: number): number {
  const above = tailOf(law, value, 1);
  return above <= 0.5 ? zAbove(above) : -zAbove(tailOf(law, value, -1));
}

/** The value whose {@link zOf} is `z`; by bisection between the parts' own, to a millionth of the narrowest part's deviation. */
export function valueAt(law: NormalMixture, z: number): number {
  const side = z >= 0 ? 1 : -1;
  const wanted = normalAbove(Math.abs(z));
  const own = law.map(({ mean, deviation }) => mean + z * deviation);
  let [low, high] = [Math.min(...own), Math.max(...own)];
  const near = 1e-6 * Math.min(...law.map(({ deviation }) => deviation));
  while (high - low > near) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    const isBelow = side === 1 ? tailOf(law, middle, 1) > wanted : tailOf(law, middle, -1) < wanted;
    if (isBelow) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * Continuous ranked probability score of the law for what came true, in its unit; 0 is best (E. P. Grimit, T. Gneiting, V. J. Berrocal and N. A. Johnson 2006,
 * "The continuous ranked probability score for circular variables and its application to mesoscale forecast ensemble verification", for mixtures of normals).
 */
export function crpsOf(law: NormalMixture, truth: number): number {
  let score = 0;
  for (const part of law) {
    score += part.weight * meanDistance(truth - part.mean, part.deviation);
    for (const other of law) {
      const deviation = Math.hypot(part.deviation, other.deviation);
      score -= 0.5 * part.weight * other.weight * meanDistance(part.mean - other.mean, deviation);
    }
  }
  return score;
}

/** Mean distance from 0 of a normal variable. */
function meanDistance(mean: number, deviation: number): number {
  const z = mean / deviation;
  return mean * (1 - 2 * normalAbove(z)) + 2 * deviation * Math.exp((-z * z) / 2) * Math.sqrt(0.5 / Math.PI);
}
