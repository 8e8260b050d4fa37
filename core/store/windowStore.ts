import type { Connection } from './connection.ts';
import { type EstimateColumns, estimateColumns, estimateOf, type StoredEstimate } from './estimateColumns.ts';
import { readAnnouncements } from './witnesses.ts';

/** One window of one stream. */
export interface WindowKey {
  readonly stream: string;
  readonly startMs: number;
}

/** Who was expected to report in a window. */
export interface StoredRoster {
  readonly sinceMs: number;
  readonly isDeclared: boolean;
  readonly servers: readonly string[];
}

/** What a check found about one server. */
export interface FoundOfServer {
  readonly check: string;
  /** Which of the states that look alike, where the check tells them apart; '' where it does not. */
  readonly state: string;
  /** In words, with the evidence. */
  readonly text: string;
}

/** A window with the newest estimate of it. */
export interface EstimatedWindow extends StoredEstimate {
  readonly startMs: number;
  readonly endMs: number;
}

/** The value of an aggregate of one series in one window, merged; null where it is no number. */
export interface AggregateValue {
  readonly series: string;
  readonly aggregate: string;
  readonly kind: string;
  readonly value: number | null;
}

/** What was known of a window at a time; the estimate and its interval of 95 % are null where nothing was said. */
export interface WindowAsOf {
  readonly startMs: number;
  readonly events: number;
  readonly servers: number;
  readonly state: string;
  readonly revision: number;
  readonly estimate: number | null;
  readonly low95: number | null;
  readonly high95: number | null;
}

/** Reads all that is known of one window, whether it was judged or not. */
export class WindowStore {
  readonly #connection: Connection;
  readonly #database: string;

  constructor(connection: Connection, database: string) {
    this.#connection = connection;
    this.#database = database;
  }

  /** The newest windows of a stream as they were known at a time, the newest first. */
  async newest(
    stream: string,
    { atMs, limit }: { readonly atMs: number; readonly limit: number },
  ): Promise<WindowAsOf[]> {
    const rows = await this.#connection.query<{ startMs: string; events: string; servers: string } & WindowAsOf>(
      `SELECT toUnixTimestamp64Milli(windowStart) AS startMs, events, servers, state, revision, estimate, low95, high95
       FROM ${this.#database}.windows_as_of(at = '${new Date(atMs).toISOString().slice(0, 23)}')
       WHERE stream = {stream:String} AND windowStart >= (
         SELECT min(windowStart) FROM (SELECT DISTINCT windowStart FROM ${this.#database}.arrival_rows
           WHERE stream = {stream:String} AND arrivedAt <= fromUnixTimestamp64Milli({atMs:Int64}) ORDER BY windowStart DESC LIMIT {limit:UInt32}))
       ORDER BY windowStart DESC LIMIT {limit:UInt32}`,
      { stream, atMs, limit },
    );
    return rows.map((row) => ({
      ...row,
      startMs: Number(row.startMs),
      events: Number(row.events),
      servers: Number(row.servers),
    }));
  }

  /** Undefined when nothing was estimated of it. */
  async estimate(key: WindowKey): Promise<StoredEstimate | undefined> {
    const [row] = await this.#connection.query<EstimateColumns & { n: string }>(
      `SELECT count() AS n, ${LATEST} FROM ${this.#database}.window_estimates AS e WHERE ${AT}`,
      { ...key },
    );
    return row === undefined || row.n === '0' ? undefined : estimateOf(row);
  }

  /** The newest estimate of each window of which one was made since. */
  async estimatedSince(stream: string, sinceMs: number): Promise<EstimatedWindow[]> {
    const rows = await this.#connection.query<EstimateColumns & { startMs: string; endMs: string }>(
      `SELECT toUnixTimestamp64Milli(windowStart) AS startMs, toUnixTimestamp64Milli(any(windowEnd)) AS endMs, ${LATEST}
       FROM ${this.#database}.window_estimates AS e WHERE stream = {stream:String} AND e.estimatedAt > fromUnixTimestamp64Milli({sinceMs:Int64})
       GROUP BY windowStart ORDER BY startMs`,
      { stream, sinceMs },
    );
    return rows.map((row) => ({ startMs: Number(row.startMs), endMs: Number(row.endMs), ...estimateOf(row) }));
  }

  /** The version of the stream's roster that the window was judged by, or while it is not judged the newest before it; undefined while none is known. */
  async roster({ stream, startMs }: WindowKey): Promise<StoredRoster | undefined> {
    const [row] = await this.#connection.query<Omit<StoredRoster, 'sinceMs'> & { sinceMs: string }>(
      `SELECT toUnixTimestamp64Milli(since) AS sinceMs, isDeclared, servers FROM ${this.#database}.rosters
       WHERE stream = {stream:String} AND since <= ifNull((SELECT rosterSince FROM ${this.#database}.windows WHERE ${AT}), fromUnixTimestamp64Milli({startMs:Int64}))
       ORDER BY since DESC LIMIT 1`,
      { stream, startMs },
    );
    return row === undefined ? undefined : { ...row, sinceMs: Number(row.sinceMs) };
  }

  /** Events that each server announced in a packet. */
  async announced(packets: string, { stream, startMs }: WindowKey): Promise<ReadonlyMap<string, number>> {
    const span = { fromMs: startMs, toMs: startMs + 1 };
    const windows = await readAnnouncements(this.#connection, this.#database, { packets, stream }, span);
    return windows.get(startMs)?.announced ?? new Map();
  }

  /** What was found about servers in the window, by server, sorted by check. */
  async foundOfServers(key: WindowKey): Promise<ReadonlyMap<string, readonly FoundOfServer[]>> {
    const rows = await this.#connection.query<FoundOfServer & { server: string }>(
      `SELECT labels['server'] AS server, check::String AS check, labels['state'] AS state, text FROM ${this.#database}.findings
       WHERE ${AT} AND mapContains(labels, 'server') ORDER BY check, id`,
      { ...key },
    );
    return Map.groupBy(rows, ({ server }) => server);
  }

  /** Values of the aggregates of a cut in the window, sorted by series. */
  values(key: WindowKey, cut: string): Promise<AggregateValue[]> {
    return this.#connection.query<AggregateValue>(
      `SELECT series, aggregate::String AS aggregate, kind::String AS kind, value FROM ${this.#database}.aggregates WHERE ${AT} AND cut = {cut:String} ORDER BY series, aggregate`,
      { ...key, cut },
    );
  }
}

const AT = 'stream = {stream:String} AND windowStart = fromUnixTimestamp64Milli({startMs:Int64})';
const LATEST = `toUnixTimestamp64Milli(max(e.estimatedAt)) AS estimatedMs, ${estimateColumns((column) => `argMax(e.${column}, e.estimatedAt)`)}`;
