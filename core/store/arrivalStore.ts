import type { ArrivedTotal } from '../windows/arrivalBook.ts';
import type { ArrivalNews, OpenWindow, WindowEstimate } from '../windows/openWindow.ts';
import { labelsOf } from '../windows/series.ts';
import type { Connection } from './connection.ts';
import type { Fence } from './fence.ts';
import { FencedRows } from './fencedRows.ts';
import { jsonTime } from './insertBodies.ts';
import { ServerSumsStore } from './serverSums.ts';
import type { Span } from './span.ts';

/** What arrived after a time, of windows that start at or after another (and before a third). */
export interface Since {
  readonly afterMs: number;
  readonly oldestMs: number;
  readonly beforeMs?: number;
}

/** No window begins so late. */
const NEVER_MS = Date.UTC(2200, 0, 1);

/** An estimate as it is written down. */
export interface EstimateRow extends WindowEstimate, Pick<OpenWindow, 'startMs' | 'endMs' | 'nowMs'> {
  readonly isEnough: boolean;
  readonly serversExpected: number;
  readonly serversArrived: number;
}

/** A window whose final value is taken to be known. */
export interface FinalWindow {
  readonly startMs: number;
  readonly events: number;
  /** Servers that were expected and never sent anything. */
  readonly empty: number;
  readonly memos: readonly string[];
}

interface ServerRow {
  readonly series: string;
  readonly startMs: string;
  readonly events: string;
  readonly arrivedMs: string;
}

/** The SQL of what arrives in open windows, and of what they are estimated to come to. All writes may be repeated without harm. */
export class ArrivalStore {
  readonly #connection: Connection;
  readonly #database: string;
  readonly #rows: FencedRows;
  /** What servers' metrics are made of. */
  readonly sums: ServerSumsStore;

  /** With a fence its writes are refused when the stream is another's to judge. */
  constructor(connection: Connection, database: string, fence?: Fence) {
    this.#connection = connection;
    this.#database = database;
    this.#rows = new FencedRows(connection, database, fence);
    this.sums = new ServerSumsStore(connection, database);
  }

