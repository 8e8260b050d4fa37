/** Weighted means, sorted by mean. */
export interface Centroids {
  readonly means: Float32Array;
  readonly weights: Float32Array;
}

/** A compression happens whenever the count of values reaches a multiple of this: at fixed values, not at fixed batches. */
export const COMPRESS_EVERY = 512;

/** Compression parameter δ: at most about 2δ centroids remain. */
const COMPRESSION = 100;

/** All centroids of both, sorted by mean; of equal means the first argument's come first. */
export function sortedUnion(a: Centroids, b: Centroids): Centroids {
  const length = a.means.length + b.means.length;
  const means = new Float32Array(length);
  const weights = new Float32Array(length);
  let fromA = 0;
  let fromB = 0;
  for (let at = 0; at < length; at++) {
    const takeA = fromB >= b.means.length || (fromA < a.means.length && (a.means[fromA] ?? 0) <= (b.means[fromB] ?? 0));
    const source = takeA ? a : b;
    const from = takeA ? fromA++ : fromB++;
    means[at] = source.means[from] ?? 0;
    weights[at] = source.weights[from] ?? 0;
  }
  return { means, weights };
}

/**
 * Joins neighbours as long as a centroid spans no more than one unit of the scale k1(q) = δ/2π · asin(2q − 1): fine in the tails, coarse in the middle.
 * Least and greatest value stay alone.
 */
export function compress({ means, weights }: Centroids): Centroids {
  let total = 0;
  for (const weight of weights) total += weight;
  const joinedMeans = new Float32Array(means.length);
  const joinedWeights = new Float32Array(means.length);
  let length = 0;
  let before = 0;
  let weight = weights[0] ?? 0;
  let mean = means[0] ?? 0;
  let limit = 0;
  for (let at = 1; at < means.length; at++) {
    const next = weights[at] ?? 0;
    if (before + weight + next <= limit && at < means.length - 1) {
      weight += next;
      mean += (((means[at] ?? 0) - mean) * next) / weight;
      continue;
    }
    joinedMeans[length] = mean;
    joinedWeights[length++] = weight;
    before += weight;
    limit = total * quantileAtScale(scaleAtQuantile(before / total) + 1);
    weight = next;
    mean = means[at] ?? 0;
  }
  joinedMeans[length] = mean;
  joinedWeights[length++] = weight;
  return { means: joinedMeans.slice(0, length), weights: joinedWeights.slice(0, length) };
}

const scaleAtQuantile = (q: number): number => (COMPRESSION / (2 * Math.PI)) * Math.asin(2 * Math.min(1, q) - 1);

const quantileAtScale = (k: number): number =>
  k >= COMPRESSION / 4 ? 1 : (Math.sin((k * 2 * Math.PI) / COMPRESSION) + 1) / 2;
