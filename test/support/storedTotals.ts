import type { Connection } from '../../core/store/connection.ts';
import type { Declared, FileTruth, LogTruth, Total } from './logTruth.ts';

const DATABASE = 'touchstone';

/** The truth as plain text lines, sorted: what differs is then shown by its names. */
export const told = (totals: ReadonlyMap<string, Total>, stream?: string): string[] =>
  [...totals]
    .filter(([key, { events }]) => events > 0 && (stream === undefined || key.startsWith(`${stream} `)))
    .map(([key, { events, sums }]) => `${key} ${JSON.stringify({ events, ...sums })}`)
    .sort();

/** Counts and sums of the raw rows, in the same form. */
export async function rawTotals(connection: Connection, stream: string, { sums }: Declared): Promise<string[]> {
  const rows = await connection.query<Record<string, string>>(
    `SELECT server::String AS server, toString(toUnixTimestamp64Milli(toDateTime64(toStartOfMinute(time), 3))) AS startMs, count() AS events${sums.map((field) => `, ifNull(sum(${field}), 0) AS s_${field}`).join('')}
     FROM ${DATABASE}.events_${stream} GROUP BY server, startMs`,
  );
  return rows
    .map((row) => {
      const total = {
        events: Number(row['events']),
        ...Object.fromEntries(sums.map((field) => [field, Number(row[`s_${field}`])])),
      };
      return `${stream} ${row['server'] ?? ''} ${row['startMs'] ?? ''} ${JSON.stringify(total)}`;
    })
    .sort();
}

/** Aggregates of a cut as `<series> <window's start> <value>`, sorted. */
export async function aggregateValues(
  connection: Connection,
  at: { readonly stream: string; readonly cut: string; readonly aggregate: string },
): Promise<string[]> {
  const rows = await connection.query<{ series: string; startMs: string; value: number }>(
    `SELECT series, toString(toUnixTimestamp64Milli(windowStart)) AS startMs, value FROM ${DATABASE}.aggregates
     WHERE stream = {stream:String} AND cut = {cut:String} AND aggregate = {aggregate:String}`,
    at,
  );
  return rows.map(({ series, startMs, value }) => `${series} ${startMs} ${String(value)}`).sort();
}

/** The truth of the same: of each server, or of the whole stream. */
export function trueValues(truth: LogTruth, stream: string, aggregate: string, cut: 'server' | ''): string[] {
  const totals = cut === 'server' ? truth.servers : truth.windows;
  return [...totals]
    .filter(([key]) => key.startsWith(`${stream} `))
    .map(([key, { events, sums }]) => {
      const [, ...rest] = key.split(' ');
      const value = aggregate === 'events' ? events : (sums[aggregate] ?? 0);
      return `${cut === '' ? ' ' : 'server='}${rest.join(' ')} ${String(value)}`;
    })
    .sort();
}

/** Rows, distinct (partition, offset) among them, of a stream's raw events. */
export async function rowCounts(connection: Connection, stream: string): Promise<{ rows: number; unique: number }> {
  const [row] = await connection.query<{ n: string; u: string }>(
    `SELECT count() AS n, uniqExact(partition, offset) AS u FROM ${DATABASE}.events_${stream}`,
  );
  return { rows: Number(row?.n), unique: Number(row?.u) };
}

/** How far each file is stored and what became of its lines, by what the store says: in the form of the truth. */
export async function storedFiles(connection: Connection): Promise<FileTruth[]> {
  const rows = await connection.query<Record<'stream' | 'partition' | 'bytes' | 'events' | 'problems', string>>(
    `SELECT p.stream::String AS stream, p.partition AS partition, p.offset AS bytes, p.events AS events, d.n AS problems FROM ${DATABASE}.partitions AS p
     LEFT JOIN (SELECT stream, partition, count() AS n FROM ${DATABASE}.dead_letters GROUP BY stream, partition) AS d ON d.stream = p.stream AND d.partition = p.partition`,
  );
  return rows.map(({ stream, partition, bytes, events, problems }) => ({
    stream,
    partition,
    bytes: Number(bytes),
    events: Number(events),
    problems: Number(problems),
  }));
}

/** Files in a fixed order. */
export const byName = (files: readonly FileTruth[]): FileTruth[] =>
  [...files].sort((a, b) => (`${a.stream} ${a.partition}` < `${b.stream} ${b.partition}` ? -1 : 1));

/**
 * Compares all aggregates of a cut with what SQL makes of the raw rows: answers how many there are, and how many differ.
 * `columns` says each aggregate as an expression over the rows.
 */
export async function againstRawRows(
  connection: Connection,
  { stream, cut, columns }: { stream: string; cut: readonly string[]; columns: Readonly<Record<string, string>> },
): Promise<{ compared: number; different: number }> {
  const names = Object.keys(columns);
  const series =
    cut.length === 0
      ? `''`
      : `concat(${cut.map((field, at) => `'${at === 0 ? '' : ','}${field}=', ifNull(${field}, '')`).join(', ')})`;
  const raw = `SELECT windowStart, series, values.1 AS aggregate, values.2 AS value FROM (
     SELECT toDateTime64(toStartOfMinute(time), 3, 'UTC') AS windowStart, ${series}::String AS series,
       [${names.map((name) => `('${name}', toNullable(toFloat64(${columns[name] ?? ''})))`).join(', ')}] AS listed
     FROM ${DATABASE}.events_${stream} GROUP BY windowStart, series) ARRAY JOIN listed AS values`;
  const kept = `SELECT windowStart, series, aggregate::String AS aggregate, toNullable(value) AS value FROM ${DATABASE}.aggregates
     WHERE stream = '${stream}' AND cut = '${cut.join(',')}' AND aggregate IN (${names.map((name) => `'${name}'`).join(', ')})`;
  const [row] = await connection.query<{ compared: string; different: string }>(
    `SELECT (SELECT count() FROM (${raw})) AS compared,
       (SELECT count() FROM (${raw} EXCEPT ${kept})) + (SELECT count() FROM (${kept} EXCEPT ${raw})) AS different`,
  );
  return { compared: Number(row?.compared), different: Number(row?.different) };
}
