import type { Connection } from './connection.ts';
import type { Span } from './span.ts';

/** Cells of one stream in two databases: those that are stored, and those that its raw events make. */
export interface WindowCellsParts {
  readonly database: string;
  readonly grown: string;
  readonly stream: string;
  /** The cut whose cells count every event of the stream once. */
  readonly serverCut: string;
}

/** What a repair did. */
export interface MendedCells {
  readonly windows: number;
  /** Windows that are judged again when judging starts next; sealed ones are not. */
  readonly judgedAgain: number;
}

/** A window whose stored cells, or whose events, are not what its raw events make. */
export interface DifferingCells {
  readonly startMs: number;
  readonly state: string;
  readonly revision: number;
  readonly storedOnly: number;
  readonly grownOnly: number;
  readonly events: number;
  readonly rawEvents: number;
}

/** What tells one cell from another, of which events it was grown, and its bytes. */
const PLACE = 'windowStart, cut, series, partition, since, through';
const CELL = `${PLACE}, states`;
const IN_SPAN = `stream = {stream:String} AND windowStart >= fromUnixTimestamp64Milli({fromMs:Int64}) AND windowStart < fromUnixTimestamp64Milli({toMs:Int64})`;
const IN_STARTS = `stream = {stream:String} AND has({starts:Array(Int64)}, toUnixTimestamp64Milli(windowStart))`;

/** The SQL that compares cells with those grown again, and puts them right. */
export class WindowCells {
  readonly #connection: Connection;
  readonly #parts: WindowCellsParts;

  constructor(connection: Connection, parts: WindowCellsParts) {
    this.#connection = connection;
    this.#parts = parts;
  }

  /** How many windows and cells are compared. */
  async counted(span: Span): Promise<{ readonly windows: number; readonly cells: number }> {
    const { database, grown, stream } = this.#parts;
    const [row] = await this.#connection.query<{ windows: string; cells: string }>(
      `SELECT uniqExact(windowStart) AS windows, uniqExact(${PLACE}) AS cells FROM (
         SELECT ${PLACE} FROM ${database}.aggregate_cells WHERE ${IN_SPAN} UNION ALL SELECT ${PLACE} FROM ${grown}.aggregate_cells WHERE ${IN_SPAN})`,
      { stream, ...span },
    );
    return { windows: Number(row?.windows), cells: Number(row?.cells) };
  }

  /** Windows of the span that differ, in order of time: in their cells, or, where they were judged, in their events. */
  async differing(span: Span): Promise<DifferingCells[]> {
    const { database, grown, stream, serverCut } = this.#parts;
    const cells = (name: string): string => `SELECT ${CELL} FROM ${name}.aggregate_cells FINAL WHERE ${IN_SPAN}`;
    const only = (one: string, other: string): string =>
      `(SELECT windowStart, count() AS n FROM (${cells(one)} EXCEPT ${cells(other)}) GROUP BY windowStart)`;
    const rows = await this.#connection.query<Record<keyof DifferingCells, string>>(
      `SELECT toUnixTimestamp64Milli(windowStart) AS startMs, max(s) AS state, max(r) AS revision, sum(stored) AS storedOnly, sum(made) AS grownOnly, sum(e) AS events, sum(raw) AS rawEvents FROM (
         SELECT windowStart, '' AS s, 0 AS r, n AS stored, 0 AS made, 0 AS e, 0 AS raw FROM ${only(database, grown)}
         UNION ALL SELECT windowStart, '', 0, 0, n, 0, 0 FROM ${only(grown, database)}
         UNION ALL SELECT windowStart, state::String, revision, 0, 0, events + tooLate, 0 FROM ${database}.windows WHERE ${IN_SPAN}
         UNION ALL SELECT windowStart, '', 0, 0, 0, 0, reinterpretAsUInt64(states['events']) FROM ${grown}.aggregate_cells FINAL WHERE ${IN_SPAN} AND cut = {serverCut:String})
       GROUP BY windowStart HAVING storedOnly + grownOnly > 0 OR (state != '' AND events != rawEvents) ORDER BY windowStart`,
      { stream, serverCut, ...span },
    );
    return rows.map(({ startMs, state, revision, storedOnly, grownOnly, events, rawEvents }) => ({
      ...{ startMs: Number(startMs), state: state === '' ? 'not judged' : state, revision: Number(revision) },
      ...{ storedOnly: Number(storedOnly), grownOnly: Number(grownOnly) },
      ...{ events: Number(events), rawEvents: Number(rawEvents) },
    }));
  }

  /**
   * Puts the grown cells of windows in the place of the stored ones. First the right ones are added, then those that are none are deleted: at no time is one missing.
   * What a window was made of is then forgotten, so that it is judged again.
   */
  async mend(starts: readonly number[]): Promise<MendedCells> {
    const { database, grown, stream } = this.#parts;
    const params = { stream, starts };
    await this.#connection.command(
      `INSERT INTO ${database}.aggregate_cells SELECT * FROM ${grown}.aggregate_cells FINAL WHERE ${IN_STARTS}`,
      params,
    );
    await this.#connection.command(
      `DELETE FROM ${database}.aggregate_cells WHERE ${IN_STARTS} AND (${PLACE}) NOT IN (SELECT ${PLACE} FROM ${grown}.aggregate_cells FINAL WHERE ${IN_STARTS})`,
      params,
    );
    await this.#connection.command(
      `INSERT INTO ${database}.window_revisions SELECT * REPLACE (0 AS inputsDigest) FROM ${database}.windows WHERE ${IN_STARTS} AND state != 'sealed'`,
      params,
    );
    const [row] = await this.#connection.query<{ n: string }>(
      `SELECT count() AS n FROM ${database}.windows WHERE ${IN_STARTS} AND state != 'sealed'`,
      params,
    );
    return { windows: starts.length, judgedAgain: Number(row?.n) };
  }
}
