import type { Config } from '../config/config.ts';
import { writeCellBlock } from '../store/cellTable.ts';
import type { Connection } from '../store/connection.ts';
import { JudgeStore } from '../store/judgeStore.ts';
import type { Span } from '../store/span.ts';
import { NativeWriter } from '../store/nativeWriter.ts';
import { readStoredEvents } from '../store/storedEvents.ts';
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
  readonly onProgress: (stream: string, events: number) => void;
}

/** How many rows of a kind there are, and how many differ between the live run and the replay. */
export interface Compared {
  readonly live: number;
  readonly replayed: number;
  readonly different: number;
}

/** What a replay found. */
export interface ReplayReport {
  readonly events: number;
  readonly aggregates: Compared;
  readonly findings: Compared;
}

/**
 * Processes stored events again by the same code, into a database of its own, and compares: cells byte by byte, findings by all they say.
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
  return { events, ...(await compare(connection, { database, into, span })) };
}

async function growAgain(
  { config, connection, into, clock, onProgress }: ReplayParts,
  stream: StreamIngest,
  span: Span,
): Promise<number> {
  let events = 0;
  for await (const { partition, server, bytes, offsets } of readStoredEvents(
    connection,
    config.clickhouse.database,
    stream.schema,
    span,
  )) {
    const ingest = new PartitionIngest(
      { stream: stream.schema.name, partition, server, fileHead: '' },
      stream.windows,
      undefined,
    );
    const batch = stream.decode({ partition, bytes, offset: 0, offsets }, clock());
    ingest.cells.grow(stream.counted(batch));
    const writer = new NativeWriter();
    const cells = ingest.cells.takeChanged();
    if (cells.length === 0) continue;
    writeCellBlock(writer, stream.windows.plan, cells, { partition, arrivedAtMs: clock() });
    await connection.insertBytes({ table: `${into}.aggregate_cells`, format: 'Native', body: writer.take() });
    events += batch.length;
    onProgress(stream.schema.name, batch.length);
  }
  return events;
}

const CELL = 'stream, windowStart, cut, series, partition, since, through, states';
const FINDING = 'id, severity, text, data, observed, expectedLow, expectedCenter, expectedHigh, rarity, evidenceSql';

async function compare(
  connection: Connection,
  { database, into, span }: { database: string; into: string; span: Span },
): Promise<Pick<ReplayReport, 'aggregates' | 'findings'>> {
  const inSpan =
    'windowStart >= fromUnixTimestamp64Milli({fromMs:Int64}) AND windowStart < fromUnixTimestamp64Milli({toMs:Int64})';
  const rowsOf = (base: string, columns: string, rest: string) => (name: string) =>
    `SELECT ${columns} FROM ${name}.${base} FINAL WHERE ${inSpan} ${rest}`;
  const compared = async (rows: (name: string) => string): Promise<Compared> => {
    const [row] = await connection.query<Record<keyof Compared, string>>(
      `SELECT (SELECT count() FROM (${rows(database)})) AS live, (SELECT count() FROM (${rows(into)})) AS replayed,
              (SELECT count() FROM (${rows(database)} EXCEPT ${rows(into)})) + (SELECT count() FROM (${rows(into)} EXCEPT ${rows(database)})) AS different`,
      { ...span },
    );
    return { live: Number(row?.live), replayed: Number(row?.replayed), different: Number(row?.different) };
  };
  return {
    aggregates: await compared(rowsOf('aggregate_cells', CELL, '')),
    findings: await compared(rowsOf('finding_revisions', FINDING, 'AND NOT retracted AND fromWindow')),
  };
}
