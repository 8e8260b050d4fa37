import type { Aggregator } from './aggregator.ts';
import { type Centroids, COMPRESS_EVERY, compressedUnion, sortedUnion } from './centroids.ts';
import { interpolated } from './interpolated.ts';
import { sortFloats } from './sortFloats.ts';

/** A t-digest in growth: sorted centroids, and values not yet sorted in. */
export interface QuantilesState {
  /** Sorted by mean. */
  centroids: Centroids;
  buffer: Float32Array;
  buffered: number;
  /** Values added, or merged in. A compression happens whenever it reaches a multiple of {@link COMPRESS_EVERY}. */
  count: number;
}

/** What a t-digest tells. */
export interface Quantiles {
  readonly count: number;
  /** Value below which the share `q` (0..1) of the values lies; undefined when there are none. Throws RangeError outside 0..1. */
  quantile(q: number): number | undefined;
}

/**
 * Merging t-digest (Dunning and Ertl 2019, "Computing extremely accurate quantiles using t-digests"), scale function k1, compression 1000.
 * Error: mostly under 0.1 % of rank in the middle, far less in the tails; least and greatest are exact to float32 (7 digits), as is every value of a state of up to 1023.
 * Memory: at most about 700 centroids and 1024 waiting values of 8 and 4 bytes; a state of few values is as small as they are.
 * NaN and infinities are left out. Encoding: ClickHouse's state of `quantileTDigest(Float64)`: varuint n, then n pairs of float32 mean and weight, sorted by mean,
 * without compressing: so the bytes depend on the values and their order alone.
 */
export const quantilesAggregator: Aggregator<number, QuantilesState, Quantiles> = {
  kind: 'quantiles',
  empty: () => ({ centroids: NONE, buffer: new Float32Array(4), buffered: 0, count: 0 }),
  add(state, value) {
    if (!Number.isFinite(value)) return;
    if (state.buffered === state.buffer.length) growBuffer(state);
    state.buffer[state.buffered++] = held(value);
    if (++state.count % COMPRESS_EVERY === 0) flush(state);
  },
  merge(into, other) {
    const count = into.count + other.count;
    const all = sortedUnion(whole(into), whole(other));
    into.centroids = all.means.length > CENTROIDS_MAX ? compressedUnion(all, NONE) : all;
    into.buffered = 0;
    into.count = count;
  },
  read(state) {
    const centroids = whole(state);
    return { count: state.count, quantile: (q) => quantileOf(centroids, q) };
  },
  encode: (state) => encodeCentroids(whole(state)),
  decode(bytes) {
    const centroids = decodeCentroids(bytes);
    let count = 0;
    for (const weight of centroids.weights) count += weight;
    return { centroids, buffer: new Float32Array(4), buffered: 0, count };
  },
};

/** A value as float32: beyond its range the greatest there is; zero without a sign, since sorting cannot tell the two zeros apart. */
const held = (value: number): number => Math.fround(Math.max(-FLOAT32_MAX, Math.min(FLOAT32_MAX, value))) + 0;

const FLOAT32_MAX = 3.4028234663852886e38;

const NONE: Centroids = { means: new Float32Array(0), weights: new Float32Array(0) };

/** More than a compression leaves and a full buffer adds; merging compresses beyond it. */
const CENTROIDS_MAX = 2_048;

function growBuffer(state: QuantilesState): void {
  const larger = new Float32Array(Math.min(COMPRESS_EVERY, state.buffer.length * 4));
  larger.set(state.buffer);
  state.buffer = larger;
}

function flush(state: QuantilesState): void {
  state.centroids = compressedUnion(state.centroids, waitingOf(state));
  state.buffered = 0;
}

/** All that a state holds, sorted. */
function whole(state: QuantilesState): Centroids {
  return state.buffered === 0 ? state.centroids : sortedUnion(state.centroids, waitingOf(state));
}

/** The values not yet sorted in, sorted. */
function waitingOf({ buffer, buffered }: QuantilesState): Centroids {
  const means = buffer.slice(0, buffered);
  sortFloats(means);
  return { means, weights: ONES.subarray(0, buffered) };
}

const ONES = new Float32Array(COMPRESS_EVERY).fill(1);

function quantileOf({ means, weights }: Centroids, q: number): number | undefined {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`ask for a quantile from 0 to 1, got ${String(q)}`);
  const last = means.length - 1;
  if (last < 0) return undefined;
  let total = 0;
  for (const weight of weights) total += weight;
  const rank = q * (total - 1);
  // Each centroid stands at the middle of the ranks it covers; between two of them the value is interpolated.
  let before = 0;
  let previousRank = 0;
  let previousMean = means[0] ?? 0;
  for (let at = 0; at <= last; at++) {
    const weight = weights[at] ?? 0;
    const mean = means[at] ?? 0;
    const middle = before + (weight - 1) / 2;
    if (rank <= middle) return interpolated(rank, previousRank, previousMean, { rank: middle, mean });
    before += weight;
    previousRank = middle;
    previousMean = mean;
  }
  return previousMean;
}

function encodeCentroids({ means, weights }: Centroids): Uint8Array {
  const prefix: number[] = [];
  for (let rest = means.length; ; rest >>>= 7) {
    prefix.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    if (rest <= 0x7f) break;
  }
  const bytes = new Uint8Array(prefix.length + means.length * 8);
  bytes.set(prefix);
  const view = new DataView(bytes.buffer, prefix.length);
  for (let at = 0; at < means.length; at++) {
    view.setFloat32(at * 8, means[at] ?? 0, true);
    view.setFloat32(at * 8 + 4, weights[at] ?? 0, true);
  }
  return bytes;
}

function decodeCentroids(bytes: Uint8Array): Centroids {
  let length = 0;
  let at = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[at++] ?? 0;
    length += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
  }
  if (bytes.length - at !== length * 8)
    throw new RangeError(
      `a quantiles state of ${String(length)} centroids has ${String(length * 8)} bytes after its length, got ${String(bytes.length - at)}`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, length * 8);
  const means = new Float32Array(length);
  const weights = new Float32Array(length);
  for (let place = 0; place < length; place++) {
    means[place] = view.getFloat32(place * 8, true);
    weights[place] = view.getFloat32(place * 8 + 4, true);
  }
  return { means, weights };
}
