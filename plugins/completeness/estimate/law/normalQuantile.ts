import { normalRarity } from '../../../outlier/model/normal.ts';

/** Probability that a standard normal variable is above `z`; right in the far tail too (relative error 1.2e-7), never below 5e-301. */
export const normalAbove = (z: number): number => (z >= 0 ? normalRarity(z) / 2 : 1 - normalRarity(z) / 2);

/** The z that a standard normal variable exceeds with that probability, in [-37, 37]; by bisection, to 1e-9. */
export function zAbove(probability: number): number {
  if (probability > 0.5) return -zAbove(1 - probability);
  let [low, high] = [0, 37];
  while (high - low > 1e-9) {
    const middle = (low + high) / 2;
    if (normalAbove(middle) > probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
