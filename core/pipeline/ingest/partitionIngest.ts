import type { EventBatch } from '../../events/batch.ts';
import type { Problem } from '../../events/problem.ts';
import type { PartitionId } from '../../sources/source.ts';
import type { StoredPartition } from '../../store/ingestStore.ts';
import type { PartitionCommit } from '../../store/partitionCommit.ts';
import { PartitionCells } from '../../windows/partitionCells.ts';
import { ServerWatermarks } from '../../windows/serverWatermarks.ts';
import type { StreamWindows } from '../../windows/streamWindows.ts';

/** One partition being ingested: how far it is read, which of its rows are stored already, and its growing cells. */
export class PartitionIngest {
  readonly id: PartitionId;
  readonly cells: PartitionCells;
  /** By server, of a partition of many. */
  readonly #watermarks: ServerWatermarks;
  /** The claim that we store it under, where other processes may want it. */
  readonly claim: string | undefined;
  #lost = false;
  /** Offsets stored by an insert whose commit did not happen; they are read again but not stored again. */
  rowsStored: ReadonlySet<number>;
  nextOffset: number;
  closed = false;
  fileHead: string;
  /** Lines read so far that became events, and that did not; over restarts. */
  eventsRead: number;
  problemsRead: number;

  constructor(
    id: PartitionId & { readonly fileHead: string },
    windows: StreamWindows,
    stored: StoredPartition | undefined,
    claim?: string,
  ) {
    this.id = { stream: id.stream, topic: id.topic, partition: id.partition, server: id.server };
    this.claim = claim;
    this.#watermarks = new ServerWatermarks(stored?.commit?.watermarks);
    this.fileHead = id.fileHead;
    this.cells = new PartitionCells(windows);
    this.rowsStored = stored?.rowsAbove ?? new Set();
    this.nextOffset = stored?.commit?.offset ?? 0;
    this.eventsRead = stored?.commit?.events ?? 0;
    this.problemsRead = stored?.commit?.problems ?? 0;
    this.cells.restore(stored?.cells ?? [], this.nextOffset, stored?.commit?.watermarkMs ?? Number.NEGATIVE_INFINITY);
  }

  /** Our claim no longer holds: what was read of it and is not stored is for another to store, who reads it again. */
  get lost(): boolean {
    return this.#lost;
  }

  lose(): void {
    this.#lost = true;
  }

  /** Rows of a batch that are not stored yet, ascending. */
  rowsToStore(batch: EventBatch): Uint32Array {
    if (this.rowsStored.size === 0) return allRows(batch.length);
    const rows: number[] = [];
    for (let row = 0; row < batch.length; row++) if (!this.rowsStored.has(batch.offsets[row] ?? 0)) rows.push(row);
    return Uint32Array.from(rows);
  }

  /** Problems of a batch that are dead letters: a line that is stored as a row was an event, also when the fields are declared otherwise by now. */
  problemsOf(batch: EventBatch): readonly Problem[] {
    if (this.rowsStored.size === 0) return batch.problems;
    return batch.problems.filter(({ offset }) => !this.rowsStored.has(offset));
  }

  /** Notes how far each server's events have come, where the partition does not say by itself whose they are. */
  noteServers(batch: EventBatch, serverField: string): void {
    if (this.id.server === '') this.#watermarks.advance(batch, serverField);
  }

  /** Forgets rows below a committed offset: they will not be read again. */
  forgetStored(offset: number): void {
    if (this.rowsStored.size > 0 && [...this.rowsStored].every((stored) => stored < offset))
      this.rowsStored = new Set();
  }

  /** What to write down when all that was read so far is stored. */
  commit(): PartitionCommit {
    const { newestMs } = this.cells;
    return {
      ...this.id,
      offset: this.nextOffset,
      watermarkMs: Number.isFinite(newestMs) ? newestMs : undefined,
      watermarks: this.#watermarks.byServer(),
      events: this.eventsRead,
      problems: this.problemsRead,
      closed: this.closed,
      fileHead: this.fileHead,
    };
  }
}

let counted: Uint32Array = new Uint32Array(0);

/** 0, 1, 2, ... below `length`; to be read only. */
function allRows(length: number): Uint32Array {
  if (counted.length < length) {
    counted = new Uint32Array(length * 2);
    for (let row = 0; row < counted.length; row++) counted[row] = row;
  }
  return counted.subarray(0, length);
}
