/** Weighted means, sorted by mean. */
export interface Centroids {
  readonly means: Float32Array;
  readonly weights: Float32Array;
}

/** A compression happens whenever the count of values reaches a multiple of this: at fixed values, not at fixed batches. */
export const COMPRESS_EVERY = 1_024;

/** Compression parameter δ: between δ/2 and δ centroids remain. `npm run bench:sketch` shows what it buys. */
const COMPRESSION = 1_000;

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

/** Room for what is joined, so that joining leaves no garbage beside its result. */
let joinedMeans = new Float32Array(2 * COMPRESS_EVERY);
let joinedWeights = new Float32Array(2 * COMPRESS_EVERY);

/**
 * All centroids of both, sorted by mean (of equal means the first argument's come first); neighbours are joined as long as a centroid spans no more than one unit of the scale
 * k1(q) = δ/2π · asin(2q − 1): fine in the tails, coarse in the middle. Least and greatest value stay alone.
 */
export function compressedUnion(a: Centroids, b: Centroids): Centroids {
  const lengthA = a.means.length;
  const lengthB = b.means.length;
  const all = lengthA + lengthB;
  if (all > joinedMeans.length) [joinedMeans, joinedWeights] = [new Float32Array(all), new Float32Array(all)];
  const total = sum(a.weights) + sum(b.weights);
  let fromA = 0;
  let fromB = 0;
  let length = 0;
  let before = 0;
  let weight = 0;
  let mean = 0;
  let limit = 0;
  for (let at = 0; at < all; at++) {
    const takeA = fromB >= lengthB || (fromA < lengthA && (a.means[fromA] ?? 0) <= (b.means[fromB] ?? 0));
    const nextMean = (takeA ? a.means[fromA] : b.means[fromB]) ?? 0;
    const next = (takeA ? a.weights[fromA++] : b.weights[fromB++]) ?? 0;
    if (before + weight + next <= limit && at < all - 1) {
      weight += next;
      mean += ((nextMean - mean) * next) / weight;
      continue;
    }
    if (at > 0) {
      joinedMeans[length] = mean;
      joinedWeights[length++] = weight;
      before += weight;
      limit = total * quantileAfter(before / total);
    }
    weight = next;
    mean = nextMean;
  }
  joinedMeans[length] = mean;
  joinedWeights[length++] = weight;
  const joined = Math.min(length, all);
  return { means: joinedMeans.slice(0, joined), weights: joinedWeights.slice(0, joined) };
}

function sum(weights: Float32Array): number {
  let total = 0;
  for (const weight of weights) total += weight;
  return total;
}

/** One unit of the scale k1: a turn by 2π/δ on the circle on which 2q − 1 is a sine. */
const TURN_COS = Math.cos((2 * Math.PI) / COMPRESSION);
const TURN_SIN = Math.sin((2 * Math.PI) / COMPRESSION);

/** The quantile one unit of the scale further: k1⁻¹(k1(q) + 1), by the sine of a sum instead of its inverse. */
function quantileAfter(q: number): number {
  const sine = 2 * Math.min(1, q) - 1;
  return sine >= TURN_COS ? 1 : (sine * TURN_COS + Math.sqrt(1 - sine * sine) * TURN_SIN + 1) / 2;
}
