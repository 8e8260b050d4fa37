import type { Config } from '../../config/config.ts';
import type { Finding } from '../../findings/finding.ts';
import type { Source, SourceItem, Slice, PartitionId, StoredPosition } from '../../sources/source.ts';
import type { PartitionCommit } from '../../store/partitionCommit.ts';
import type { Instruments } from '../../telemetry.ts';
import type { Clock } from '../../time/wallClock.ts';
import type { Progress } from '../../windows/progress.ts';
import type { BatchJudge } from './batchJudge.ts';
import type { LimitWatch } from './limitWatch.ts';
import { readerOf } from './openPartitions.ts';
import type { PartitionIngest } from './partitionIngest.ts';
import { PendingBatch } from './pendingBatch.ts';
import { closeBatch, type ClosedBatch, storeBatch, type StoreTarget } from './storeBatch.ts';
import type { StreamIngest } from './streamIngest.ts';

/** What the judge is told when something was stored. Losing a note is harmless: the store is read again on a slow beat. */
export interface StoredNews {
  readonly stream: string;
  /** Starts of the base windows that changed, epoch ms. */
  readonly windowStartsMs: ReadonlySet<number>;
}

/** What the ingest role is made of. */
export interface IngestParts {
  readonly config: Config;
  readonly source: Source;
  readonly streams: ReadonlyMap<string, StreamIngest>;
  readonly target: StoreTarget;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly batchJudge: BatchJudge;
  readonly limitWatch: LimitWatch;
  readonly instruments: Instruments;
  readonly onStored: (
    news: readonly StoredNews[],
    stored: {
      readonly events: number;
      readonly problems: number;
      readonly positions: readonly StoredPosition[];
    },
  ) => void;
  readonly onInDoubt: (rows: number) => void;
  /** A file did what no log shipper should do to it. */
  readonly damaged: (item: Extract<SourceItem, { kind: 'damaged' }>) => Finding | undefined;
}

/**
 * The ingest role: reads slices, decodes them, grows windows and stores, until `stop` aborts; then stores what it has read.
 * One batch is stored while the next one is filled; at most these two are in memory.
 */
export async function ingest(parts: IngestParts, stop: AbortSignal): Promise<void> {
  const { clock, source, target } = parts;
  let pending = new PendingBatch(clock(), target.shards);
  let storing: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    await storing;
    const news = newsOf(pending);
    const closed = closeBatch(pending);
    pending = new PendingBatch(clock(), target.shards);
    const { events, bytes } = closed.pending;
    storing = parts.instruments
      .span('touchstone.ingest.store', { events, bytes }, () => storeBatch(parts.target, closed))
      .then(() => {
        settle(parts, closed, news);
      });
    storing.catch(() => undefined);
  };
  for await (const item of source.items(readerOf(parts), stop)) {
    take(parts, pending, item);
    if (isFull(parts.config, pending) || isDue(parts, pending, item)) await flush();
  }
  if (!pending.isEmpty) await flush();
  await storing;
}

function take(parts: IngestParts, pending: PendingBatch, item: SourceItem): void {
  switch (item.kind) {
    case 'slice':
      takeSlice(parts, pending, item);
      return;
    case 'closed': {
      const partition = partitionOf(parts, item);
      partition.closed = true;
      noteUnderWay(parts, pending, partition);
      pending.addClosed(partition, item.manifest, item.bytesRead);
      return;
    }
    case 'manifest':
      pending.addManifest(item.manifest, item.read, item.position);
      return;
    case 'damaged': {
      const finding = parts.damaged(item);
      if (finding !== undefined) pending.findings.push(finding);
      return;
    }
    case 'idle':
      return;
  }
}

