import { writeCellBlock } from '../../store/cellTable.ts';
import type { Connection } from '../../store/connection.ts';
import type { EventShards } from '../../store/eventShards.ts';
import { IngestStore } from '../../store/ingestStore.ts';
import { fitEvents } from '../../store/layOutEvents.ts';
import { NativeWriter } from '../../store/nativeWriter.ts';
import type { Clock } from '../../time/wallClock.ts';
import { PartitionIngest } from '../ingest/partitionIngest.ts';
import { encodeRows } from '../ingest/pendingBatch.ts';
import type { StreamIngest } from '../ingest/streamIngest.ts';

/** What is decoded again, and where. */
export interface DeadLetterParts {
  readonly connection: Connection;
  readonly shards: EventShards;
  readonly database: string;
  readonly streams: ReadonlyMap<string, StreamIngest>;
  readonly clock: Clock;
}

/** How many dead letters became events, and how many are still none. */
export interface DeadLetterReport {
  readonly resolved: number;
  readonly remaining: number;
}

interface Letter {
  readonly topic: string;
  readonly partition: string;
  readonly offset: string;
  readonly server: string;
  readonly rawHex: string;
}

/**
 * Decodes dead letters again, after the config or the decoder was mended. Each that is an event now is stored under its own partition and offset, and opens cells of
 * its own (their `since` is its offset). Cells are stored before rows, so a letter whose row is there is counted already, however often this is run or killed:
 * by an earlier run, or by the ingestion, which has read the line again. Letters above their partition's commit are left to the ingestion: it will read them again.
 */
export async function replayDeadLetters(parts: DeadLetterParts): Promise<DeadLetterReport> {
  let resolved = 0;
  let remaining = 0;
  for (const stream of parts.streams.values()) {
    await fitEvents(parts.connection, parts.shards, stream.schema);
    const letters = await unresolved(parts, stream.schema.name);
    const mended = await store(parts, stream, letters);
    resolved += mended.length;
    remaining += letters.length - mended.length;
    await markResolved(parts, stream.schema.name, mended);
  }
  return { resolved, remaining };
}

function unresolved({ connection, database }: DeadLetterParts, stream: string): Promise<Letter[]> {
  return connection.query<Letter>(
    `SELECT d.topic::String AS topic, d.partition AS partition, d.offset AS offset, d.server AS server, d.rawHex AS rawHex FROM ${database}.dead_letter_rows AS d FINAL
     INNER JOIN ${database}.partitions AS p ON p.stream = d.stream AND p.partition = d.partition
     WHERE d.stream = {stream:String} AND d.resolvedAt IS NULL AND d.offset < p.offset ORDER BY partition, offset`,
    { stream },
  );
}

/** Stores the letters that are events now; answers them, with those that were stored before. */
async function store(
  { connection, shards, database, clock }: DeadLetterParts,
  stream: StreamIngest,
  letters: readonly Letter[],
): Promise<Letter[]> {
  const { name } = stream.schema;
  const stored = await new IngestStore(connection, database).rowsAbove(
    name,
    new Map(letters.map(({ partition }) => [partition, 0])),
  );
  const rows = new Map<Connection, NativeWriter>();
  const cells = new NativeWriter();
  const mended = letters.filter((letter) => {
    const { topic, partition, server } = letter;
    const offset = Number(letter.offset);
    if (stored.get(partition)?.has(offset)) return true;
    const bytes = new Uint8Array(Buffer.from(letter.rawHex, 'hex'));
    const batch = stream.decode(
      { topic, partition, bytes, offset: 0, records: { offsets: Float64Array.of(offset) } },
      clock(),
    );
    if (batch.length === 0) return false;
    const ingest = new PartitionIngest(
      { stream: name, topic, partition, server, fileHead: '' },
      stream.windows,
      undefined,
    );
    const holder = shards.of(partition);
    const writer = rows.get(holder) ?? new NativeWriter();
    rows.set(holder, writer);
    encodeRows({ writer, stream, arrivedAtMs: clock() }, ingest, batch);
    ingest.cells.grow(stream.counted(batch));
    writeCellBlock(cells, stream.windows.plan, ingest.cells.takeChanged(), { partition, arrivedAtMs: clock() });
    return true;
  });
  if (cells.length > 0)
    await connection.insertBytes({ table: `${database}.aggregate_cells`, format: 'Native', body: cells.take() });
  for (const [holder, writer] of rows)
    await holder.insertBytes({ table: shards.rowsTable(name), format: 'Native', body: writer.take() });
  return mended;
}

async function markResolved(
  { connection, database, clock }: DeadLetterParts,
  stream: string,
  letters: readonly Letter[],
): Promise<void> {
  if (letters.length === 0) return;
  const keys = letters.map(({ partition, offset }) => `${partition} ${offset}`);
  await connection.command(
    `INSERT INTO ${database}.dead_letter_rows
     SELECT * REPLACE (fromUnixTimestamp64Milli({atMs:Int64}) AS arrivedAt, fromUnixTimestamp64Milli({atMs:Int64}) AS resolvedAt)
     FROM ${database}.dead_letter_rows FINAL WHERE stream = {stream:String} AND concat(partition, ' ', toString(offset)) IN {keys:Array(String)}`,
    { stream, keys, atMs: clock() },
  );
}
