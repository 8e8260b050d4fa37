import { fenceCondition } from './fence.ts';
import type { Connection, Insert } from './connection.ts';

/** An INSERT whose data follow, with its bound parameters as ClickHouse reads them from text. */
export interface InsertStatement {
  readonly sql: string;
  readonly params: Readonly<Record<string, string>>;
}

/**
 * The statement of an insert. A fenced one goes through `input()`, where it can have a condition: the engine looks at the claims when it has
 * registered the query and before it stores anything, so an insert that the claims let through is one that the next owner sees running.
 */
export class InsertStatements {
  readonly #query: Connection['query'];
  /** Of the tables that are written with a fence: what they are made of. */
  readonly #columns = new Map<string, Promise<readonly Column[]>>();

  constructor(query: Connection['query']) {
    this.#query = query;
  }

  async sql({ table, format, fence }: Insert): Promise<InsertStatement> {
    if (fence === undefined) return { sql: `INSERT INTO ${table} FORMAT ${format}`, params: {} };
    const columns = await this.#columnsOf(table);
    const [database = ''] = table.split('.');
    const { sql, params } = fenceCondition(database, fence);
    const names = columns.map(({ name }) => `\`${name}\``).join(', ');
    const structure = columns.map(({ name, type }) => `\`${name}\` ${type}`).join(', ');
    return {
      sql: `INSERT INTO ${table} (${names}) SELECT ${names} FROM input('${escaped(structure)}') WHERE ${sql} FORMAT ${format}`,
      params: Object.fromEntries(Object.entries(params).map(([name, texts]) => [name, arrayText(texts)])),
    };
  }

  async #columnsOf(table: string): Promise<readonly Column[]> {
    const known = this.#columns.get(table);
    if (known !== undefined) return known;
    const asked = this.#query<Column & { default_type: string }>(`DESCRIBE TABLE ${table}`).then((rows) =>
      rows.filter(({ default_type }) => default_type === '' || default_type === 'DEFAULT'),
    );
    this.#columns.set(table, asked);
    asked.catch(() => this.#columns.delete(table));
    return asked;
  }
}

interface Column {
  readonly name: string;
  readonly type: string;
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");

/** An array of strings as the value of a query parameter. */
const arrayText = (texts: readonly string[]): string => `[${texts.map((text) => `'${escaped(text)}'`).join(',')}]`;
