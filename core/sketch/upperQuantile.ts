import { interpolated } from './interpolated.ts';
import { type QuantilesState, quantilesAggregator } from './quantiles.ts';

/**
 * The same number as `quantilesAggregator.read(state).quantile(q)`, for `q` near 1 many times faster: only what lies above is sorted and walked. Cost: two passes over the
 * centroids and the waiting values, and the sorting of those waiting values that lie above. Throws RangeError outside 0..1.
 */
export function upperQuantile(state: QuantilesState, q: number): number | undefined {
  const { centroids, buffer, buffered } = state;
  const { means, weights } = centroids;
  let total = buffered;
  for (const weight of weights) total += weight;
  const rank = q * (total - 1);
  // From the greatest downwards until a centroid surely stands below the rank: waiting values above it only push it further down.
  let from = weights.length;
  let above = 0;
  let isBelow = false;
  while (!isBelow && from > 0) {
    const weight = weights[--from] ?? 0;
    above += weight;
    isBelow = total - above + (weight - 1) / 2 < rank;
  }
  if (!isBelow || q > 1) return quantilesAggregator.read(state).quantile(q);
  const threshold = means[from] ?? 0;
  const waiting = waitingFrom(buffer, buffered, threshold);
  return walked({ means, weights, from, waiting }, total - above - waiting.length, rank);
}

/** The waiting values at a threshold and above, sorted. */
function waitingFrom(buffer: Float32Array, buffered: number, threshold: number): number[] {
  const waiting: number[] = [];
  for (let at = 0; at < buffered; at++) {
    const value = buffer[at] ?? 0;
    if (value >= threshold) waiting.push(value);
  }
  return waiting.sort((a, b) => a - b);
}

interface Upper {
  readonly means: Float32Array;
  readonly weights: Float32Array;
  /** First centroid of those that lie above; it stands below the rank. */
  readonly from: number;
  readonly waiting: readonly number[];
}

/** As in reading a whole digest: each centroid stands at the middle of the ranks it covers, between two the value is interpolated. */
function walked({ means, weights, from, waiting }: Upper, below: number, rank: number): number {
  let before = below;
  let previousRank = 0;
  let previousMean = 0;
  let nextWaiting = 0;
  for (let at = from; at < means.length || nextWaiting < waiting.length;) {
    const value = waiting[nextWaiting] ?? Number.POSITIVE_INFINITY;
    const isCentroid = at < means.length && (means[at] ?? 0) <= value;
    const mean = isCentroid ? (means[at] ?? 0) : value;
    const weight = isCentroid ? (weights[at] ?? 0) : 1;
    if (isCentroid) at++;
    else nextWaiting++;
    const middle = before + (weight - 1) / 2;
    if (rank <= middle) return interpolated(rank, previousRank, previousMean, { rank: middle, mean });
    before += weight;
    previousRank = middle;
    previousMean = mean;
  }
  return previousMean;
}
