import type { Config } from '../../config/config.ts';
import type { StreamSchema } from '../../events/stream.ts';
import { writeCellBlock } from '../../store/cellTable.ts';
import type { Connection } from '../../store/connection.ts';
import { NativeWriter } from '../../store/nativeWriter.ts';
import type { Span } from '../../store/span.ts';
import { readStoredEvents } from '../../store/storedEvents.ts';
import type { Clock } from '../../time/wallClock.ts';
import { windowStartOf } from '../../time/window.ts';
import { PartitionIngest } from '../ingest/partitionIngest.ts';
import type { StreamIngest } from '../ingest/streamIngest.ts';

/** What is grown again, and into which database; that one is migrated. */
export interface GrowParts {
  readonly config: Config;
  readonly connection: Connection;
  readonly into: string;
  readonly clock: Clock;
  /** Where events are read from again, each partition in offset order; left out: the store. */
  readonly readEvents?: (schema: StreamSchema, span: Span) => AsyncIterable<ReplayedLines>;
  readonly onProgress: (stream: string, events: number) => void;
}

/** Lines or records of one partition, in offset order. */
export interface ReplayedLines {
  readonly topic: string;
  readonly partition: string;
  readonly server: string;
  readonly bytes: Uint8Array;
  readonly records: { readonly offsets: Float64Array; readonly ends?: Uint32Array };
}

/** Cells are stored once they are so many bytes, about: an insert for each of many small partitions costs more than what it stores. */
const STORED_BYTES = 4 << 20;

/** Grows the cells of a stream's events again, of the windows that overlap the span. */
export async function growAgain(parts: GrowParts, stream: StreamIngest, { fromMs, toMs }: Span): Promise<number> {
  const { config, connection, into, clock, onProgress } = parts;
  const { database } = config.clickhouse;
  const { name } = stream.schema;
  const { windowMs } = stream.config;
  const span = { fromMs: windowStartOf(fromMs, windowMs), toMs: windowStartOf(toMs + windowMs - 1, windowMs) };
  const mended = await resolvedOffsets(connection, database, name);
  const partitions = new Map<string, PartitionIngest>();
  let events = 0;
  const writer = new NativeWriter();
  const store = async (): Promise<void> => {
    if (writer.length > 0)
      await connection.insertBytes({ table: `${into}.aggregate_cells`, format: 'Native', body: writer.take() });
  };
  const lines = parts.readEvents ?? ((schema, wanted) => readStoredEvents(connection, database, schema, wanted));
  for await (const read of lines(stream.schema, span)) {
    for (const part of apart(read, mended.get(read.partition))) {
      // A mended dead letter has opened cells of its own.
      const ingest = part.isMended ? opened(stream, read) : (partitions.get(read.partition) ?? opened(stream, read));
      if (!part.isMended) partitions.set(read.partition, ingest);
      const batch = stream.decode({ partition: read.partition, offset: 0, ...part }, clock());
      ingest.cells.grow(stream.counted(batch));
      events += batch.length;
      onProgress(name, batch.length);
      const cells = ingest.cells.takeChanged();
      if (cells.length === 0) continue;
      writeCellBlock(writer, stream.windows.plan, cells, { partition: read.partition, arrivedAtMs: clock() });
      if (writer.length >= STORED_BYTES) await store();
    }
  }
  await store();
  return events;
}

const opened = (stream: StreamIngest, id: Pick<ReplayedLines, 'topic' | 'partition' | 'server'>): PartitionIngest =>
  new PartitionIngest({ stream: stream.schema.name, fileHead: '', ...id }, stream.windows, undefined);

/** Offsets of the dead letters that became events, by partition. */
async function resolvedOffsets(
  connection: Connection,
  database: string,
  stream: string,
): Promise<Map<string, ReadonlySet<number>>> {
  const rows = await connection.query<{ partition: string; offsets: string[] }>(
    `SELECT partition, groupArray(offset) AS offsets FROM ${database}.dead_letter_rows FINAL
     WHERE stream = {stream:String} AND resolvedAt IS NOT NULL GROUP BY partition`,
    { stream },
  );
  return new Map(rows.map(({ partition, offsets }) => [partition, new Set(offsets.map(Number))]));
}

/** Lines that were counted together. */
interface Part extends Pick<ReplayedLines, 'bytes' | 'records'> {
  readonly isMended: boolean;
}

/** The lines as they were counted: together, but for dead letters that became events, each of which was counted by itself. */
function apart(lines: ReplayedLines, mended: ReadonlySet<number> | undefined): Part[] {
  const { bytes, records } = lines;
  if (mended === undefined || records.ends !== undefined) return [{ bytes, records, isMended: false }];
  const texts = new TextDecoder().decode(bytes).split('\n');
  const rows = [...records.offsets.keys()];
  const part = (chosen: readonly number[], isMended: boolean): Part => ({
    bytes: new TextEncoder().encode(chosen.map((row) => texts[row] ?? '').join('\n')),
    records: { offsets: Float64Array.from(chosen, (row) => records.offsets[row] ?? 0) },
    isMended,
  });
  const wasMended = (row: number): boolean => mended.has(records.offsets[row] ?? -1);
  const others = rows.filter((row) => !wasMended(row));
  return [part(others, false), ...rows.filter(wasMended).map((row) => part([row], true))];
}
