import type { FilesSource } from '../sources/files/filesSource.ts';
import { fileKey, type ShipBatch } from '../sources/kafka/ship/shipBatch.ts';
import type { Shipper } from '../sources/kafka/ship/shipper.ts';
import type { PartitionStart, Reader, SourceItem } from '../sources/source.ts';
import { untilDone } from './untilDone.ts';

/** What shipping is made of. */
export interface ShipParts {
  readonly source: FilesSource;
  readonly shipper: Shipper;
  /** Streams that the source reads; those that are found later are added to it. */
  readonly streams: Set<string>;
  /** Streams of which files are there now. */
  readonly findStreams: () => Promise<readonly string[]>;
  /** Goes on with what the files will hold; else ends when all that is there is shipped. */
  readonly follow: boolean;
  /** Lines a second at most; Infinity for no limit. */
  readonly linesPerSecondMax: number;
  readonly signal: AbortSignal;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
  /** Told after each batch. */
  readonly onShipped: (shipped: Shipped) => void;
}

/** What was shipped so far. */
export interface Shipped {
  readonly lines: number;
  /** Lines that are longer than the topic takes. */
  readonly refused: number;
  readonly bytes: number;
}

/** A batch goes out when it is this big, or when nothing more is there. */
const BATCH_BYTES = 2 << 20;

/** Produces the lines of a folder's files to Kafka, until everything is shipped or `signal` aborts. What is under way then is finished first. */
export async function ship(parts: ShipParts): Promise<Shipped> {
  const { source, shipper, signal } = parts;
  const total = { lines: 0, refused: 0, bytes: 0 };
  let held: SourceItem[] = [];
  let heldBytes = 0;
  const flush = async (): Promise<void> => {
    const batch = await sent(parts, held);
    [held, heldBytes] = [[], 0];
    total.lines += batch.lines;
    total.refused += batch.refused;
    total.bytes += batch.bytes;
    parts.onShipped(total);
    await parts.pause((batch.lines / parts.linesPerSecondMax) * 1_000, signal);
  };
  for await (const item of source.items(readerOf(shipper), signal)) {
    if (item.kind === 'slice' || item.kind === 'closed') held.push(item);
    heldBytes += item.kind === 'slice' ? item.bytes.length : 0;
    const isAll = item.kind === 'idle';
    if (held.length > 0 && (isAll || heldBytes >= BATCH_BYTES)) await flush();
    else if (isAll && !parts.follow && source.backlogBytes() === 0) break;
    if (isAll && parts.follow) await addNewStreams(parts);
  }
  if (held.length > 0) await flush();
  return total;
}

async function addNewStreams({ shipper, streams, findStreams, signal, onFailure }: ShipParts): Promise<void> {
  const fresh = (await findStreams()).filter((stream) => !streams.has(stream));
  if (fresh.length === 0 || signal.aborted) return;
  await untilDone({ signal: new AbortController().signal, onFailure }, () => shipper.addStreams(fresh));
  for (const stream of fresh) streams.add(stream);
}

/** Files go on where the topics say. */
const readerOf = (shipper: Shipper): Reader => ({
  assign: (found) =>
    Promise.resolve(
      found.map((file): PartitionStart => {
        const position = shipper.positions.get(fileKey(file));
        return { offset: position?.offset ?? 0, closed: position?.closed ?? false, fileHead: position?.fileHead };
      }),
    ),
  revoke: () => undefined,
});

/** Sends items until they are surely in the topics; answers the batch that was, of which an earlier attempt may have sent all. */
async function sent({ shipper, onFailure }: ShipParts, items: readonly SourceItem[]): Promise<ShipBatch> {
  const whole = batchOf(shipper, items);
  let batch = whole;
  // A batch that was begun is finished, also when we are told to stop; a second signal ends the process.
  await untilDone(
    { signal: new AbortController().signal, onFailure },
    () => (batch.isEmpty ? Promise.resolve() : shipper.send(batch)),
    async () => {
      await shipper.recover();
      batch = batchOf(shipper, items);
    },
  );
  return whole;
}

function batchOf(shipper: Shipper, items: readonly SourceItem[]): ShipBatch {
  const batch = shipper.batch();
  for (const item of items)
    if (item.kind === 'slice') batch.addSlice(item);
    else if (item.kind === 'closed') batch.addClosed(item, item.manifest);
  return batch;
}
