import { packetsFor } from '../../config/packetsFor.ts';
import type { Connection } from '../../store/connection.ts';
import { JudgeStore } from '../../store/judgeStore.ts';
import type { Span } from '../../store/span.ts';
import { growAgain, type GrowParts } from './growAgain.ts';
import type { ConfiguredPlugin } from '../plugins.ts';
import type { StreamIngest } from '../ingest/streamIngest.ts';
import { judgesOver, streamIngests } from '../streamSetup.ts';

/** What is replayed, and into which database; that one is migrated and empty. */
export interface ReplayParts extends GrowParts {
  readonly plugins: readonly ConfiguredPlugin[];
  readonly span: Span;
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
  const fromMs = new Map<string, number>();
  for (const stream of streams.keys()) {
    const snapshot = await live.snapshot(stream, span.fromMs);
    if (snapshot !== undefined) await target.saveSnapshot(stream, snapshot, parts.clock());
    // Packets are read for whom they tell of, too.
    for (const name of [stream, packetsFor(config, stream)])
      if (name !== undefined) fromMs.set(name, Math.min(fromMs.get(name) ?? span.fromMs, snapshot?.windowStartMs ?? 0));
  }
  for (const told of ['manifest_rows', 'incident_revisions'])
    await connection.command(`INSERT INTO ${into}.${told} SELECT * FROM ${database}.${told}`);
  let events = 0;
  for (const [name, stream] of streams)
    events += await growAgain(parts, stream, { fromMs: fromMs.get(name) ?? 0, toMs: span.toMs });
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
