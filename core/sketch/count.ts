import type { Aggregator } from './aggregator.ts';

/** A growing count. */
export interface CountState {
  count: number;
}

/** Number of values; exact up to 2^53. Encoding: UInt64 little-endian; in ClickHouse `reinterpretAsUInt64(state)`. */
export const countAggregator: Aggregator<number, CountState, number> = {
  kind: 'count',
  empty: () => ({ count: 0 }),
  add(state) {
    state.count++;
  },
  merge(into, other) {
    into.count += other.count;
  },
  read: (state) => state.count,
  encode(state) {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(state.count), true);
    return bytes;
  },
  decode(bytes) {
    if (bytes.length !== 8) throw new RangeError(`a count state has 8 bytes, got ${String(bytes.length)}`);
    return { count: Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)) };
  },
};
