import type { EventType } from '../alerts/eventType.ts';
import type { Restatement } from '../alerts/restatement.ts';
import type { EnoughWindow, JudgedWindow } from '../alerts/windowNotice.ts';
import type { Finding } from '../findings/finding.ts';
import type { Place } from '../time/changeCursor.ts';
import type { Window } from '../time/window.ts';
import type { Connection } from './connection.ts';
import { type EstimateColumns, estimateColumns, estimateOf } from './estimateColumns.ts';
import type { Fence } from './fence.ts';
import { FencedRows } from './fencedRows.ts';
import { jsonTime } from './insertBodies.ts';
import type { Span } from './span.ts';
import { tablesVersion } from './tablesVersion.ts';

/** A window of which something was written down, at the time of the place. */
export interface TouchedWindow extends Place, Window {
  readonly stream: string;
}

/** A window that was restated. */
export interface RestatedWindow extends TouchedWindow {
  readonly revision: number;
}

/** A judged window as alerts and servers hear of it. */
export interface ToldWindow extends Window {
  readonly stream: string;
  readonly arrived: number;
  /** Servers that are expected no longer, from this window on. */
  readonly left: readonly string[];
}

/** The last that was told of a server. */
export interface ToldServer {
  readonly stream: string;
  readonly server: string;
  readonly type: EventType;
  readonly silentSinceMs: number;
}

/** Where the rows of each feed are stored: tables, since views have no parts. */
export const NEWS_TABLES = {
  alerts: ['window_revisions', 'finding_revisions'],
  estimates: ['window_estimates'],
  windows: ['window_revisions'],
  restatements: ['restatement_rows'],
} as const;

const KEY = `concat(stream, '/', toString(toUnixTimestamp64Milli(windowStart)))`;
const WINDOW = `stream::String AS stream, toUnixTimestamp64Milli(windowStart) AS startMs, toUnixTimestamp64Milli(windowEnd) AS endMs`;
const BEHIND = `(ms, key) > ({ms:Int64}, {key:String}) ORDER BY ms, key LIMIT {limit:UInt32}`;

/** What the control role reads of windows, of findings and of what it has told: in order of the writers' clocks, page by page. */
export class NewsStore {
  readonly #connection: Connection;
  readonly #database: string;
  readonly #rows: FencedRows;

  /** With a fence its writes are refused when another process is in control. */
  constructor(
    connection: Connection,
    { database, fence }: { readonly database: string; readonly fence?: Fence | undefined },
  ) {
    this.#connection = connection;
    this.#database = database;
    this.#rows = new FencedRows(connection, database, fence);
  }

  /** Something else whenever there may be news of a feed. */
  version(feed: keyof typeof NEWS_TABLES): Promise<string> {
    return tablesVersion(this.#connection, this.#database, NEWS_TABLES[feed]);
  }

  /** Windows that were judged behind a place, and those of which findings were made or taken back, since a restatement changes what later windows say, too. */
  async touched({ ms, key }: Place, limit: number): Promise<TouchedWindow[]> {
    const since = (column: string): string => `${column} >= fromUnixTimestamp64Milli({ms:Int64})`;
    const rows = await this.#connection.query<Row<TouchedWindow>>(
      `SELECT ms, key, any(stream) AS stream, any(startMs) AS startMs, any(endMs) AS endMs FROM (
         SELECT ${WINDOW}, toUnixTimestamp64Milli(judgedAt) AS ms, ${KEY} AS key FROM ${this.#database}.windows WHERE ${since('judgedAt')} AND state != 'sealed'
         UNION ALL
         SELECT ${WINDOW}, toUnixTimestamp64Milli(foundAt) AS ms, concat(${KEY}, '/found') AS key FROM ${this.#database}.finding_revisions WHERE ${since('foundAt')} AND fromWindow)
       GROUP BY ms, key HAVING ${BEHIND}`,
      { ms, key, limit },
    );
    return rows.map((row) => numbered(row, ['ms', 'startMs', 'endMs']));
  }

