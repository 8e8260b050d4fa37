import type { Dictionary } from './dictionary.ts';

/** Numbers, booleans (0, 1) and times (epoch ms). An absent or null value is NaN. Shape: one value a row. */
export interface NumberColumn {
  readonly kind: 'number';
  readonly values: Float64Array;
}

/** Text of few distinct values, such as a dimension: one id a row, id 0 = absent or null. */
export interface CategoryColumn {
  readonly kind: 'category';
  readonly ids: Uint32Array;
  readonly dictionary: Dictionary;
}

/**
 * Free text, as ranges of bytes: row r is `bytes[starts[r], ends[r])` in UTF-8.
 * `starts[r] === ABSENT_TEXT` means absent or null. Ranges from `bytes.length` on lie in `overflow`
 * (text that had to be unescaped), at `start - bytes.length`.
 */
export interface TextColumn {
  readonly kind: 'text';
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** The start of a text that is absent or null. */
export const ABSENT_TEXT = 0xffffffff;

/** One declared field of a batch. Arrays may be longer than the batch: only rows below `batch.length` count. */
export type Column = NumberColumn | CategoryColumn | TextColumn;
