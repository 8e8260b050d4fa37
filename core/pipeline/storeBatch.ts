import { writeCellBlock } from '../store/cellTable.ts';
import type { Connection } from '../store/connection.ts';
import type { IngestStore, PartitionCommit } from '../store/ingestStore.ts';
import { commitRow, findingRow, jsonRows } from '../store/insertBodies.ts';
import { NativeWriter } from '../store/nativeWriter.ts';
import { type PendingBatch, type PendingRows, encodeRows } from './pendingBatch.ts';
import { untilDone } from './untilDone.ts';

/** Where and with what a batch is stored. */
export interface StoreTarget {
  readonly connection: Connection;
  readonly store: IngestStore;
  readonly database: string;
  readonly signal: AbortSignal;
  /** Told of each failed attempt; storing goes on. */
  readonly onFailure: (error: unknown) => void;
}

/** A batch that is complete: encoded cells and commits belong to the moment at which it was closed. */
export interface ClosedBatch {
  readonly pending: PendingBatch;
  readonly cells: Uint8Array;
  readonly commits: readonly PartitionCommit[];
}

/** Closes a batch: takes the changed cells and the positions as they are now, so that reading may go on while it is stored. */
export function closeBatch(pending: PendingBatch): ClosedBatch {
  const writer = new NativeWriter();
  for (const partition of pending.partitions) {
    const stream = pending.rows.get(partition.id.stream)?.stream;
    const cells = partition.cells.takeChanged();
    if (stream !== undefined && cells.length > 0)
      writeCellBlock(writer, stream.windows.plan, cells, {
        partition: partition.id.partition,
        arrivedAtMs: pending.sinceMs,
      });
  }
  return { pending, cells: writer.take(), commits: [...pending.partitions].map((partition) => partition.commit()) };
}

/**
 * Stores a closed batch: raw rows, then what is derived from them, then the commits. Each step is retried for ever;
 * the later ones may be repeated without harm (a row replaces itself), the first one asks the store what arrived before it sends again.
 */
export async function storeBatch(target: StoreTarget, { pending, cells, commits }: ClosedBatch): Promise<void> {
  const { connection, database } = target;
  await Promise.all([...pending.rows.values()].map((rows) => storeRows(target, rows)));
  const small = (table: string, rows: readonly object[]): Promise<void> =>
    rows.length === 0
      ? Promise.resolve()
      : untilDone(target, () =>
          connection.insertBytes({ table: `${database}.${table}`, format: 'JSONEachRow', body: jsonRows(rows) }),
        );
  await Promise.all([
    cells.length === 0
      ? Promise.resolve()
      : untilDone(target, () =>
          connection.insertBytes({ table: `${database}.aggregate_cells`, format: 'Native', body: cells }),
        ),
    small('dead_letter_rows', pending.deadLetters),
    small('manifest_rows', pending.manifests),
    small(
      'finding_revisions',
      pending.findings.map((finding) => findingRow(finding, { fromWindow: false, retracted: false }, pending.sinceMs)),
    ),
  ]);
  await small(
    'partition_commits',
    commits.map((commit) => commitRow(commit, pending.sinceMs)),
  );
}

async function storeRows(target: StoreTarget, rows: PendingRows): Promise<void> {
  const table = `${target.database}.events_${rows.stream.schema.name}`;
  let body = rows.rows === 0 ? undefined : rows.writer.take();
  rows.stream.bodyBytes = Math.max(1 << 16, Math.ceil((body?.length ?? 0) * 1.25));
  let queryId = crypto.randomUUID();
  await untilDone(
    target,
    async () => {
      if (body !== undefined) await target.connection.insertBytes({ table, format: 'Native', body, queryId });
    },
    async () => {
      await target.store.settled(queryId);
      body = await stillMissing(target, rows);
      queryId = crypto.randomUUID();
    },
  );
}

/** After an insert in doubt: reads back which of its rows are stored, and encodes the others again. */
async function stillMissing(
  { store }: StoreTarget,
  { stream, slices, writer, arrivedAtMs }: PendingRows,
): Promise<Uint8Array | undefined> {
  const from = new Map<string, number>();
  for (const { partition, slice } of slices)
    from.set(slice.partition, Math.min(slice.offset, from.get(partition.id.partition) ?? slice.offset));
  const stored = await store.rowsAbove(stream.schema.name, from);
  let rows = 0;
  for (const { partition, slice } of slices) {
    const above = stored.get(slice.partition);
    partition.rowsStored = above === undefined ? partition.rowsStored : new Set([...partition.rowsStored, ...above]);
    rows += encodeRows({ writer, stream, arrivedAtMs }, partition, stream.decode(slice, arrivedAtMs));
  }
  const body = writer.take();
  return rows === 0 ? undefined : body;
}
