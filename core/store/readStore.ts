import type { Connection } from './connection.ts';

/** A page of a list: how many, and where the page before it ended. */
export interface Page {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

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

  /** Judged windows, by start. The cursor is the start of the last one, in epoch ms. */
  windows(filters: Filters, page: Page): Promise<Row[]> {
    return this.#list(
      `SELECT * EXCEPT (windowStart, windowEnd, inputsDigest), toUnixTimestamp64Milli(windowStart) AS startMs, toUnixTimestamp64Milli(windowEnd) AS endMs FROM ${this.#database}.windows`,
      {
        conditions: { ...filters, ...before('windowStart', page.cursor) },
        order: 'windowStart DESC, stream',
        page,
      },
    );
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
    const offset = Number(page.cursor ?? 0);
    return this.#connection.query(
      `SELECT series, sum(reinterpretAsUInt64(states['events'])) AS events, max(windowStart) AS lastAt FROM ${this.#database}.aggregate_cells FINAL
       WHERE stream = {stream:String} ${cut === undefined ? '' : 'AND cut = {cut:String}'}
         AND windowStart > (SELECT max(windowStart) - INTERVAL 1 DAY FROM ${this.#database}.aggregate_cells WHERE stream = {stream:String})
       GROUP BY series ORDER BY events DESC, series LIMIT {limit:UInt32} OFFSET {offset:UInt32}`,
      { stream, cut, limit: page.limit + 1, offset },
    );
  }

  /** Findings that stand. The cursor is the found time of the last one. */
  findings(filters: Filters, page: Page): Promise<Row[]> {
    return this.#list(
      `SELECT * EXCEPT (windowStart, windowEnd), toUnixTimestamp64Milli(windowStart) AS startMs, toUnixTimestamp64Milli(windowEnd) AS endMs FROM ${this.#database}.findings`,
      {
        conditions: { ...filters, ...before('windowStart', page.cursor) },
        order: 'windowStart DESC, id',
        page,
      },
    );
  }

  #list(
    select: string,
    { conditions, order, page }: { conditions: Filters; order: string; page: Page },
  ): Promise<Row[]> {
    const given = Object.entries(conditions).filter(([, value]) => value !== undefined);
    const where = given.map(([key], at) =>
      key.endsWith(' <')
        ? `${key} fromUnixTimestamp64Milli({p${String(at)}:Int64})`
        : `${key} = {p${String(at)}:String}`,
    );
    const params = Object.fromEntries(given.map(([, value], at) => [`p${String(at)}`, value]));
    return this.#connection.query(
      `${select} ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`} ORDER BY ${order} LIMIT {limit:UInt32}`,
      { ...params, limit: page.limit + 1 },
    );
  }
}

const before = (column: string, cursor: string | undefined): Filters =>
  cursor === undefined ? {} : { [`${column} <`]: Number(cursor) };