  /** Windows that end after a time and were judged or sealed behind a place, as they are now. */
  async judged({ ms, key }: Place, limit: number, endAfterMs: number): Promise<(JudgedWindow & Place)[]> {
    const rows = await this.#connection.query<Row<JudgedWindow & Place>>(
      `SELECT ${WINDOW}, toUnixTimestamp64Milli(judgedAt) AS ms, ${KEY} AS key, state::String AS state, revision, events, serversExpected, serversArrived
       FROM ${this.#database}.windows WHERE windowEnd > fromUnixTimestamp64Milli({endAfterMs:Int64}) AND ${BEHIND}`,
      { ms, key, limit, endAfterMs },
    );
    return rows.map((row) => numbered(row, ['ms', 'startMs', 'endMs', 'events']));
  }

  /** Windows that end after a time and of which estimates that are enough for their contract were made behind a place: one for each such estimate. */
  async enough({ ms, key }: Place, limit: number, endAfterMs: number): Promise<(EnoughWindow & Place)[]> {
    const rows = await this.#connection.query<Row<ReadyWindow> & EstimateColumns>(
      `SELECT ${WINDOW}, toUnixTimestamp64Milli(estimatedAt) AS ms, ${KEY} AS key, ${estimateColumns((column) => column)}, serversExpected, serversArrived
       FROM ${this.#database}.window_estimates WHERE isEnough AND windowEnd > fromUnixTimestamp64Milli({endAfterMs:Int64}) AND ${BEHIND}`,
      { ms, key, limit, endAfterMs },
    );
    return rows.map((row) => {
      const { stream, serversExpected, serversArrived } = row;
      const { value, basis, observed, intervals, metrics } = estimateOf(row);
      return {
        ...numbered<Place & Window>({ ms: row.ms, key: row.key, startMs: row.startMs, endMs: row.endMs }, [
          'ms',
          'startMs',
          'endMs',
        ]),
        ...{ stream, events: observed, serversExpected, serversArrived },
        estimate: { value, basis, intervals, metrics },
      } as EnoughWindow & Place;
    });
  }

  /** Windows that end after a time and were restated behind a place. */
  async restated({ ms, key }: Place, limit: number, endAfterMs: number): Promise<RestatedWindow[]> {
    const rows = await this.#connection.query<Row<RestatedWindow>>(
      `SELECT ${WINDOW}, toUnixTimestamp64Milli(restatedAt) AS ms, concat(${KEY}, '/', toString(revision)) AS key, revision
       FROM ${this.#database}.restatements WHERE windowEnd > fromUnixTimestamp64Milli({endAfterMs:Int64}) AND ${BEHIND}`,
      { ms, key, limit, endAfterMs },
    );
    return rows.map((row) => numbered(row, ['ms', 'startMs', 'endMs']));
  }

  /** All restatements of windows of a stream, in order of windows and revisions. */
  async restatements(stream: string, startsMs: readonly number[]): Promise<Restatement[]> {
    const rows = await this.#connection.query<Row<Restatement>>(
      `SELECT ${WINDOW}, revision, events, revisionBefore, eventsBefore FROM ${this.#database}.restatements
       WHERE stream = {stream:String} AND has({startsMs:Array(Int64)}, toUnixTimestamp64Milli(windowStart)) ORDER BY windowStart, revision`,
      { stream, startsMs },
    );
    return rows.map((row) => numbered(row, ['startMs', 'endMs', 'events', 'eventsBefore']));
  }

  /** Windows of a stream that start at or after a time, in order of time, as far as they were judged by a time, or are sealed and end by another; how many servers sent something in them, and who left. */
  async windows(
    stream: string,
    fromMs: number,
    known: { readonly judgedByMs: number; readonly endByMs: number },
  ): Promise<ToldWindow[]> {
    const rows = await this.#connection.query<Row<ToldWindow>>(
      `SELECT ${WINDOW}, serversArrived AS arrived, r.left AS left FROM ${this.#database}.windows
       LEFT JOIN (SELECT since, left FROM ${this.#database}.rosters WHERE stream = {stream:String} AND since >= fromUnixTimestamp64Milli({fromMs:Int64})) AS r ON r.since = windowStart
       WHERE stream = {stream:String} AND windowStart >= fromUnixTimestamp64Milli({fromMs:Int64}) 
         AND (judgedAt <= fromUnixTimestamp64Milli({judgedByMs:Int64}) OR (state = 'sealed' AND windowEnd <= fromUnixTimestamp64Milli({endByMs:Int64}))) ORDER BY windowStart`,
      { stream, fromMs, ...known },
    );
    return rows.map((row) => numbered(row, ['startMs', 'endMs']));
  }

  /** Findings that stand in a stream's windows that start in [fromMs, toMs). */
  async findings(stream: string, span: Span): Promise<Finding[]> {
    const rows = await this.#connection.query<{ origin: string }>(
      `SELECT origin FROM ${this.#database}.finding_revisions FINAL WHERE NOT retracted AND stream = {stream:String} 
         AND windowStart >= fromUnixTimestamp64Milli({fromMs:Int64}) AND windowStart < fromUnixTimestamp64Milli({toMs:Int64})`,
      { stream, ...span },
    );
    return rows.map(({ origin }) => JSON.parse(origin) as Finding);
  }

  /** Those of the ids that are notices already. */
  async made(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.#connection.query<{ id: string }>(
      `SELECT DISTINCT id FROM ${this.#database}.notice_rows WHERE id IN ({ids:Array(String)})`,
      { ids },
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** How far everything of each feed was taken, by the feed's name. */
  async cursors(): Promise<ReadonlyMap<string, Place>> {
    const rows = await this.#connection.query<{ feed: string; ms: string; key: string }>(
      `SELECT feed, ms, key FROM ${this.#database}.news_cursors FINAL`,
    );
    return new Map(rows.map(({ feed, ms, key }) => [feed, { ms: Number(ms), key }]));
  }

  /** Writes down how far feeds were taken, once all that came of it is written down. */
  async saveCursors(cursors: ReadonlyMap<string, Place>, atMs: number): Promise<void> {
    await this.#rows.insert(
      'news_cursors',
      [...cursors].map(([feed, { ms, key }]) => ({ feed, ms, key, changedAt: jsonTime(atMs) })),
    );
  }

  /** The last that was told of each server since a time. */
  async toldServers(sinceMs: number): Promise<ToldServer[]> {
    const rows = await this.#connection.query<{ lastType: EventType; lastBody: string }>(
      `SELECT argMax(type, (createdAt, windowEnd))::String AS lastType, argMax(body, (createdAt, windowEnd)) AS lastBody FROM ${this.#database}.notice_rows
       WHERE startsWith(type, 'server.') AND createdAt >= fromUnixTimestamp64Milli({sinceMs:Int64}) GROUP BY about`,
      { sinceMs },
    );
    return rows.map(({ lastType: type, lastBody }) => {
      const { data } = JSON.parse(lastBody) as { data: Omit<ToldServer, 'type'> };
      return { type, stream: data.stream, server: data.server, silentSinceMs: data.silentSinceMs };
    });
  }
}

/** A window of which an estimate was made at the time of the place. */
interface ReadyWindow extends TouchedWindow {
  readonly serversExpected: number;
  readonly serversArrived: number;
}

/** A row as it comes: 64-bit integers as text. */
type Row<Of> = { readonly [Key in keyof Of]: Of[Key] extends number ? number | string : Of[Key] };

const numbered = <Of extends object>(row: Row<Of>, keys: readonly (keyof Of)[]): Of =>
  ({ ...row, ...Object.fromEntries(keys.map((key) => [key, Number(row[key])])) }) as Of;
