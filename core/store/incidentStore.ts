import type { Incident, IncidentSpec } from '../alerts/incident.ts';
import type { Connection } from './connection.ts';
import { jsonRows, jsonTime } from './insertBodies.ts';
import { type Page, pageSql } from './page.ts';
import type { Row } from './readStore.ts';

/** The SQL of incidents that people mark. All writes may be repeated without harm. */
export class IncidentStore {
  readonly #connection: Connection;
  readonly #database: string;

  constructor(connection: Connection, database: string) {
    this.#connection = connection;
    this.#database = database;
  }

  /** Those that touch [fromMs, toMs), in order of time. */
  async between(fromMs: number, toMs: number): Promise<Incident[]> {
    const rows = await this.#connection.query<Row>(
      `SELECT * FROM ${this.#database}.incidents WHERE startMs < {toMs:Int64} AND endMs > {fromMs:Int64} ORDER BY startMs, id`,
      { fromMs, toMs },
    );
    return rows.map(incidentOf);
  }

  async one(id: string): Promise<Incident | undefined> {
    const [row] = await this.#connection.query<Row>(
      `SELECT * FROM ${this.#database}.incidents WHERE id = {id:String}`,
      { id },
    );
    return row === undefined ? undefined : incidentOf(row);
  }

  /** As rows of the view, the latest start first; one more than the page, if there is one. */
  rows(page: Page): Promise<Row[]> {
    const { conditions, columns, order, params } = pageSql({ value: 'startMs', tie: 'id' }, page);
    return this.#connection.query(
      `SELECT *, ${columns} FROM ${this.#database}.incidents ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`} ${order}`,
      params,
    );
  }

  save({ id, stream = '', ...incident }: Incident, atMs: number): Promise<void> {
    return this.#insert({ id, stream, ...incident, deleted: false }, atMs);
  }

  /** What was marked by mistake is gone; what it said is not kept. */
  remove(id: string, atMs: number): Promise<void> {
    return this.#insert({ id, deleted: true }, atMs);
  }

  #insert(
    row: Partial<IncidentSpec> & { readonly id: string; readonly deleted: boolean },
    atMs: number,
  ): Promise<void> {
    return this.#connection.insertBytes({
      table: `${this.#database}.incident_revisions`,
      format: 'JSONEachRow',
      body: jsonRows([{ ...row, changedAt: jsonTime(atMs) }]),
    });
  }
}

/** An incident of a row of the view. */
export function incidentOf(row: Row): Incident {
  const stream = String(row['stream']);
  return {
    id: String(row['id']),
    ...(stream === '' ? {} : { stream }),
    labels: row['labels'] as Readonly<Record<string, string>>,
    startMs: Number(row['startMs']),
    endMs: Number(row['endMs']),
    name: String(row['name']),
  };
}