  /** What servers have sent by now of the windows in which something arrived. */
  arrived(stream: string, since: Since): Promise<ArrivedTotal[]> {
    const touched = `SELECT windowStart, series FROM ${this.#database}.arrival_rows
           WHERE stream = {stream:String} AND ${IN_BOOKS} AND arrivedAt > fromUnixTimestamp64Milli({afterMs:Int64})`;
    return this.#totals(`${IN_BOOKS} AND (windowStart, series) IN (${touched})`, {
      ...{ stream, beforeMs: NEVER_MS },
      ...since,
    });
  }

  /** What servers have sent by now in the span. */
  totals(stream: string, span: Span): Promise<ArrivedTotal[]> {
    return this.#totals(inSpan('windowStart'), { stream, ...span });
  }

  /** What packets that arrived since announce of a stream. */
  async announced(packets: string, stream: string, since: Since): Promise<ArrivedTotal[]> {
    const touched = `SELECT windowStart FROM ${this.#database}.arrival_rows
           WHERE stream = {packets:String} AND ${IN_BOOKS} AND arrivedAt > fromUnixTimestamp64Milli({afterMs:Int64})`;
    const rows = await this.#connection.query<ServerRow>(
      `SELECT series, toUnixTimestamp64Milli(windowStart) AS startMs, toUInt64(sum(reinterpretAsFloat64(substring(states['value'], 1, 8)))) AS events,
              toUnixTimestamp64Milli(max(c.arrivedAt)) AS arrivedMs
       FROM ${this.#database}.aggregate_cells AS c FINAL
       WHERE stream = {packets:String} AND cut = 'server,metric' AND endsWith(series, {suffix:String})
         AND windowStart IN (${touched})
       GROUP BY windowStart, series HAVING max(c.arrivedAt) > fromUnixTimestamp64Milli({afterMs:Int64})`,
      { packets, suffix: `,metric=${stream}.events`, beforeMs: NEVER_MS, ...since },
    );
    return rows.map(totalOf);
  }

  /** Packets that arrived since, in order. */
  async beats(packets: string, { afterMs, oldestMs }: Since): Promise<ArrivalNews['beats']> {
    const rows = await this.#connection.query<Pick<ServerRow, 'series' | 'arrivedMs'>>(
      `SELECT series, toUnixTimestamp64Milli(max(r.arrivedAt)) AS arrivedMs FROM ${this.#database}.arrival_rows AS r
       WHERE stream = {packets:String} AND windowStart >= fromUnixTimestamp64Milli({oldestMs:Int64}) AND r.arrivedAt > fromUnixTimestamp64Milli({afterMs:Int64})
       GROUP BY series ORDER BY arrivedMs, series`,
      { packets, afterMs, oldestMs },
    );
    return rows.map(({ series, arrivedMs }) => ({ server: serverOf(series), arrivedAtMs: Number(arrivedMs) }));
  }

  /** In which region each server was seen last, by its events of the span; nothing where the stream does not say. */
  async regions(stream: string, { fromMs, toMs }: Span): Promise<ReadonlyMap<string, string>> {
    const rows = await this.#connection.query<{ name: string; region: string }>(
      `SELECT server::String AS name, argMax(ifNull(region::String, ''), time) AS region FROM ${this.#database}.events_${stream}
       WHERE time >= fromUnixTimestamp64Milli({fromMs:Int64}) AND time < fromUnixTimestamp64Milli({toMs:Int64}) GROUP BY name`,
      { fromMs, toMs },
    );
    return new Map(rows.map(({ name, region }) => [name, region]));
  }

  /** Start of the first window that starts at or after a time and has events; undefined when there is none. */
  async firstWindow(stream: string, fromMs: number): Promise<number | undefined> {
    const [row] = await this.#connection.query<{ n: string; first: string }>(
      `SELECT count() AS n, toUnixTimestamp64Milli(min(windowStart)) AS first FROM ${this.#database}.arrival_rows
       WHERE stream = {stream:String} AND windowStart >= fromUnixTimestamp64Milli({fromMs:Int64})`,
      { stream, fromMs },
    );
    return row === undefined || row.n === '0' ? undefined : Number(row.first);
  }

  /** What became of the windows of the span of which there are estimates, in order of time. */
  async finals(stream: string, span: Span): Promise<FinalWindow[]> {
    const rows = await this.#connection.query<{ startMs: string; events: string; empty: string; memos: string[] }>(
      `SELECT toUnixTimestamp64Milli(e.windowStart) AS startMs, any(w.events) AS events,
              any(greatest(0, toInt64(w.serversExpected) - toInt64(w.serversArrived))) AS empty, arraySort(x -> x.1, groupArray((e.estimatedAt, e.memo))).2 AS memos
       FROM ${this.#database}.window_estimates AS e INNER JOIN ${this.#database}.windows AS w ON w.stream = e.stream AND w.windowStart = e.windowStart
       WHERE e.stream = {stream:String} AND ${inSpan('e.windowStart')}
       GROUP BY e.windowStart ORDER BY startMs`,
      { stream, ...span },
    );
    return rows.map((row) => ({
      startMs: Number(row.startMs),
      events: Number(row.events),
      empty: Number(row.empty),
      memos: row.memos,
    }));
  }

  saveEstimates(stream: string, estimates: readonly EstimateRow[]): Promise<void> {
    return this.#rows.insert(
      'window_estimates',
      estimates.map((estimate) => rowOf(stream, estimate)),
    );
  }

  /** What was known when everything that arrived until `heardMs` was heard; undefined at first. */
  async state(stream: string): Promise<{ readonly heardMs: number; readonly state: string } | undefined> {
    const [row] = await this.#connection.query<{ heardMs: string; state: string }>(
      `SELECT toUnixTimestamp64Milli(heardAt) AS heardMs, state FROM ${this.#database}.estimator_states FINAL WHERE stream = {stream:String}`,
      { stream },
    );
    return row === undefined ? undefined : { heardMs: Number(row.heardMs), state: row.state };
  }

  saveState(stream: string, heardMs: number, state: string): Promise<void> {
    return this.#rows.insert('estimator_states', [{ stream, heardAt: jsonTime(heardMs), state }]);
  }

  /** The newest of each partition's row of a cell counts, and partitions add up. */
  async #totals(condition: string, params: Readonly<Record<string, unknown>>): Promise<ArrivedTotal[]> {
    const rows = await this.#connection.query<ServerRow>(
      `SELECT series, toUnixTimestamp64Milli(windowStart) AS startMs, sum(sent) AS events, toUnixTimestamp64Milli(max(cameAt)) AS arrivedMs FROM (
         SELECT windowStart, series, partition, since, max(r.events) AS sent, max(r.arrivedAt) AS cameAt FROM ${this.#database}.arrival_rows AS r
         WHERE stream = {stream:String} AND ${condition} GROUP BY windowStart, series, partition, since)
       GROUP BY windowStart, series ORDER BY windowStart, series`,
      params,
    );
    return rows.map(totalOf);
  }
}

const IN_BOOKS =
  'windowStart >= fromUnixTimestamp64Milli({oldestMs:Int64}) AND windowStart < fromUnixTimestamp64Milli({beforeMs:Int64})';

const inSpan = (column: string): string =>
  `${column} >= fromUnixTimestamp64Milli({fromMs:Int64}) AND ${column} < fromUnixTimestamp64Milli({toMs:Int64})`;

const serverOf = (series: string): string => Object.values(labelsOf(series))[0] ?? '';

const totalOf = ({ series, startMs, events, arrivedMs }: ServerRow): ArrivedTotal => ({
  server: serverOf(series),
  startMs: Number(startMs),
  events: Number(events),
  arrivedAtMs: Number(arrivedMs),
});

const rowOf = (
  stream: string,
  { startMs, endMs, nowMs, intervals, missing, metrics, ...estimate }: EstimateRow,
): object => ({
  stream,
  windowStart: jsonTime(startMs),
  windowEnd: jsonTime(endMs),
  estimatedAt: jsonTime(nowMs),
  ...estimate,
  'intervals.confidence': intervals.map(({ confidence }) => confidence),
  'intervals.low': intervals.map(({ low }) => low),
  // What has no end is null in JSON, and in the table.
  'intervals.high': intervals.map(({ high }) => high),
  missing: JSON.stringify(missing),
  'metrics.metric': metrics.map(({ metric }) => metric),
  'metrics.observed': metrics.map(({ observed }) => observed ?? null),
  'metrics.value': metrics.map(({ value }) => value ?? null),
  'metrics.low': metrics.map((one) => one.intervals.map(({ low }) => low)),
  'metrics.high': metrics.map((one) => one.intervals.map(({ high }) => high)),
});
