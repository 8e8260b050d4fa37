import type { Part } from '../kept/slab.ts';

/** Where the newest values of a series lie among its numbers, counted from where its part begins, and for how many there is room. How many were appended ever, its owner knows. */
export interface Ring {
  readonly from: number;
  readonly size: number;
}

type Numbered = Part<Float64Array>;

/** Appends a value after `appended` others, in place of the oldest when it is full. */
export function append({ store, from }: Numbered, ring: Ring, appended: number, value: number): void {
  store[from + ring.from + (appended % ring.size)] = value;
}

/** Sum of the newest `length`, or of what there is. From the oldest on, so that a restart changes no bit of it. */
function trailingSum({ store, from }: Numbered, ring: Ring, appended: number, length: number): number {
  const start = from + ring.from;
  const next = appended % ring.size;
  const first = next - Math.min(length, appended);
  let sum = 0;
  if (first < 0) for (let at = start + first + ring.size; at < start + ring.size; at++) sum += store[at] ?? 0;
  for (let at = start + Math.max(0, first); at < start + next; at++) sum += store[at] ?? 0;
  return sum;
}

/** Mean of the newest `length`, at most as many as it has room for, or of what there is; 0 of nothing. */
export function trailingMean(numbers: Numbered, ring: Ring, appended: number, length = ring.size): number {
  return appended === 0 ? 0 : trailingSum(numbers, ring, appended, length) / Math.min(length, appended);
}

/** Sum of the sizes of all, from the oldest on. */
export function sizesSum({ store, from }: Numbered, ring: Ring, appended: number): number {
  const start = from + ring.from;
  const next = appended % ring.size;
  const first = next - Math.min(ring.size, appended);
  let sum = 0;
  if (first < 0) for (let at = start + first + ring.size; at < start + ring.size; at++) sum += Math.abs(store[at] ?? 0);
  for (let at = start + Math.max(0, first); at < start + next; at++) sum += Math.abs(store[at] ?? 0);
  return sum;
}
