/**
 * Probability that a Student-t variable of `df` degrees of freedom is further from 0 than `t`, on both sides. In (0, 1]; never below 1e-300.
 * By Wallace's normal approximation (D. L. Wallace 1959, "Bounds on normal approximations to Student's and the chi-square distributions"); relative error of the
 * equivalent z below 1 % for df of 5 and more.
 */
export function studentRarity(t: number, df: number): number {
  const z = ((8 * df + 1) / (8 * df + 3)) * Math.sqrt(df * Math.log1p((t * t) / df));
  return normalRarity(z);
}

/** Probability that a standard normal variable is further from 0 than `z`, on both sides. In (0, 1]; never below 1e-300. */
export function normalRarity(z: number): number {
  return Math.max(1e-300, Math.min(1, erfc(Math.abs(z) / Math.SQRT2)));
}

/** More than the error of {@link erfc}, as a ratio. */
const MARGIN = 1 + 1e-6;

/**
 * A distance below which no {@link studentRarity} is `rarity` or rarer, whatever the degrees of freedom: a normal variable's, whose tails are the lightest. So that the
 * many errors that are nothing cost one comparison. By bisection, to a millionth of a millionth.
 */
export function distanceMin(rarity: number): number {
  let [low, high] = [0, 40];
  while (high - low > 1e-12) {
    const middle = (low + high) / 2;
    if (normalRarity(middle) > rarity * MARGIN) low = middle;
    else high = middle;
  }
  return low;
}

/** Complementary error function for x >= 0, relative error below 1.2e-7 (W. H. Press et al., Numerical Recipes, 2nd ed., 6.2: erfcc). */
function erfc(x: number): number {
  const t = 1 / (1 + 0.5 * x);
  let polynomial = 0;
  for (let at = COEFFICIENTS.length - 1; at >= 0; at--) polynomial = polynomial * t + (COEFFICIENTS[at] ?? 0);
  return t * Math.exp(-x * x + polynomial);
}

const COEFFICIENTS = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
  0.17087277,
];
