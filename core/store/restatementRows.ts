import type { Restatement } from '../alerts/restatement.ts';
import type { Connection } from './connection.ts';
import { jsonTime } from './insertBodies.ts';

/** Those of the windows, all of one stream, that are stored in an earlier revision; with what they were. */
export async function restatementsOf(
  connection: Connection,
  database: string,
  windows: readonly Pick<Restatement, 'stream' | 'startMs' | 'endMs' | 'revision' | 'events'>[],
): Promise<Restatement[]> {
  const restated = windows.filter(({ revision }) => revision > 0);
  const [first] = restated;
  if (first === undefined) return [];
  const rows = await connection.query<{ startMs: string; revision: number; events: string }>(
    `SELECT toUnixTimestamp64Milli(windowStart) AS startMs, revision, events FROM ${database}.windows
     WHERE stream = {stream:String} AND has({startsMs:Array(Int64)}, toUnixTimestamp64Milli(windowStart))`,
    { stream: first.stream, startsMs: restated.map(({ startMs }) => startMs) },
  );
  const stored = new Map(rows.map((row) => [Number(row.startMs), row]));
  return restated.flatMap(({ stream, startMs, endMs, revision, events }) => {
    const before = stored.get(startMs);
    if (before === undefined || before.revision >= revision) return [];
    const was = { revisionBefore: before.revision, eventsBefore: Number(before.events) };
    return [{ stream, startMs, endMs, revision, events, ...was }];
  });
}

/** A row of `restatement_rows`. */
export const restatementRow = ({ startMs, endMs, ...restatement }: Restatement, atMs: number): object => ({
  ...restatement,
  windowStart: jsonTime(startMs),
  windowEnd: jsonTime(endMs),
  restatedAt: jsonTime(atMs),
});
