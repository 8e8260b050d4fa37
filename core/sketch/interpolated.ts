/**
 * The value at a rank between two centroids, each of which stands at the middle of the ranks it covers. `rank` lies in [fromRank, toRank].
 * Source: Dunning and Ertl 2019, "Computing extremely accurate quantiles using t-digests", section 2.
 */
export const interpolated = (
  rank: number,
  fromRank: number,
  fromMean: number,
  to: { rank: number; mean: number },
): number =>
  to.rank === fromRank ? to.mean : fromMean + ((to.mean - fromMean) * (rank - fromRank)) / (to.rank - fromRank);
