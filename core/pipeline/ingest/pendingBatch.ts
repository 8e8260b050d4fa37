import type { EventBatch } from '../../events/batch.ts';
import type { Finding } from '../../findings/finding.ts';
import type { FileRead, Manifest, Slice, StoredPosition } from '../../sources/source.ts';
import type { Connection } from '../../store/connection.ts';
import type { EventShards } from '../../store/eventShards.ts';
import { NativeWriter } from '../../store/nativeWriter.ts';
import { writeEventBlock } from '../../store/eventBlock.ts';
import { deadLetterRow, manifestRow } from '../../store/insertBodies.ts';
import type { PartitionIngest } from './partitionIngest.ts';
import type { StreamIngest } from './streamIngest.ts';

/** Raw rows of one stream, for one server, that wait to be stored. The slices they came from are kept until they are, to be encoded again if an insert is in doubt. */
export interface PendingRows {
  readonly stream: StreamIngest;
  readonly server: Connection;
  readonly writer: NativeWriter;
  readonly slices: { readonly partition: PartitionIngest; readonly slice: Slice }[];
  rows: number;
  readonly arrivedAtMs: number;
}

/**
 * Everything that was read since the last store: it is stored together, in the order raw rows, aggregates, commits.
 * It holds for each partition one contiguous range of offsets.
 */
export class PendingBatch {
  /** By stream and server. */
  readonly rows = new Map<string, Map<Connection, PendingRows>>();
  readonly streams = new Map<string, StreamIngest>();
  readonly partitions = new Set<PartitionIngest>();
  readonly deadLetters: object[] = [];
  readonly manifests: object[] = [];
  readonly findings: Finding[] = [];
  readonly closed: PartitionIngest[] = [];
  /** How far the source was read where nothing is stored by position: for the source itself. */
  readonly positions: StoredPosition[] = [];
  /** When the first of it was read, by our clock. */
  sinceMs: number;
  bytes = 0;
  events = 0;

  readonly #shards: EventShards;

  constructor(sinceMs: number, shards: EventShards) {
    this.sinceMs = sinceMs;
    this.#shards = shards;
  }

  /** Nothing to store. */
  get isEmpty(): boolean {
    return this.partitions.size === 0 && this.findings.length === 0 && this.manifests.length === 0;
  }

  /** Takes a decoded slice: its rows are encoded now, since the batch's arrays will be used again. */
  addSlice(stream: StreamIngest, partition: PartitionIngest, slice: Slice, batch: EventBatch): void {
    const pending = this.#pendingRows(stream, this.#shards.of(slice.partition));
    pending.slices.push({ partition, slice });
    pending.rows += encodeRows(pending, partition, batch);
    for (const problem of partition.problemsOf(batch)) {
      const server = slice.records?.senderOf(problem.offset) ?? partition.id.server;
      this.deadLetters.push(deadLetterRow(problem, { ...partition.id, server }, this.sinceMs));
    }
    this.partitions.add(partition);
    this.bytes += slice.bytes.length;
    this.events += batch.length;
  }

  /** Takes the end of a partition. */
  addClosed(partition: PartitionIngest, manifest: Manifest | undefined, bytesRead: number): void {
    this.partitions.add(partition);
    this.closed.push(partition);
    if (manifest === undefined) return;
    const read = { events: partition.eventsRead, problems: partition.problemsRead, bytes: bytesRead };
    this.manifests.push(manifestRow(manifest, read, this.sinceMs));
  }

  /** Takes a manifest that came by itself; `position` is behind it. */
  addManifest(manifest: Manifest, read: FileRead, position: StoredPosition): void {
    this.manifests.push(manifestRow(manifest, read, this.sinceMs));
    this.positions.push(position);
  }

  #pendingRows(stream: StreamIngest, server: Connection): PendingRows {
    const { name } = stream.schema;
    this.streams.set(name, stream);
    const ofStream = this.rows.get(name) ?? new Map<Connection, PendingRows>();
    this.rows.set(name, ofStream);
    const known = ofStream.get(server);
    if (known !== undefined) return known;
    const writer = new NativeWriter(stream.bodyBytes);
    const pending = { stream, server, writer, slices: [], rows: 0, arrivedAtMs: this.sinceMs };
    ofStream.set(server, pending);
    return pending;
  }
}

/** Encodes the rows of a batch that are not stored yet; answers how many. */
export function encodeRows(
  { writer, stream, arrivedAtMs }: Pick<PendingRows, 'writer' | 'stream' | 'arrivedAtMs'>,
  partition: PartitionIngest,
  batch: EventBatch,
): number {
  const rows = partition.rowsToStore(batch);
  if (rows.length > 0) writeEventBlock(writer, stream.schema, batch, { rows, arrivedAtMs });
  return rows.length;
}
