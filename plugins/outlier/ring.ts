/**
 * The newest values of a series, in a part of an array that it shares with the rest of what is kept of the series: many small arrays would take more room for themselves
 * than for what is in them.
 */
export interface Ring {
  readonly store: Float64Array;
  /** Where its part begins, and how many values it has room for. */
  readonly from: number;
  readonly size: number;
  length: number;
  /** Where the next value goes, from 0; once it is full the oldest value is there. */
  next: number;
}

export const emptyRing = (store: Float64Array, from: number, size: number): Ring => ({
  store,
  from,
  size,
  length: 0,
  next: 0,
});

/** Appends a value, in place of the oldest when it is full. */
export function append(ring: Ring, value: number): void {
  ring.store[ring.from + ring.next] = value;
  ring.next = ring.next + 1 === ring.size ? 0 : ring.next + 1;
  if (ring.length < ring.size) ring.length++;
}

/** Mean of the newest `length`, or of what there is; 0 of nothing. Summed from the oldest on, so that a restart changes no bit of it. */
export function trailingMean({ store, from, size, next, length: there }: Ring, length: number): number {
  const taken = Math.min(length, there);
  const first = next - taken;
  let sum = 0;
  if (first < 0) for (let at = from + first + size; at < from + size; at++) sum += store[at] ?? 0;
  for (let at = from + Math.max(0, first); at < from + next; at++) sum += store[at] ?? 0;
  return taken === 0 ? 0 : sum / taken;
}

/** Sum of the sizes of all, from the oldest on. */
export function sizesSum(ring: Ring): number {
  const { store, from, size, next, length } = ring;
  const first = next - length;
  let sum = 0;
  if (first < 0) for (let at = from + first + size; at < from + size; at++) sum += Math.abs(store[at] ?? 0);
  for (let at = from + Math.max(0, first); at < from + next; at++) sum += Math.abs(store[at] ?? 0);
  return sum;
}
