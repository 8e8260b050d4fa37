import type { Connection } from './connection.ts';
import type { Fence } from './fence.ts';
import { jsonRows } from './insertBodies.ts';

/** Writes rows into small tables of one database. With a fence they are refused when what it claims is another's; rows may be written again without harm. */
export class FencedRows {
  readonly #connection: Connection;
  readonly #database: string;
  readonly #fence: Fence | undefined;

  constructor(connection: Connection, database: string, fence?: Fence) {
    this.#connection = connection;
    this.#database = database;
    this.#fence = fence;
  }

  async insert(table: string, rows: readonly object[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#connection.insertBytes({
      table: `${this.#database}.${table}`,
      format: 'JSONEachRow',
      body: jsonRows(rows),
      fence: this.#fence,
    });
  }
}
