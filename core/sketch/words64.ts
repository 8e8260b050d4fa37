/**
 * Arithmetic modulo 2^64 without BigInt, so that nothing is allocated: numbers stand in `words` as pairs of halves, low half first,
 * and are named by their place. The first argument of each function is where its result goes.
 */
export const words = new Uint32Array(64);

/** Puts a number into its place. */
export function set(to: number, low: number, high = 0): void {
  words[to] = low;
  words[to + 1] = high;
}

/** a + b. */
export function add(to: number, a: number, b: number): void {
  const aLow = words[a] ?? 0;
  const low = (aLow + (words[b] ?? 0)) >>> 0;
  set(to, low, ((words[a + 1] ?? 0) + (words[b + 1] ?? 0) + (low < aLow ? 1 : 0)) | 0);
}

/** a - b. */
export function subtract(to: number, a: number, b: number): void {
  const aLow = words[a] ?? 0;
  const bLow = words[b] ?? 0;
  set(to, (aLow - bLow) | 0, ((words[a + 1] ?? 0) - (words[b + 1] ?? 0) - (aLow < bLow ? 1 : 0)) | 0);
}

/** a ^ b. */
export function xor(to: number, a: number, b: number): void {
  set(to, (words[a] ?? 0) ^ (words[b] ?? 0), (words[a + 1] ?? 0) ^ (words[b + 1] ?? 0));
}

/** a * b; the low halves are multiplied in 16-bit parts, so that every sum is exact. */
export function multiply(to: number, a: number, b: number): void {
  const aLow = words[a] ?? 0;
  const bLow = words[b] ?? 0;
  const a0 = aLow & 0xffff;
  const a1 = aLow >>> 16;
  const b0 = bLow & 0xffff;
  const b1 = bLow >>> 16;
  const across = Math.imul(a1, b0);
  const along = Math.imul(a0, b1);
  const middle = (Math.imul(a0, b0) >>> 16) + (across & 0xffff) + (along & 0xffff);
  const carry = (Math.imul(a1, b1) + (across >>> 16) + (along >>> 16) + (middle >>> 16)) | 0;
  const cross = (Math.imul(aLow, words[b + 1] ?? 0) + Math.imul(words[a + 1] ?? 0, bLow)) | 0;
  set(to, Math.imul(aLow, bLow), (carry + cross) | 0);
}

/** a, its bits turned to the right `by` places of 64. */
export function rotate(to: number, a: number, by: number): void {
  const low = words[by < 32 ? a : a + 1] ?? 0;
  const high = words[by < 32 ? a + 1 : a] ?? 0;
  const shift = by & 31;
  if (shift === 0) set(to, low, high);
  else set(to, (low >>> shift) | (high << (32 - shift)), (high >>> shift) | (low << (32 - shift)));
}

/** a ^ (a >> 47). */
export function mixShifted(to: number, a: number): void {
  const high = words[a + 1] ?? 0;
  set(to, (words[a] ?? 0) ^ (high >>> 15), high);
}
