import type { Connection } from './connection.ts';
import { jsonRows, jsonTime } from './insertBodies.ts';

/** What an audit of one stream found. */
export interface AuditResult {
  readonly stream: string;
  readonly rows: number;
  readonly uniqueRows: number;
  readonly deadLetters: number;
  readonly counted: number;
  readonly committed: number;
  readonly holds: boolean;
}

/** Which stream is audited, and which of its partitions: those that were closed lately. */
export interface Audited {
  readonly stream: string;
  readonly kind: 'events' | 'packets';
  /** Text of the cut that books servers. */
  readonly serverCut: string;
  readonly closedWithinS: number;
}

/**
 * Counts what is stored against itself (DESIGN 4.6): every raw row is there once, and the aggregates count exactly the raw rows.
 * For packets, whose samples are counted, only the first is asked. A file's offsets are byte positions, so "no gaps" is asked of the
 * commits instead: as many lines as were committed must be stored. Closed partitions only: they do not move while we count.
 */
export async function auditStream(
  connection: Connection,
  database: string,
  { stream, kind, serverCut, closedWithinS }: Audited,
): Promise<AuditResult> {
  // GLOBAL: asked of the home once, where the rows are on shards; they have no such table.
  const closed = `(SELECT partition FROM ${database}.partitions WHERE stream = {stream:String} AND closed AND committedAt > now() - {closedWithinS:UInt32})`;
  const [row] = await connection.query<Record<'rows' | 'uniqueRows' | 'deadLetters' | 'counted' | 'committed', string>>(
    `SELECT
       (SELECT count() FROM ${database}.events_${stream} WHERE partition GLOBAL IN ${closed}) AS rows,
       (SELECT uniqExact(partition, offset) FROM ${database}.events_${stream} WHERE partition GLOBAL IN ${closed}) AS uniqueRows,
       (SELECT count() FROM ${database}.dead_letter_rows FINAL WHERE stream = {stream:String} AND resolvedAt IS NULL AND partition GLOBAL IN ${closed}) AS deadLetters,
       (SELECT sum(reinterpretAsUInt64(states['events'])) FROM ${database}.aggregate_cells FINAL WHERE stream = {stream:String} AND cut = {serverCut:String} AND partition GLOBAL IN ${closed}
          AND windowStart >= (SELECT toStartOfDay(min(time)) FROM ${database}.events_${stream} WHERE partition GLOBAL IN ${closed})) AS counted,
       (SELECT sum(events + problems) FROM ${database}.partitions WHERE stream = {stream:String} AND partition GLOBAL IN ${closed}) AS committed`,
    { stream, serverCut, closedWithinS },
  );
  const [rows, uniqueRows, deadLetters, counted, committed] = [
    row?.rows,
    row?.uniqueRows,
    row?.deadLetters,
    row?.counted,
    row?.committed,
  ].map(Number) as [number, number, number, number, number];
  const holds = rows === uniqueRows && rows + deadLetters === committed && (kind === 'packets' || rows === counted);
  return { stream, rows, uniqueRows, deadLetters, counted, committed, holds };
}

/** Writes an audit down. */
export async function saveAudit(
  connection: Connection,
  database: string,
  result: AuditResult,
  atMs: number,
): Promise<void> {
  const row = { ...result, auditedAt: jsonTime(atMs) };
  await connection.insertBytes({ table: `${database}.audit_rows`, format: 'JSONEachRow', body: jsonRows([row]) });
}
