/**
 * Upper bounds of tail probabilities (Chernoff 1952): no judgement may be rarer than counting alone makes it. They keep thin series from being judged by models that
 * only hold for thick ones. All in (0, 1]; never below 1e-300.
 */

/** `count` events, or a number further out on that side, where `mean` are expected (Poisson). */
export function poissonRarity(count: number, mean: number): number {
  if (mean <= 0) return count > 0 ? 1e-300 : 1;
  const logBound = count - mean - (count > 0 ? count * Math.log(count / mean) : 0);
  return clamp(Math.exp(logBound));
}

/** `count` of `total`, or a number further out on that side, where the share `p` is expected (binomial). */
export function binomialRarity(count: number, total: number, p: number): number {
  if (total <= 0) return 1;
  const expected = Math.min(1 - 1e-12, Math.max(1e-12, p));
  const share = Math.min(1, Math.max(0, count / total));
  return clamp(Math.exp(-total * (part(share, expected) + part(1 - share, 1 - expected))));
}

const part = (share: number, p: number): number => (share === 0 ? 0 : share * Math.log(share / p));

const clamp = (rarity: number): number => Math.max(1e-300, Math.min(1, rarity));
