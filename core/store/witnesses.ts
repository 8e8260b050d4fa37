import { sumAggregator } from '../sketch/sum.ts';
import { labelsOf } from '../windows/series.ts';
import type { Connection } from './connection.ts';
import { RowBinaryReader } from './rowBinaryReader.ts';
import { arrivedSql, type KnownSpan } from './span.ts';

/** What packets say of the log streams: by window, the servers that were alive and the events each says it had. */
export interface Announcements {
  readonly heartbeats: ReadonlySet<string>;
  readonly events: ReadonlyMap<string, number>;
}

/** A file whose manifest promised more events than it held. */
export interface ShortFile {
  readonly server: string;
  readonly firstEventMs: number;
  readonly lastEventMs: number;
  readonly missing: number;
}

/** Packets of the span, as they concern one log stream. */
export async function readAnnouncements(
  connection: Connection,
  database: string,
  { packets, stream }: { readonly packets: string; readonly stream: string },
  span: KnownSpan,
): Promise<Map<number, { heartbeats: Set<string>; events: Map<string, number> }>> {
  const reader = new RowBinaryReader(
    await connection.queryBytes(
      `SELECT toUnixTimestamp64Milli(windowStart), series, states::Map(String, String) FROM ${database}.aggregate_cells FINAL
         WHERE stream = {packets:String} AND windowStart >= fromUnixTimestamp64Milli({fromMs:Int64}) AND windowStart < fromUnixTimestamp64Milli({toMs:Int64})
           AND (cut = 'server' OR (cut = 'server,metric' AND endsWith(series, {suffix:String}))) ${arrivedSql(span)}
         ORDER BY windowStart, series FORMAT RowBinary`,
      { packets, suffix: `,metric=${stream}.events`, ...span },
    ),
  );
  const windows = new Map<number, { heartbeats: Set<string>; events: Map<string, number> }>();
  while (!reader.atEnd) {
    const startMs = reader.int64();
    const labels = labelsOf(reader.text());
    const value = reader.map().get('value');
    const window = windows.get(startMs) ?? { heartbeats: new Set<string>(), events: new Map<string, number>() };
    windows.set(startMs, window);
    const server = labels['server'] ?? '';
    if (value === undefined) window.heartbeats.add(server);
    else window.events.set(server, (window.events.get(server) ?? 0) + sumAggregator.read(sumAggregator.decode(value)));
  }
  return windows;
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
