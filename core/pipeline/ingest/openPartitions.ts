import type { FoundPartition, PartitionStart, Reader } from '../../sources/source.ts';
import type { StoredPartition } from '../../store/ingestStore.ts';
import type { PartitionCommit } from '../../store/partitionCommit.ts';
import type { Clock } from '../../time/wallClock.ts';
import { PartitionIngest } from './partitionIngest.ts';
import { ingestClaim, type StoreTarget } from './storeBatch.ts';
import type { StreamIngest } from './streamIngest.ts';
import { untilDone } from '../untilDone.ts';

/** What opening partitions needs. */
export interface OpeningParts {
  readonly streams: ReadonlyMap<string, StreamIngest>;
  readonly target: StoreTarget;
  readonly clock: Clock;
  /** Told how many rows an interrupted batch has left above the commits of partitions just opened, when there are any. */
  readonly onInDoubt: (rows: number) => void;
}

/** Answers the source from the store. */
export function readerOf(parts: OpeningParts): Reader {
  return {
    async assign(found) {
      const starts = new Map<FoundPartition, PartitionStart>();
      for (const [name, stream] of parts.streams) {
        const ofStream = found.filter((partition) => partition.stream === name);
        if (ofStream.length > 0) await openAll(parts, stream, ofStream, starts);
      }
      return found.map((partition) => starts.get(partition) ?? { offset: 0, closed: true, fileHead: undefined });
    },
    revoke(partitions) {
      for (const { stream: name, partition } of partitions) {
        const stream = parts.streams.get(name);
        stream?.partitions.get(partition)?.lose();
        stream?.partitions.delete(partition);
      }
    },
  };
}

/** Claims partitions of one stream, reads back where they stand, and opens them. Waits as long as the store is away. */
async function openAll(
  { target, clock, onInDoubt }: OpeningParts,
  stream: StreamIngest,
  found: readonly FoundPartition[],
  starts: Map<FoundPartition, PartitionStart>,
): Promise<void> {
  let claim: string | undefined;
  let stored = new Map<string, StoredPartition>();
  await untilDone(target, async () => {
    claim = await target.claims?.claim(found.map(ingestClaim), clock(), target.shards.beside);
    stored = await target.store.readBack(
      stream.windows.plan,
      found.map(({ partition }) => partition),
    );
    const begun = found.flatMap((partition) => firstCommit(partition, stored.get(partition.partition)));
    for (const commit of begun)
      stored.set(commit.partition, { ...NOTHING_STORED, ...stored.get(commit.partition), commit });
    if (begun.length > 0) await target.store.saveCommits(begun, clock());
  });
  const inDoubt = [...stored.values()].reduce((sum, { rowsAbove }) => sum + rowsAbove.size, 0);
  if (inDoubt > 0) onInDoubt(inDoubt);
  for (const partition of found) starts.set(partition, open(stream, partition, stored.get(partition.partition), claim));
}

const NOTHING_STORED: StoredPartition = { commit: undefined, rowsAbove: new Set(), cells: [] };

/** Where a partition that the store does not know is begun, if not at its start: it stays so, whatever happens before its first batch is stored. */
function firstCommit(found: FoundPartition, stored: StoredPartition | undefined): PartitionCommit[] {
  const { firstOffset: offset, stream, partition, server, fileHead } = found;
  if (offset === undefined || stored?.commit !== undefined) return [];
  const nothing = { watermarkMs: undefined, watermarks: {}, events: 0, problems: 0, closed: false };
  return [{ stream, partition, server, offset, fileHead, ...nothing }];
}

function open(
  stream: StreamIngest,
  found: FoundPartition,
  stored: StoredPartition | undefined,
  claim: string | undefined,
): PartitionStart {
  const commit = stored?.commit;
  // What was read under an earlier claim and is not stored will be read again under this one.
  stream.partitions.get(found.partition)?.lose();
  if (commit?.closed !== true)
    stream.partitions.set(
      found.partition,
      new PartitionIngest({ ...found, fileHead: commit?.fileHead ?? found.fileHead }, stream.windows, stored, claim),
    );
  return { offset: commit?.offset ?? 0, closed: commit?.closed ?? false, fileHead: commit?.fileHead };
}
