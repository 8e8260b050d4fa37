import type { Aggregator } from './aggregator.ts';

/** The extreme so far; NaN before the first value. */
export interface ExtremeState {
  value: number;
}

/** An aggregator that keeps the better of two values. Encoding: Float64 little-endian, NaN when empty; in ClickHouse `reinterpretAsFloat64(state)`. */
export function extremeAggregator(
  kind: string,
  better: (a: number, b: number) => number,
): Aggregator<number, ExtremeState, number | undefined> {
  const add = (state: ExtremeState, value: number): void => {
    if (!Number.isNaN(value)) state.value = Number.isNaN(state.value) ? value : better(state.value, value);
  };
  return {
    kind,
    empty: () => ({ value: Number.NaN }),
    add,
    merge(into, other) {
      add(into, other.value);
    },
    read: (state) => (Number.isNaN(state.value) ? undefined : state.value),
    encode(state) {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setFloat64(0, state.value, true);
      return bytes;
    },
    decode(bytes) {
      if (bytes.length !== 8) throw new RangeError(`a ${kind} state has 8 bytes, got ${String(bytes.length)}`);
      return { value: new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true) };
    },
  };
}
