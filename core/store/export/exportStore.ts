import type { Connection } from '../connection.ts';
import type { Span } from '../span.ts';
import type { ExportRows } from './exportColumn.ts';

/** File formats, as ClickHouse calls them. */
const FORMATS = { parquet: 'Parquet', arrow: 'Arrow', csv: 'CSVWithNames' } as const;

/** A format that windows can be exported in. */
export type ExportFormat = keyof typeof FORMATS;

export const EXPORT_FORMATS = Object.keys(FORMATS) as readonly ExportFormat[];

/** A judged window, as far as an export tells of it. */
export interface JudgedBaseWindow {
  readonly startMs: number;
  readonly endMs: number;
  readonly revision: number;
  readonly state: string;
  readonly events: number;
  readonly serversExpected: number;
  readonly serversArrived: number;
  readonly eventsAnnounced: number | null;
  readonly tooLate: number;
}

/** How many rows a window has, and the digest of what they hold: 32 hexadecimal digits, whatever the format and the order. */
export interface WindowContent {
  readonly rows: number;
  readonly digest: string;
}

/** Windows that start at `startsMs`, all within the span. */
export interface WindowSet extends Span {
  readonly startsMs: readonly number[];
}

/** What an export reads. Changes nothing. */
export class ExportStore {
  readonly #connection: Connection;
  readonly #database: string;

  constructor(connection: Connection, database: string) {
    this.#connection = connection;
    this.#database = database;
  }

  /** End of the newest sealed window; undefined while none is. */
  async sealedUntil(stream: string): Promise<number | undefined> {
    const [row] = await this.#connection.query<{ n: string; untilMs: string }>(
      `SELECT count() AS n, toUnixTimestamp64Milli(max(windowEnd)) AS untilMs FROM ${this.#database}.windows
       WHERE stream = {stream:String} AND state = 'sealed'`,
      { stream },
    );
    return row === undefined || row.n === '0' ? undefined : Number(row.untilMs);
  }

  /** Start of the first judged window of the span, and end of the last one; undefined when none was judged. */
  async judgedSpan(stream: string, span: Span): Promise<Span | undefined> {
    const [row] = await this.#connection.query<{ n: string; fromMs: string; toMs: string }>(
      `SELECT count() AS n, toUnixTimestamp64Milli(min(windowStart)) AS fromMs, toUnixTimestamp64Milli(max(windowEnd)) AS toMs
       FROM ${this.#database}.windows WHERE stream = {stream:String} AND ${STARTS_WITHIN}`,
      { stream, ...span },
    );
    return row === undefined || row.n === '0' ? undefined : { fromMs: Number(row.fromMs), toMs: Number(row.toMs) };
  }

  /** Judged windows that start in the span, in order. */
  async windows(stream: string, span: Span): Promise<readonly JudgedBaseWindow[]> {
    const rows = await this.#connection.query<Record<keyof JudgedBaseWindow, string | null>>(
      `SELECT toUnixTimestamp64Milli(windowStart) AS startMs, toUnixTimestamp64Milli(windowEnd) AS endMs, revision, state::String AS state,
         events, serversExpected, serversArrived, eventsAnnounced, tooLate
       FROM ${this.#database}.windows WHERE stream = {stream:String} AND ${STARTS_WITHIN} ORDER BY startMs`,
      { stream, ...span },
    );
    return rows.map((row) => ({
      startMs: Number(row.startMs),
      endMs: Number(row.endMs),
      revision: Number(row.revision),
      state: String(row.state),
      events: Number(row.events),
      serversExpected: Number(row.serversExpected),
      serversArrived: Number(row.serversArrived),
      eventsAnnounced: row.eventsAnnounced === null ? null : Number(row.eventsAnnounced),
      tooLate: Number(row.tooLate),
    }));
  }

  /** What the windows hold, by start; those without rows are not there. The digest is the sum of the rows' SipHashes (128 bits), each over all columns. */
  async contents(rows: ExportRows, windows: WindowSet): Promise<ReadonlyMap<number, WindowContent>> {
    if (windows.startsMs.length === 0) return new Map();
    const columns = rows.columns.map((_, at) => `_c${String(at)}`).join(', ');
    const found = await this.#connection.query<{ startMs: string; n: string; digest: string }>(
      `SELECT _start AS startMs, count() AS n, lower(hex(sum(reinterpretAsUInt128(sipHash128(formatRow('RowBinary', ${columns})))))) AS digest
       FROM (${rows.select}) GROUP BY _start SETTINGS ${JSON_NUMBERS}`,
      paramsOf(rows, windows),
    );
    return new Map(found.map(({ startMs, n, digest }) => [Number(startMs), { rows: Number(n), digest }]));
  }

  /** The windows as the bytes of one file, rows in order of window and key. */
  bytes(rows: ExportRows, windows: WindowSet, format: ExportFormat): AsyncIterable<Uint8Array> {
    const columns = rows.columns.map(({ name }, at) => `_c${String(at)} AS \`${name}\``).join(', ');
    return this.#connection.streamBytes(
      `SELECT ${columns} FROM (${rows.select}) ORDER BY _start, _order SETTINGS ${SETTINGS} FORMAT ${FORMATS[format]}`,
      paramsOf(rows, windows),
    );
  }
}

/** Numbers within JSON are numbers. */
const JSON_NUMBERS = 'output_format_json_quote_64bit_integers = 0';

/** Types and nulls that every reader takes: times as ISO 8601 and nulls as nothing in CSV, texts as texts in the others. */
const SETTINGS = [
  JSON_NUMBERS,
  `date_time_output_format = 'iso'`,
  `format_csv_null_representation = ''`,
  `output_format_parquet_string_as_string = 1`,
  `output_format_parquet_compression_method = 'zstd'`,
  `output_format_arrow_string_as_string = 1`,
].join(', ');

const STARTS_WITHIN =
  'windowStart >= fromUnixTimestamp64Milli({fromMs:Int64}) AND windowStart < fromUnixTimestamp64Milli({toMs:Int64})';

const paramsOf = (
  { params }: ExportRows,
  { fromMs, toMs, startsMs }: WindowSet,
): Readonly<Record<string, unknown>> => ({ ...params, fromMs, toMs, starts: startsMs });
