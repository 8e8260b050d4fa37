import { writeCellBlock } from '../../store/cellTable.ts';
import type { Claims } from '../../store/claims.ts';
import { type Fence, writeId } from '../../store/fence.ts';
import type { Connection } from '../../store/connection.ts';
import type { EventShards } from '../../store/eventShards.ts';
import type { IngestStore } from '../../store/ingestStore.ts';
import type { PartitionCommit } from '../../store/partitionCommit.ts';
import { findingRow, jsonRows } from '../../store/insertBodies.ts';
import { NativeWriter } from '../../store/nativeWriter.ts';
import type { PartitionId } from '../../sources/source.ts';
import { wallClock } from '../../time/wallClock.ts';
import type { PartitionIngest } from './partitionIngest.ts';
import { type PendingBatch, type PendingRows, encodeRows } from './pendingBatch.ts';
import { untilDone } from '../untilDone.ts';

/** Where and with what a batch is stored. */
export interface StoreTarget {
  readonly connection: Connection;
  readonly store: IngestStore;
  /** Where several processes share the partitions: nothing is stored of one that another has claimed. */
  readonly claims?: Claims | undefined;
  /** Which server a partition's rows go to. */
  readonly shards: EventShards;
  readonly database: string;
  readonly signal: AbortSignal;
  /** Told of each failed attempt; storing goes on. */
  readonly onFailure: (error: unknown) => void;
}

/** A batch that is complete: encoded cells and commits belong to the moment at which it was closed. */
export interface ClosedBatch {
  readonly pending: PendingBatch;
  readonly cells: readonly { readonly partition: PartitionIngest; readonly block: Uint8Array }[];
  readonly commits: readonly { readonly partition: PartitionIngest; readonly commit: PartitionCommit }[];
}

/** Name of the claim on a partition. */
export const ingestClaim = ({ stream, partition }: Pick<PartitionId, 'stream' | 'partition'>): string =>
  `ingest/${stream}/${partition}`;

/** Closes a batch: takes the changed cells and the positions as they are now, so that reading may go on while it is stored. */
export function closeBatch(pending: PendingBatch): ClosedBatch {
  const writer = new NativeWriter();
  const ends = [...pending.partitions].map((partition) => {
    const stream = pending.streams.get(partition.id.stream);
    const cells = partition.cells.takeChanged();
    if (stream !== undefined && cells.length > 0)
      writeCellBlock(writer, stream.windows.plan, cells, {
        partition: partition.id.partition,
        arrivedAtMs: pending.sinceMs,
      });
    return { partition, end: writer.length };
  });
  const bytes = writer.take();
  return {
    pending,
    cells: ends.map(({ partition, end }, at) => ({ partition, block: bytes.subarray(ends[at - 1]?.end ?? 0, end) })),
    commits: [...pending.partitions].map((partition) => ({ partition, commit: partition.commit() })),
  };
}

/**
 * Stores a closed batch: raw rows, then what is derived from them, then the commits. Each step is retried for ever;
 * the later ones may be repeated without harm (a row replaces itself), the first one asks the store what arrived before it sends again.
 * Partitions that were claimed by others meanwhile are marked as lost, and nothing more is stored of them.
 */
export async function storeBatch(target: StoreTarget, { pending, cells, commits }: ClosedBatch): Promise<void> {
  const { connection, database } = target;
  await Promise.all(
    [...pending.rows.values()].flatMap((ofStream) => [...ofStream.values()]).map((rows) => storeRows(target, rows)),
  );
  const small = (table: string, rows: readonly object[]): Promise<void> =>
    rows.length === 0
      ? Promise.resolve()
      : untilDone(target, () =>
          connection.insertBytes({ table: `${database}.${table}`, format: 'JSONEachRow', body: jsonRows(rows) }),
        );
  const body = Buffer.concat(cells.filter(({ partition }) => !partition.lost).map(({ block }) => block));
  await Promise.all([
    body.length === 0
      ? Promise.resolve()
      : untilDone(target, () =>
          connection.insertBytes({ table: `${database}.aggregate_cells`, format: 'Native', body }),
        ),
    small('dead_letter_rows', pending.deadLetters),
    small('manifest_rows', pending.manifests),
    pending.findings.length === 0 ? Promise.resolve() : untilDone(target, () => storeFindings(target, pending)),
  ]);
  const held = commits.flatMap(({ partition, commit }) => (partition.lost ? [] : [commit]));
  if (held.length > 0) await untilDone(target, () => target.store.saveCommits(held, pending.sinceMs));
}

