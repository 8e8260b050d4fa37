import type { Config } from '../config/config.ts';
import type { StreamSchema } from '../events/stream.ts';
import { writeCellBlock } from '../store/cellTable.ts';
import type { Connection } from '../store/connection.ts';
import { JudgeStore } from '../store/judgeStore.ts';
import type { Span } from '../store/span.ts';
import { readStoredEvents } from '../store/storedEvents.ts';
import { NativeWriter } from '../store/nativeWriter.ts';
import { windowStartOf } from '../time/window.ts';
import type { Clock } from '../time/wallClock.ts';
import { PartitionIngest } from './partitionIngest.ts';
import type { ConfiguredPlugin } from './plugins.ts';
import type { StreamIngest } from './streamIngest.ts';
import { judgesOver, streamIngests } from './streamSetup.ts';

/** What is replayed, and into which database; that one is migrated and empty. */
export interface ReplayParts {
  readonly config: Config;
  readonly connection: Connection;
  readonly plugins: readonly ConfiguredPlugin[];
  readonly span: Span;
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

/** How many rows of a kind there are, and how many differ between the live run and the replay. */
export interface Compared {
  live: number;
  replayed: number;
  different: number;
}

/** What a replay found. */
export interface ReplayReport {
  readonly events: number;
  readonly aggregates: Compared;
  readonly findings: Compared;
}

/**
 * Processes events again by the same code, into a database of its own, and compares: cells byte by byte, findings by all they say.
 * The checks begin with the snapshot that the live run took at or before the span, so events are read from there.
 */
export async function replay(parts: ReplayParts): Promise<ReplayReport> {
  const { config, connection, into, span } = parts;
  const { database } = config.clickhouse;
  const live = new JudgeStore(connection, database);
  const target = new JudgeStore(connection, into);
  const streams = streamIngests(parts);
  let fromMs = span.fromMs;
  for (const stream of streams.keys()) {
    const snapshot = await live.snapshot(stream, span.fromMs);
    if (snapshot !== undefined) await target.saveSnapshot(stream, snapshot, parts.clock());
    fromMs = Math.min(fromMs, snapshot?.windowStartMs ?? 0);
  }
  await connection.command(`INSERT INTO ${into}.manifest_rows SELECT * FROM ${database}.manifest_rows`);
  let events = 0;
  for (const stream of streams.values()) events += await growAgain(parts, stream, { fromMs, toMs: span.toMs });
  for (const judge of judgesOver(parts, streams, target, span.toMs).values()) {
    await judge.startAt(span.fromMs);
    for (let before: number | undefined; ;) {
      before = judge.nextMs;
      await judge.advance();
      if (judge.nextMs === before) break;
    }
  }
  return { events, ...(await compare(connection, streams, { database, into, span })) };
}

/** Grows the cells of a stream's events again, of the windows that overlap the span. */
async function growAgain(parts: ReplayParts, stream: StreamIngest, { fromMs, toMs }: Span): Promise<number> {
  const { config, connection, into, clock, onProgress } = parts;
  const { database } = config.clickhouse;
  const { name } = stream.schema;
  const { windowMs } = stream.config;
  const span = { fromMs: windowStartOf(fromMs, windowMs), toMs: windowStartOf(toMs + windowMs - 1, windowMs) };
  const mended = await resolvedOffsets(connection, database, name);
  const partitions = new Map<string, PartitionIngest>();
  let events = 0;
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
      const writer = new NativeWriter();
      const cells = ingest.cells.takeChanged();
      if (cells.length === 0) continue;
      writeCellBlock(writer, stream.windows.plan, cells, { partition: read.partition, arrivedAtMs: clock() });
      await connection.insertBytes({ table: `${into}.aggregate_cells`, format: 'Native', body: writer.take() });
    }
  }
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

const CELL = 'stream, windowStart, cut, series, partition, since, through, states';
const FINDING = 'id, severity, text, data, observed, expectedLow, expectedCenter, expectedHigh, rarity, evidenceSql';

/** Compares what was grown and judged in the windows that lie wholly in the span. Findings count where the live run has judged. */
async function compare(
  connection: Connection,
  streams: ReadonlyMap<string, StreamIngest>,
  { database, into, span }: { database: string; into: string; span: Span },
): Promise<Pick<ReplayReport, 'aggregates' | 'findings'>> {
  const total = { aggregates: { ...NOTHING }, findings: { ...NOTHING } };
  for (const [stream, { config }] of streams) {
    const whole = { stream, fromMs: span.fromMs, toMs: span.toMs - config.windowMs };
    const inSpan = `stream = {stream:String} AND windowStart >= fromUnixTimestamp64Milli({fromMs:Int64}) AND windowStart <= fromUnixTimestamp64Milli({toMs:Int64})`;
    const compared = async (kind: keyof typeof total, rows: (name: string) => string): Promise<void> => {
      const [row] = await connection.query<Record<keyof Compared, string>>(
        `SELECT (SELECT count() FROM (${rows(database)})) AS live, (SELECT count() FROM (${rows(into)})) AS replayed,
              (SELECT count() FROM (${rows(database)} EXCEPT ${rows(into)})) + (SELECT count() FROM (${rows(into)} EXCEPT ${rows(database)})) AS different`,
        whole,
      );
      total[kind].live += Number(row?.live);
      total[kind].replayed += Number(row?.replayed);
      total[kind].different += Number(row?.different);
    };
    await compared('aggregates', (name) => `SELECT ${CELL} FROM ${name}.aggregate_cells FINAL WHERE ${inSpan}`);
    const judged = `(SELECT windowStart FROM ${database}.windows WHERE ${inSpan})`;
    await compared(
      'findings',
      (name) =>
        `SELECT ${FINDING} FROM ${name}.finding_revisions FINAL WHERE ${inSpan} AND NOT retracted AND fromWindow AND windowStart IN ${judged}`,
    );
  }
  return total;
}

const NOTHING: Compared = { live: 0, replayed: 0, different: 0 };
