import type { Aggregator } from './aggregator.ts';

/** A running sum with its compensation: the low-order part that the sum itself has no room for. */
export interface SumState {
  sum: number;
  compensation: number;
}

/**
 * Sum with compensation (Neumaier 1974): exact for integers below 2^53, and for others off by about one rounding whatever their number.
 * Encoding: two Float64 little-endian, sum and compensation; in ClickHouse `reinterpretAsFloat64(substring(state, 1, 8))`.
 */
export const sumAggregator: Aggregator<number, SumState, number> = {
  kind: 'sum',
  empty: () => ({ sum: 0, compensation: 0 }),
  add,
  merge(into, other) {
    add(into, other.sum);
    into.compensation += other.compensation;
  },
  read: (state) => state.sum + state.compensation,
  encode(state) {
    const bytes = new Uint8Array(16);
    const view = new DataView(bytes.buffer);
    view.setFloat64(0, state.sum, true);
    view.setFloat64(8, state.compensation, true);
    return bytes;
  },
  decode(bytes) {
    if (bytes.length !== 16) throw new RangeError(`a sum state has 16 bytes, got ${String(bytes.length)}`);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    return { sum: view.getFloat64(0, true), compensation: view.getFloat64(8, true) };
  },
};

/** An infinite value is no quantity and is left out, like NaN. */
function add(state: SumState, value: number): void {
  if (!Number.isFinite(value)) return;
  const sum = state.sum + value;
  state.compensation += Math.abs(state.sum) >= Math.abs(value) ? state.sum - sum + value : value - sum + state.sum;
  state.sum = sum;
}