/** Each attempt has a time of its own: whoever looks for what is new does not look back for ever. */
const storeFindings = ({ connection, database }: StoreTarget, { findings }: PendingBatch): Promise<void> =>
  connection.insertBytes({
    table: `${database}.finding_revisions`,
    format: 'JSONEachRow',
    body: jsonRows(
      findings.map((finding) => findingRow(finding, { fromWindow: false, retracted: false }, wallClock())),
    ),
  });

async function storeRows(target: StoreTarget, rows: PendingRows): Promise<void> {
  const table = target.shards.rowsTable(rows.stream.schema.name);
  let body = rows.rows === 0 ? undefined : rows.writer.take();
  let held = heldOf(rows.slices);
  if (held.length < rows.slices.length) body = encodedAgain(rows, held);
  rows.stream.bodyBytes = Math.max(1 << 16, Math.ceil((body?.length ?? 0) * 1.25));
  let queryId = writeId();
  await untilDone(
    target,
    async () => {
      if (body === undefined) return;
      const fence = target.claims === undefined ? undefined : fenceOf(held);
      await rows.server.insertBytes({ table, format: 'Native', body, queryId, fence });
    },
    async () => {
      await target.store.settled(rows.server, queryId);
      await markLost(target, held);
      held = heldOf(rows.slices);
      await readBack(target, rows.stream.schema.name, held);
      body = encodedAgain(rows, held);
      queryId = writeId();
    },
  );
}

type Taken = PendingRows['slices'][number];

/** Slices of partitions that are still ours to store. A body and its fence are always made of the same ones. */
const heldOf = (slices: readonly Taken[]): readonly Taken[] => slices.filter(({ partition }) => !partition.lost);

/** The claims under which slices are stored. */
const fenceOf = (slices: readonly Taken[]): Fence =>
  new Map(slices.map(({ partition: { id, claim } }) => [ingestClaim(id), claim ?? '']));

/** Finds out which partitions are another's by now. */
async function markLost({ claims }: StoreTarget, slices: readonly Taken[]): Promise<void> {
  if (claims === undefined || slices.length === 0) return;
  const lost = await claims.lost(fenceOf(slices));
  for (const { partition } of slices) if (lost.has(ingestClaim(partition.id))) partition.lose();
}

/** After an insert in doubt: learns which rows of these slices are stored. */
async function readBack({ store }: StoreTarget, stream: string, slices: readonly Taken[]): Promise<void> {
  const from = new Map<string, number>();
  for (const { slice } of slices)
    from.set(slice.partition, Math.min(slice.offset, from.get(slice.partition) ?? slice.offset));
  const stored = await store.rowsAbove(stream, from);
  for (const { partition, slice } of slices) {
    const above = stored.get(slice.partition);
    if (above !== undefined) partition.rowsStored = new Set([...partition.rowsStored, ...above]);
  }
}

/** The rows of slices that are not stored yet; undefined when there are none. */
function encodedAgain({ stream, writer, arrivedAtMs }: PendingRows, slices: readonly Taken[]): Uint8Array | undefined {
  let rows = 0;
  for (const { partition, slice } of slices)
    rows += encodeRows({ writer, stream, arrivedAtMs }, partition, stream.decode(slice, arrivedAtMs));
  const body = writer.take();
  return rows === 0 ? undefined : body;
}
