import { sumAggregator } from '../sketch/sum.ts';
import type { Announcements, ShortFile } from '../windows/arrivalsOf.ts';
import { labelsOf } from '../windows/series.ts';
import type { Connection } from './connection.ts';
import { RowBinaryReader } from './rowBinaryReader.ts';
import { arrivedSql, type KnownSpan } from './span.ts';

/** Packets of the span, as they concern one log stream. */
export async function readAnnouncements(
  connection: Connection,
  database: string,
  { packets, stream }: { readonly packets: string; readonly stream: string },
  span: KnownSpan,
): Promise<Map<number, Announcements>> {
  const prefix = `${stream}.`;
  const reader = new RowBinaryReader(
    await connection.queryBytes(
      `SELECT toUnixTimestamp64Milli(windowStart), series, states::Map(String, String) FROM ${database}.aggregate_cells FINAL
         WHERE stream = {packets:String} AND windowStart >= fromUnixTimestamp64Milli({fromMs:Int64}) AND windowStart < fromUnixTimestamp64Milli({toMs:Int64})
           AND (cut = 'server' OR (cut = 'server,metric' AND position(series, {prefix:String}) > 0 AND position(series, '{') = 0)) ${arrivedSql(span)}
         ORDER BY windowStart, series FORMAT RowBinary`,
      { packets, prefix: `,metric=${prefix}`, ...span },
    ),
  );
  const windows = new Map<number, Told>();
  while (!reader.atEnd) {
    const startMs = reader.int64();
    const { server = '', metric } = labelsOf(reader.text());
    const value = reader.map().get('value');
    let window = windows.get(startMs);
    if (window === undefined)
      windows.set(startMs, (window = { heartbeats: new Set(), announced: new Map(), counted: new Map() }));
    if (metric === undefined || value === undefined) window.heartbeats.add(server);
    else
      note(window, { server, counter: metric.slice(prefix.length) }, sumAggregator.read(sumAggregator.decode(value)));
  }
  return windows;
}

interface Told extends Announcements {
  readonly heartbeats: Set<string>;
  readonly announced: Map<string, number>;
  readonly counted: Map<string, Map<string, number>>;
}

/** Packets of one window add up: a server that began anew has several. */
function note(
  { announced, counted }: Told,
  { server, counter }: { server: string; counter: string },
  value: number,
): void {
  let own = counted.get(server);
  if (own === undefined) counted.set(server, (own = new Map<string, number>()));
  const into = counter === 'events' ? announced : own;
  const key = counter === 'events' ? server : counter;
  into.set(key, (into.get(key) ?? 0) + value);
}

/** Closed files of the span that held less than their manifests say. */
export async function readShortFiles(
  connection: Connection,
  database: string,
  stream: string,
  span: KnownSpan,
): Promise<readonly ShortFile[]> {
  const rows = await connection.query<{
    server: string;
    firstEventMs: string;
    lastEventMs: string;
    missing: string;
  }>(
    `SELECT server, firstEventMs, lastEventMs, events - eventsRead AS missing FROM ${database}.manifests
       WHERE stream = {stream:String} AND events > eventsRead AND lastEventMs >= {fromMs:Int64} AND firstEventMs < {toMs:Int64} ${arrivedSql(span)}`,
    { stream, ...span },
  );
  return rows.map((row) => ({
    server: row.server,
    firstEventMs: Number(row.firstEventMs),
    lastEventMs: Number(row.lastEventMs),
    missing: Number(row.missing),
  }));
}
