import type { StreamSchema } from '../events/stream.ts';
import type { Connection } from './connection.ts';
import type { EventShards, Spread } from './eventShards.ts';
import { distributedTableStatement, eventTableStatement } from './eventTable.ts';
import { fitColumns } from './fitColumns.ts';

/** A stream whose tables are laid out. */
export interface LaidOut {
  readonly schema: StreamSchema;
  readonly retentionDays: number;
}

/**
 * Lays out the tables of a stream's raw events on the home, and on all shards where there are any; safe at each start. Throws RangeError where what is
 * stored does not fit what is declared, and where the shards are not those that the home reads.
 */
export async function layOutEvents(home: Connection, shards: EventShards, laidOut: LaidOut): Promise<void> {
  const { database, spread } = shards;
  const { schema } = laidOut;
  await refuseOther(home, shards, schema.name);
  const statement = eventTableStatement(schema, { ...laidOut, table: shards.rowsTable(schema.name) });
  if (spread === undefined) {
    await home.command(statement);
    await fitEvents(home, shards, schema);
    return;
  }
  for (const { connection } of spread.shards) {
    for (const claims of await claimStatements(home, database)) await connection.command(claims);
    await connection.command(statement);
  }
  await home.command(distributedTableStatement(schema, { database, cluster: spread.cluster }));
  await fitEvents(home, shards, schema);
  await refuseStrangers(home, shards, { ...spread, stream: schema.name });
}

/** Makes the columns of the tables that are there fit the config; throws RangeError where that loses something. */
export async function fitEvents(home: Connection, shards: EventShards, schema: StreamSchema): Promise<void> {
  for (const connection of shards.beside) await fitColumns(connection, shards.rowsTable(schema.name), schema);
  await fitColumns(home, `${shards.database}.events_${schema.name}`, schema);
}

/** A table of the other kind is there: rows of it would not be seen, and would be stored again. */
async function refuseOther(home: Connection, { database, spread }: EventShards, stream: string): Promise<void> {
  const name = `events_${stream}`;
  const [table] = await home.query<{ engine: string }>(
    'SELECT engine FROM system.tables WHERE database = {database:String} AND name = {name:String}',
    { database, name },
  );
  if (table === undefined || (table.engine === 'Distributed') === (spread !== undefined)) return;
  throw new RangeError(
    spread === undefined
      ? `${name} is spread over shards, and the config names none: give clickhouse.cluster and clickhouse.shards as they were`
      : `${name} holds rows on the server of clickhouse.url itself: make this server one of clickhouse.shards and RENAME TABLE ${database}.${name} TO ${database}.event_rows_${stream}; or use another database`,
  );
}

/** The claims' tables as the home has them, and nothing else: whoever asks a shard for what only the home has gets an error, not an empty answer. */
async function claimStatements(home: Connection, database: string): Promise<readonly string[]> {
  const tables = await home.query<{ sql: string }>(
    `SELECT create_table_query AS sql FROM system.tables WHERE database = {database:String} AND name IN ('claim_rows', 'claims') ORDER BY name`,
    { database },
  );
  return [
    `CREATE DATABASE IF NOT EXISTS ${database}`,
    ...tables.map(({ sql }) => sql.replace(/^CREATE (TABLE|VIEW) /, 'CREATE $1 IF NOT EXISTS ')),
  ];
}

/** What is written must be what is read: each table has an identity, and both ways lead to the same ones. */
async function refuseStrangers(
  home: Connection,
  shards: EventShards,
  { cluster, shards: written, stream }: Spread & { readonly stream: string },
): Promise<void> {
  const named = { database: shards.database, name: `event_rows_${stream}` };
  const where = 'database = {database:String} AND name = {name:String}';
  const through = await home.query<{ id: string }>(
    `SELECT uuid::String AS id FROM clusterAllReplicas('${cluster}', system.tables) WHERE ${where}`,
    named,
  );
  const read = new Set(through.map(({ id }) => id));
  for (const { url, connection } of written) {
    const [table] = await connection.query<{ id: string }>(
      `SELECT uuid::String AS id FROM system.tables WHERE ${where}`,
      named,
    );
    if (!read.delete(table?.id ?? ''))
      throw new RangeError(
        `the cluster ${cluster} does not lead to the shard ${url}: give the server of clickhouse.url a <remote_servers> with exactly the servers of clickhouse.shards, each once`,
      );
  }
  if (read.size > 0)
    throw new RangeError(
      `the cluster ${cluster} has ${String(read.size)} more server(s) than clickhouse.shards: name each of them, once`,
    );
}
