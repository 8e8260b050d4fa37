import type { Connection } from './connection.ts';

/** Something else after each insert into one of the tables, since their parts are others; merges may change it, too. A few milliseconds, however much they hold. */
export async function tablesVersion(
  connection: Connection,
  database: string,
  tables: readonly string[],
): Promise<string> {
  const [row] = await connection.query<{ version: string }>(
    `SELECT toString(groupBitXor(cityHash64(table, name))) AS version FROM system.parts
     WHERE active AND database = {database:String} AND table IN ({tables:Array(String)})`,
    { database, tables },
  );
  return row?.version ?? '';
}
