import type { AuditResult } from './auditStore.ts';
import type { Connection } from './connection.ts';

/** Where an open partition stood at a look: lines below the offset, whatever became of them. */
export interface AuditMark {
  readonly offset: number;
  readonly lines: number;
}

/** Where the partitions of many servers stand, by partition. Those of files are counted when they are closed. */
export async function auditMarks(
  connection: Connection,
  database: string,
  stream: string,
): Promise<ReadonlyMap<string, AuditMark>> {
  const rows = await connection.query<{ partition: string; offset: string; lines: string }>(
    `SELECT partition, offset, events + problems AS lines FROM ${database}.partitions
     WHERE stream = {stream:String} AND server = '' AND NOT closed`,
    { stream },
  );
  return new Map(
    rows.map(({ partition, offset, lines }) => [partition, { offset: Number(offset), lines: Number(lines) }]),
  );
}

/** Rows that were stored so long before a look may belong to what it counts: batches wait for a store that is away. */
const SLACK_MS = 3_600_000;

/** Counts what was committed between two looks against what is stored of it: each line is a row or a dead letter, once (DESIGN 4.6). */
export async function auditBetween(
  connection: Connection,
  database: string,
  stream: string,
  looks: {
    readonly before: ReadonlyMap<string, AuditMark>;
    readonly after: ReadonlyMap<string, AuditMark>;
    readonly sinceMs: number;
  },
): Promise<AuditResult> {
  const known = [...looks.after].filter(([partition]) => looks.before.has(partition));
  const params = {
    partitions: known.map(([partition]) => partition),
    froms: known.map(([partition]) => looks.before.get(partition)?.offset ?? 0),
    tos: known.map(([, { offset }]) => offset),
    sinceMs: looks.sinceMs - SLACK_MS,
  };
  const within = `partition IN {partitions:Array(String)}
    AND offset >= mapFromArrays({partitions:Array(String)}, {froms:Array(UInt64)})[partition::String]
    AND offset < mapFromArrays({partitions:Array(String)}, {tos:Array(UInt64)})[partition::String]`;
  const [row] = await connection.query<Record<'rows' | 'uniqueRows' | 'deadLetters', string>>(
    `SELECT
       (SELECT count() FROM ${database}.events_${stream} WHERE arrivedAt >= fromUnixTimestamp64Milli({sinceMs:Int64}) AND ${within}) AS rows,
       (SELECT uniqExact(partition, offset) FROM ${database}.events_${stream} WHERE arrivedAt >= fromUnixTimestamp64Milli({sinceMs:Int64}) AND ${within}) AS uniqueRows,
       (SELECT count() FROM ${database}.dead_letter_rows FINAL WHERE stream = {stream:String} AND resolvedAt IS NULL AND ${within}) AS deadLetters`,
    { stream, ...params },
  );
  const [rows, uniqueRows, deadLetters] = [Number(row?.rows), Number(row?.uniqueRows), Number(row?.deadLetters)];
  const committed = known.reduce(
    (sum, [partition, { lines }]) => sum + lines - (looks.before.get(partition)?.lines ?? 0),
    0,
  );
  const holds = rows === uniqueRows && rows + deadLetters === committed;
  return { stream, rows, uniqueRows, deadLetters, counted: rows, committed, holds };
}
