import type { Column } from './column.ts';
import type { Problem } from './problem.ts';
import type { Shape } from './shape.ts';

/**
 * Decoded events of one partition in offset order, as columns: one array per declared field, row r of each is event r.
 * Read-only for whoever is shown one; it is valid only during the call that shows it (the arrays are used again).
 */
export interface EventBatch {
  readonly stream: string;
  /** A topic of Kafka; of files the stream. */
  readonly topic: string;
  /** A topic's partition, `<topic>-<number>`, or one rolled file: `<server>/<name>`. */
  readonly partition: string;
  readonly length: number;
  /** Offset of each event: a Kafka offset, or a line's first byte in its file. Ascending. */
  readonly offsets: Float64Array;
  /** Event time of each event, epoch ms. */
  readonly timesMs: Float64Array;
  /** By declared field name. */
  readonly columns: ReadonlyMap<string, Column>;
  /** The keys and value types each event had, declared or not, in the order they stood in. One entry a row. */
  readonly shapes: readonly Shape[];
  /** What text ranges point into. */
  readonly bytes: Uint8Array;
  readonly overflow: Uint8Array;
  /** Undeclared members of row r: `"key":value` texts, ranges `restStarts[i], restEnds[i]` of `bytes`, i in [restRows[r], restRows[r+1]). */
  readonly restRows: Uint32Array;
  readonly restStarts: Uint32Array;
  readonly restEnds: Uint32Array;
  /** Lines that are no events, ascending by offset; their offsets interleave with those of the events. */
  readonly problems: readonly Problem[];
}
