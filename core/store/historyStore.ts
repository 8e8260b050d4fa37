import type { IncidentMark } from '../windows/incidentMark.ts';
import type { CellRow } from '../windows/mergeWindow.ts';
import { readWindows } from './cellTable.ts';
import type { Connection } from './connection.ts';
import { readIncidentMarks } from './incidentMarks.ts';
import { arrivedSql, type Span } from './span.ts';
import type { Announcements, ShortFile } from '../windows/arrivalsOf.ts';
import { readAnnouncements, readShortFiles } from './witnesses.ts';

/** Stored windows as they are now, or as far as they had arrived by a time. Only reads. */
export class HistoryStore {
  readonly #connection: Connection;
  readonly #database: string;
  readonly #asOfMs: number | undefined;

  constructor(connection: Connection, database: string, asOfMs?: number) {
    this.#connection = connection;
    this.#database = database;
    this.#asOfMs = asOfMs;
  }

  /** Cells of the windows in the span. */
  windows(stream: string, span: Span): Promise<Map<number, CellRow[]>> {
    return readWindows(this.#connection, this.#database, stream, { ...span, asOfMs: this.#asOfMs });
  }

  /** What packets of the span say of one log stream, by window. */
  announcements(packets: string, stream: string, span: Span): Promise<Map<number, Announcements>> {
    return readAnnouncements(this.#connection, this.#database, { packets, stream }, { ...span, asOfMs: this.#asOfMs });
  }

  /** Closed files of the span that held less than their manifests say. */
  shortFiles(stream: string, span: Span): Promise<readonly ShortFile[]> {
    return readShortFiles(this.#connection, this.#database, stream, { ...span, asOfMs: this.#asOfMs });
  }

  /** Incidents that people marked in the span. */
  incidents(stream: string, span: Span): Promise<readonly IncidentMark[]> {
    return readIncidentMarks(this.#connection, this.#database, stream, { ...span, asOfMs: this.#asOfMs });
  }

  /** Starts of the first window of the span that has events, and of the last one; undefined when none has. */
  async bounds(stream: string, span: Span): Promise<{ readonly firstMs: number; readonly lastMs: number } | undefined> {
    const asOf = { asOfMs: this.#asOfMs };
    const [row] = await this.#connection.query<{ n: string; first: string; last: string }>(
      `SELECT count() AS n, toUnixTimestamp64Milli(min(windowStart)) AS first, toUnixTimestamp64Milli(max(windowStart)) AS last
       FROM ${this.#database}.aggregate_cells ${this.#asOfMs === undefined ? '' : 'FINAL'}
       WHERE stream = {stream:String} AND windowStart >= fromUnixTimestamp64Milli({fromMs:Int64})
         AND windowStart < fromUnixTimestamp64Milli({toMs:Int64}) ${arrivedSql(asOf)}`,
      { stream, ...span, ...asOf },
    );
    return row === undefined || row.n === '0' ? undefined : { firstMs: Number(row.first), lastMs: Number(row.last) };
  }

  /** End of the newest window that was judged; undefined before the first. */
  async judgedUntil(stream: string): Promise<number | undefined> {
    const [row] = await this.#connection.query<{ n: string; untilMs: string }>(
      `SELECT count() AS n, toUnixTimestamp64Milli(max(windowEnd)) AS untilMs FROM ${this.#database}.windows WHERE stream = {stream:String}`,
      { stream },
    );
    return row === undefined || row.n === '0' ? undefined : Number(row.untilMs);
  }
}
