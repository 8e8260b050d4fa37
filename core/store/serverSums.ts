import { labelsOf } from '../windows/series.ts';
import type { Connection } from './connection.ts';
import type { Span } from './span.ts';

/** Sums by server: which aggregates of which stream, and the cut that tells its servers apart. */
export interface SummedStream {
  readonly stream: string;
  readonly cut: string;
  /** Aggregates that are sums. */
  readonly aggregates: readonly string[];
}

/** What a server has of one window. */
export interface ServerSums {
  readonly startMs: number;
  readonly server: string;
  readonly events: number;
  /** In the order of the aggregates asked for. */
  readonly sums: readonly number[];
}

/** The SQL of sums by server, out of the cells. */
export class ServerSumsStore {
  readonly #connection: Connection;
  readonly #database: string;

  constructor(connection: Connection, database: string) {
    this.#connection = connection;
    this.#database = database;
  }

  /** Of each server in the windows that start then; who has nothing is left out. */
  async ofWindows({ stream, cut, aggregates }: SummedStream, startsMs: readonly number[]): Promise<ServerSums[]> {
    const rows = await this.#connection.query<{
      startMs: string;
      series: string;
      events: string;
      sums: readonly (number | null)[];
    }>(
      `SELECT toUnixTimestamp64Milli(windowStart) AS startMs, series, sum(reinterpretAsUInt64(states['events'])) AS events, ${SUMS} AS sums
       FROM ${this.#database}.aggregate_cells FINAL
       WHERE stream = {stream:String} AND cut = {cut:String} AND windowStart >= fromUnixTimestamp64Milli({fromMs:Int64}) AND windowStart <= fromUnixTimestamp64Milli({toMs:Int64})
         AND windowStart IN (SELECT fromUnixTimestamp64Milli(arrayJoin({startsMs:Array(Int64)})))
       GROUP BY windowStart, series ORDER BY windowStart, series`,
      { stream, cut, aggregates, startsMs, fromMs: Math.min(...startsMs), toMs: Math.max(...startsMs) },
    );
    return rows.map(({ startMs, series, events, sums }) => ({
      ...{ startMs: Number(startMs), server: Object.values(labelsOf(series))[0] ?? '', events: Number(events) },
      sums: sums.map(Number),
    }));
  }

  /** Of the whole stream in each window of the span that has any. */
  async totals({ stream, cut, aggregates }: SummedStream, span: Span): Promise<ReadonlyMap<number, readonly number[]>> {
    const rows = await this.#connection.query<{ startMs: string; sums: readonly (number | null)[] }>(
      `SELECT toUnixTimestamp64Milli(windowStart) AS startMs, ${SUMS} AS sums FROM ${this.#database}.aggregate_cells FINAL
       WHERE stream = {stream:String} AND cut = {cut:String} AND windowStart >= fromUnixTimestamp64Milli({fromMs:Int64}) AND windowStart < fromUnixTimestamp64Milli({toMs:Int64})
       GROUP BY windowStart`,
      { stream, cut, aggregates, ...span },
    );
    return new Map(rows.map(({ startMs, sums }) => [Number(startMs), sums.map(Number)]));
  }
}

/** A sum is two numbers (`core/sketch/sum.ts`); where there is no state it is 0. */
const SUMS = `sumForEach(arrayMap(name -> reinterpretAsFloat64(substring(states[name], 1, 8)) + reinterpretAsFloat64(substring(states[name], 9, 8)), {aggregates:Array(String)}))`;
