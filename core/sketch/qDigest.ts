import type { Aggregator } from './aggregator.ts';
import { decodeQDigest, encodeQDigest, type StoredQDigest } from './qDigestBytes.ts';
import { joinSmall, leaves, NO_NODES, type QDigestNodes, union } from './qDigestNodes.ts';
import type { Quantiles } from './quantiles.ts';

/** The integers 0 to 2^bits - 1 stand for the values from + unit · integer. */
export interface QDigestScale {
  readonly from: number;
  /** Smallest difference that is told. */
  readonly unit: number;
  /** 1 to 32. */
  readonly bits: number;
}

/** A q-digest in growth: nodes, and integers not yet sorted in. */
export interface QDigestState {
  nodes: QDigestNodes;
  buffer: Uint32Array;
  buffered: number;
  /** Values added, or merged in. Nodes are joined whenever it reaches a multiple of {@link JOIN_EVERY}. */
  count: number;
}

/** Nodes are joined at fixed counts of values, not at fixed batches. */
const JOIN_EVERY = 1_024;

/** The paper's k: nodes hold at most the k-th part of all values. */
const COMPRESSION = 1_024;

/** More than joining leaves and a full buffer adds; merging joins beyond it. */
const NODES_MAX = 5_120;

/**
 * q-digest (Shrivastava, Buragohain, Agrawal, Suri 2004, "Medians and beyond"): a tree over integers, whose thin subtrees are joined. What it tells is certain:
 * the rank of an answer is off by at most `bits`/1024 of all values (the paper's log2 σ/k), whatever the values and whatever the tree of merges, mostly far less;
 * the value itself by half a `unit`. Values beyond the scale count as its nearest end. NaN and infinities are left out.
 * Memory: at most 5,120 nodes of 13 bytes (stored 16) and 1,024 waiting values, mostly 2,000 nodes; of up to 2,047 values it joins none.
 * Encoding: Float64 from and unit, then per node UInt64 code (least significant 6 bits: height, above them: greatest integer) and UInt64 count, little-endian, ascending;
 * in ClickHouse `quantileExactWeighted(q)(from + unit * bitShiftRight(code, 6), count)` over the nodes of all states to be merged.
 */
export function qDigestAggregator(scale: QDigestScale): Aggregator<number, QDigestState, Quantiles> {
  const { from, unit, bits } = checked(scale);
  const greatest = 2 ** bits - 1;
  const integerOf = (value: number): number => Math.max(0, Math.min(greatest, Math.round((value - from) / unit)));
  return {
    kind: 'qDigest',
    empty: () => stateOf(NO_NODES),
    add(state, value) {
      if (!Number.isFinite(value)) return;
      if (state.buffered === state.buffer.length) growBuffer(state);
      state.buffer[state.buffered++] = integerOf(value);
      if (++state.count % JOIN_EVERY === 0) settle(state, joined(whole(state), state.count));
    },
    merge(into, other) {
      const count = into.count + other.count;
      const all = union(whole(into), whole(other));
      settle(into, all.length > NODES_MAX ? joined(all, count) : all);
      into.count = count;
    },
    read(state) {
      const nodes = whole(state);
      return { count: state.count, quantile: (q) => quantileOf(nodes, state.count, q, (at) => from + unit * at) };
    },
    encode: (state) => encodeQDigest({ from, unit, nodes: whole(state) }),
    decode(bytes) {
      const stored = decodeQDigest(bytes);
      const fits = stored.from === from && stored.unit === unit && (stored.nodes.uppers.at(-1) ?? 0) <= greatest;
      return stateOf(fits ? stored.nodes : moved(stored, integerOf));
    },
  };
}

function checked(scale: QDigestScale): QDigestScale {
  const { from, unit, bits } = scale;
  if (!Number.isFinite(from) || !Number.isFinite(unit) || unit <= 0)
    throw new RangeError(`give a q-digest a finite from and a unit above 0, got ${String(from)} and ${String(unit)}`);
  if (!Number.isInteger(bits) || bits < 1 || bits > 32)
    throw new RangeError(`give a q-digest 1 to 32 bits, got ${String(bits)}`);
  return scale;
}

function stateOf(nodes: QDigestNodes): QDigestState {
  let count = 0;
  for (const more of nodes.counts) count += more;
  return { nodes, buffer: new Uint32Array(4), buffered: 0, count };
}

function growBuffer(state: QDigestState): void {
  const larger = new Uint32Array(Math.min(JOIN_EVERY, state.buffer.length * 4));
  larger.set(state.buffer);
  state.buffer = larger;
}

function settle(state: QDigestState, nodes: QDigestNodes): void {
  state.nodes = nodes;
  state.buffered = 0;
}

const joined = (nodes: QDigestNodes, count: number): QDigestNodes => joinSmall(nodes, Math.floor(count / COMPRESSION));

/** All that a state holds. */
const whole = ({ nodes, buffer, buffered }: QDigestState): QDigestNodes =>
  buffered === 0 ? nodes : union(nodes, leaves(buffer.slice(0, buffered).sort()));

/** What was stored on another scale (the config has changed since): each node as its greatest value. In post-order these never fall, on the new scale neither. */
const moved = ({ from, unit, nodes }: StoredQDigest, integerOf: (value: number) => number): QDigestNodes =>
  leaves(
    nodes.uppers.map((upper) => integerOf(from + unit * upper)),
    nodes.counts,
  );

/** The least value up to which at least the share q of all counts lies, nodes in post-order. */
function quantileOf(
  { uppers, counts }: QDigestNodes,
  count: number,
  q: number,
  valueOf: (integer: number) => number,
): number | undefined {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`ask for a quantile from 0 to 1, got ${String(q)}`);
  const wanted = Math.max(1, Math.ceil(q * count));
  let upTo = 0;
  for (const [at, upper] of uppers.entries()) {
    upTo += counts[at] ?? 0;
    if (upTo >= wanted) return valueOf(upper);
  }
  return undefined;
}
