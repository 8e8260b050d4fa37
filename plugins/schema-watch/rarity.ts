/**
 * Upper bound of the probability that `count` of `total` trials succeed, or an outcome further out on that side, when each succeeds with probability `p`:
 * the Chernoff-Hoeffding bound exp(-total * KL(count/total || p)) (Hoeffding 1963, theorem 1). In (0, 1]; never below 1e-300.
 */
export function binomialRarity(count: number, total: number, p: number): number {
  if (total <= 0) return 1;
  const share = Math.min(1, Math.max(0, count / total));
  const divergence = part(share, p) + part(1 - share, 1 - p);
  return Math.max(1e-300, Math.min(1, Math.exp(-total * divergence)));
}

/** 0 log 0 = 0. */
const part = (share: number, p: number): number => (share === 0 ? 0 : share * Math.log(share / p));
