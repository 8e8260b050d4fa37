import type { Connection } from './connection.ts';
import { type ListOrder, type Page, pageSql } from './page.ts';

/** Conditions of a list; what is undefined does not narrow it. */
export type Filters = Readonly<Record<string, string | number | undefined>>;

/** A row as ClickHouse gives it: 64-bit integers and times are text. */
export type Row = Readonly<Record<string, unknown>>;

/** What the API reads. Every list is newest first and gives one row more than the page, if there is one. */
export class ReadStore {
  readonly #connection: Connection;
  readonly #database: string;

  constructor(connection: Connection, database: string) {
    this.#connection = connection;
    this.#database = database;
  }

  /** Stored rows and newest event time of each stream. */
  async streamFacts(): Promise<ReadonlyMap<string, { readonly events: number; readonly newestMs: number }>> {
    const rows = await this.#connection.query<{ stream: string; events: string; newestMs: string }>(
      `SELECT stream::String AS stream, sum(events) AS events, max(watermarkMs) AS newestMs FROM ${this.#database}.partitions GROUP BY stream`,
    );
    return new Map(rows.map((row) => [row.stream, { events: Number(row.events), newestMs: Number(row.newestMs) }]));
  }

  /** Judged windows, the latest start first. */
  windows(filters: Filters, page: Page): Promise<Row[]> {
    return this.#list(
      `* EXCEPT (windowStart, windowEnd, inputsDigest), ${BOUNDS}`,
      'windows',
      { value: WINDOW_START, tie: 'stream::String' },
      { filters, page },
    );
  }

  /** One judged window. */
  async window(stream: string, startMs: number): Promise<Row | undefined> {
    const [row] = await this.#connection.query<Row>(
      `SELECT * EXCEPT (windowStart, windowEnd, inputsDigest), ${BOUNDS} FROM ${this.#database}.windows
       WHERE stream = {stream:String} AND windowStart = fromUnixTimestamp64Milli({startMs:Int64})`,
      { stream, startMs },
    );
    return row;
  }

  /** What each server sent in one window. */
  async serversOf(
    stream: string,
    serverCut: string,
    startMs: number,
  ): Promise<readonly { readonly server: string; readonly received: number }[]> {
    const rows = await this.#connection.query<{ server: string; received: string }>(
      `SELECT replaceRegexpOne(series, '^[^=]*=', '') AS server, sum(reinterpretAsUInt64(states['events'])) AS received FROM ${this.#database}.aggregate_cells FINAL
       WHERE stream = {stream:String} AND windowStart = fromUnixTimestamp64Milli({startMs:Int64}) AND cut = {serverCut:String} GROUP BY server ORDER BY server`,
      { stream, serverCut, startMs },
    );
    return rows.map(({ server, received }) => ({ server, received: Number(received) }));
  }

  /** Series of a stream within the last day of its data, the busiest first. */
  series(stream: string, cut: string | undefined, page: Page): Promise<Row[]> {
    const { conditions, columns, order, params } = pageSql({ value: 'toInt64(events)', tie: 'series' }, page);
    return this.#connection.query(
      `SELECT *, ${columns} FROM (
         SELECT series, sum(reinterpretAsUInt64(states['events'])) AS events, max(windowStart) AS lastAt FROM ${this.#database}.aggregate_cells FINAL
         WHERE stream = {stream:String} ${cut === undefined ? '' : 'AND cut = {cut:String}'}
           AND windowStart > (SELECT max(windowStart) - INTERVAL 1 DAY FROM ${this.#database}.aggregate_cells WHERE stream = {stream:String})
         GROUP BY series)
       ${whereOf(conditions)} ${order}`,
      { stream, cut, ...params },
    );
  }

  /** Whether a series was ever stored. */
  async hasSeries(stream: string, series: string): Promise<boolean> {
    const rows = await this.#connection.query(
      `SELECT 1 FROM ${this.#database}.aggregate_cells WHERE stream = {stream:String} AND series = {series:String} LIMIT 1`,
      { stream, series },
    );
    return rows.length > 0;
  }

  /** Entries of the newest snapshot of a plugin's check, by key; the host's own entry, which goes last, says that it is whole. */
  async snapshotEntries(
    of: { readonly stream: string; readonly plugin: string },
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, unknown>> {
    const rows = await this.#connection.query<{ series: string; state: string }>(
      `SELECT series, state FROM ${this.#database}.check_snapshots FINAL
       WHERE plugin = {plugin:String} AND stream = {stream:String} AND series IN {keys:Array(String)} AND windowStart =
         (SELECT max(windowStart) FROM ${this.#database}.check_snapshots WHERE plugin = 'host' AND stream = {stream:String})`,
      { ...of, keys },
    );
    return new Map(rows.map(({ series, state }) => [series, JSON.parse(state) as unknown]));
  }

  /** Findings that stand, the latest window first. */
  findings(filters: Filters, page: Page): Promise<Row[]> {
    return this.#list(
      `* EXCEPT (windowStart, windowEnd), ${BOUNDS}`,
      'findings',
      { value: WINDOW_START, tie: 'id' },
      { filters, page },
    );
  }

  #list(
    select: string,
    view: string,
    listOrder: ListOrder,
    { filters, page }: { readonly filters: Filters; readonly page: Page },
  ): Promise<Row[]> {
    const given = Object.entries(filters).filter(([, value]) => value !== undefined);
    const { conditions, columns, order, params } = pageSql(listOrder, page);
    const narrowed = given.map(([key], at) => `${key} = {p${String(at)}:String}`);
    return this.#connection.query(
      `SELECT ${select}, ${columns} FROM ${this.#database}.${view} ${whereOf([...narrowed, ...conditions])} ${order}`,
      { ...Object.fromEntries(given.map(([, value], at) => [`p${String(at)}`, value])), ...params },
    );
  }
}

const WINDOW_START = 'toUnixTimestamp64Milli(windowStart)';
const BOUNDS = `${WINDOW_START} AS startMs, toUnixTimestamp64Milli(windowEnd) AS endMs`;

const whereOf = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
