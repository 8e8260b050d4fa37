import type { IncidentMark } from '../windows/incidentMark.ts';
import type { Connection } from './connection.ts';
import type { KnownSpan } from './span.ts';

/**
 * Incidents that people marked in a stream and that touch the span, in order of time; as of a time those that were marked by then. A mark that was taken back since is
 * missing then, too, once the engine has merged it away.
 */
export async function readIncidentMarks(
  connection: Connection,
  database: string,
  stream: string,
  span: KnownSpan,
): Promise<readonly IncidentMark[]> {
  const rows = await connection.query<{ startMs: string; endMs: string; labels: IncidentMark['labels'] }>(
    `SELECT startMs, endMs, labels FROM
       (SELECT * FROM ${database}.incident_revisions
        ${span.asOfMs === undefined ? '' : 'WHERE changedAt <= fromUnixTimestamp64Milli({asOfMs:Int64})'} ORDER BY changedAt DESC LIMIT 1 BY id)
     WHERE NOT deleted AND stream IN ('', {stream:String}) AND startMs < {toMs:Int64} AND endMs > {fromMs:Int64} ORDER BY startMs, endMs, id`,
    { stream, ...span },
  );
  return rows.map(({ startMs, endMs, labels }) => ({ startMs: Number(startMs), endMs: Number(endMs), labels }));
}

/** A part of the digest of each window of a span: the incidents that it is in. Parameters as those of `JudgeStore.digests`. */
export const incidentDigests = (database: string): string =>
  `SELECT arrayJoin(range(intDiv(greatest(startMs, {fromMs:Int64}), {windowMs:Int64}) * {windowMs:Int64}, least(endMs, {toMs:Int64}), {windowMs:Int64})) AS startMs,
          cityHash64('incident', labels) AS part
   FROM ${database}.incidents WHERE stream IN ('', {stream:String}) AND endMs > {fromMs:Int64} AND startMs < {toMs:Int64}`;