function takeSlice(parts: IngestParts, pending: PendingBatch, slice: Slice): void {
  const stream = parts.streams.get(slice.stream);
  if (stream === undefined)
    throw new RangeError(`the source gave the stream ${slice.stream}, which the config does not declare`);
  const partition = partitionOf(parts, slice);
  if (partition.lost) return;
  if (pending.isEmpty) pending.sinceMs = parts.clock();
  const batch = stream.decode(slice, pending.sinceMs);
  partition.nextOffset = slice.nextOffset;
  partition.fileHead = slice.fileHead;
  const problems = partition.problemsOf(batch);
  partition.eventsRead += batch.length + batch.problems.length - problems.length;
  partition.problemsRead += problems.length;
  noteUnderWay(parts, pending, partition);
  pending.addSlice(stream, partition, slice, batch);
  partition.noteServers(batch, stream.schema.serverField);
  const counted = stream.counted(batch);
  partition.cells.grow(counted);
  pending.findings.push(...parts.batchJudge.process(stream.schema.name, counted), ...parts.limitWatch.look(stream));
}

/** Until the batch is stored, windows wait for the server. */
function noteUnderWay({ progress }: IngestParts, { partitions }: PendingBatch, partition: PartitionIngest): void {
  if (!partitions.has(partition)) progress.addUnderWay(partition.id.stream, partition.id.server, 1);
}

function partitionOf({ streams }: IngestParts, id: PartitionId): PartitionIngest {
  const partition = streams.get(id.stream)?.partitions.get(id.partition);
  if (partition === undefined)
    throw new RangeError(`the source gave ${id.stream} ${id.partition} before it asked where to begin`);
  return partition;
}

const isFull = ({ ingest: { rowsMax, bytesMax } }: Config, pending: PendingBatch): boolean =>
  pending.events >= rowsMax || pending.bytes >= bytesMax;

/** Old enough to be stored; when the source has nothing more, earlier. */
function isDue({ config, clock }: IngestParts, pending: PendingBatch, item: SourceItem): boolean {
  const ageMs = clock() - pending.sinceMs;
  return !pending.isEmpty && ageMs >= (item.kind === 'idle' ? config.ingest.idleMsMax : config.ingest.ageMsMax);
}

function newsOf(pending: PendingBatch): StoredNews[] {
  const windows = new Map<string, Set<number>>();
  for (const partition of pending.partitions) {
    const moved = windows.get(partition.id.stream) ?? new Set<number>();
    windows.set(partition.id.stream, moved);
    for (const windowStartMs of partition.cells.changedWindows()) moved.add(windowStartMs);
  }
  return [...windows].map(([stream, windowStartsMs]) => ({ stream, windowStartsMs }));
}

/** After a batch is stored: what was learnt becomes visible to the judge, and closed partitions leave memory. */
function settle(parts: IngestParts, { pending, commits }: ClosedBatch, news: readonly StoredNews[]): void {
  for (const { partition, commit } of commits) {
    parts.progress.addUnderWay(commit.stream, commit.server, -1);
    if (partition.lost) continue;
    for (const [server, newestMs] of newestOf(commit)) parts.progress.advance(commit.stream, server, newestMs);
    partition.forgetStored(commit.offset);
  }
  for (const { id } of pending.closed) parts.streams.get(id.stream)?.partitions.delete(id.partition);
  const positions = commits.flatMap(({ partition, commit }) => (partition.lost ? [] : [commit]));
  parts.source.stored?.([...positions, ...pending.positions]);
  // Refused by the store, and not revoked by the source: it does not know that another has claimed them.
  const refused = commits.flatMap(({ partition }) =>
    partition.lost && isCurrent(parts, partition) ? [partition.id] : [],
  );
  if (refused.length > 0) parts.source.reopen?.(refused);
  parts.onStored(news, { events: pending.events, problems: pending.deadLetters.length, positions });
}

const newestOf = ({ server, watermarkMs, watermarks }: PartitionCommit): readonly (readonly [string, number])[] =>
  server === '' ? Object.entries(watermarks) : watermarkMs === undefined ? [] : [[server, watermarkMs]];

const isCurrent = ({ streams }: IngestParts, partition: PartitionIngest): boolean =>
  streams.get(partition.id.stream)?.partitions.get(partition.id.partition) === partition;
