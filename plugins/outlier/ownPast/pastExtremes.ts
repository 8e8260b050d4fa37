/** Values that are kept at most. */
export const KEPT = 50;
/** Values before which nothing is said. */
const COUNT_MIN = 30;
/** The share of the past whose excess makes the tail; at least TAIL_MIN values. */
const TAIL_SHARE = 0.05;
const TAIL_MIN = 8;
/** Shapes of the tail: 0 is exponential; 0.5 has no variance any more. A fit of few values is drawn to 0 as if by so many more. */
const SHAPE_MAX = 0.5;
const SHAPE_PRIOR = 20;

/** The least size of a tail, of signals in spreads: beside it the rounding of numbers is nothing. */
const SIZE_MIN = 1e-3;

/**
 * How surprising a value is after a past of `count` values, of which the largest lie ascending from `from` on, {@link KEPT} at most: -log10 of the share of values that are as large, by a generalised Pareto tail (Pickands 1975) fitted by moments
 * (Hosking and Wallis 1987); 0 while too little is known.
 */
export function surpriseOf(store: Float64Array, from: number, count: number, value: number): number {
  if (count < COUNT_MIN) return 0;
  const tail = Math.max(TAIL_MIN, Math.min(KEPT - 1, Math.floor(count * TAIL_SHARE)));
  const end = from + Math.min(KEPT, count);
  const threshold = store[end - tail - 1] ?? 0;
  if (value <= threshold) return 0;
  let sum = 0;
  let squares = 0;
  for (let at = end - tail; at < end; at++) {
    const excess = (store[at] ?? 0) - threshold;
    sum += excess;
    squares += excess * excess;
  }
  const mean = sum / tail;
  const variance = Math.max(Number.MIN_VALUE, squares / tail - mean * mean);
  const fitted = 0.5 * (1 - (mean * mean) / variance) * (tail / (tail + SHAPE_PRIOR));
  const shape = Math.max(0, Math.min(SHAPE_MAX, fitted));
  const size = Math.max(SIZE_MIN * (1 + Math.abs(threshold)), mean * (1 - shape));
  const far = (value - threshold) / size;
  const logTail = shape < 1e-3 ? far / Math.LN10 : Math.log10(1 + shape * far) / shape;
  return Math.min(300, logTail - Math.log10(tail / count));
}

/** Puts a value among the largest of `count` others, if it is one. */
export function remember(store: Float64Array, from: number, count: number, value: number): void {
  if (count >= KEPT) rememberInFull(store, from, value);
  else {
    let at = from + count;
    for (; at > from && (store[at - 1] ?? 0) > value; at--) store[at] = store[at - 1] ?? 0;
    store[at] = value;
  }
}

/** The least of them makes room; from there upwards, since most of what is large is not very large. */
function rememberInFull(store: Float64Array, from: number, value: number): void {
  if (value <= (store[from] ?? 0)) return;
  let at = from;
  for (; at + 1 < from + KEPT && (store[at + 1] ?? 0) < value; at++) store[at] = store[at + 1] ?? 0;
  store[at] = value;
}
