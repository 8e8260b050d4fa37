import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connection } from './connection.ts';
import { jsonRows } from './insertBodies.ts';
import { splitStatements } from './splitStatements.ts';

/** Where migrations come from and what their placeholders mean. */
export interface MigrateOptions {
  readonly dir: string;
  readonly database: string;
  readonly ttlDays: number;
  /** Name of a ClickHouse cluster with replication; the same files then lay out replicated tables on it. */
  readonly cluster?: string;
}

/** A numbered file of statements. */
interface Migration {
  readonly number: number;
  readonly name: string;
  /** Placeholders filled in. */
  readonly statements: readonly string[];
  /** Of the file as it is. */
  readonly checksum: string;
}

/**
 * Brings the database to the newest form: `NNN_name.sql`, forward only, one statement at a time. Every statement may be repeated (IF NOT EXISTS, OR REPLACE),
 * so a start after a kill in the middle simply runs the file again. Throws when the database was made by other or newer migrations.
 */
export async function migrate(connection: Connection, options: MigrateOptions): Promise<readonly string[]> {
  const { database } = options;
  if (options.cluster !== undefined) await refuseWithoutKeeper(connection, options.cluster);
  for (const statement of groundwork(options)) await connection.command(statement);
  const missing = await notApplied(connection, options);
  for (const { number, name, statements, checksum } of missing) {
    for (const statement of statements) await connection.command(statement);
    await connection.insertBytes({
      table: `${database}.schema_migrations`,
      format: 'JSONEachRow',
      body: jsonRows([{ number, name, checksum }]),
    });
  }
  return missing.map(({ name }) => name);
}

/** What the database lacks; changes nothing. Throws as `migrate` does, and when there is no such database. */
export async function missingMigrations(connection: Connection, options: MigrateOptions): Promise<readonly string[]> {
  return (await notApplied(connection, options)).map(({ name }) => name);
}

async function notApplied(connection: Connection, options: MigrateOptions): Promise<readonly Migration[]> {
  const { database } = options;
  const wanted = await readMigrations(options);
  const applied = await connection.query<{ number: number; name: string; checksum: string }>(
    `SELECT number, name, checksum FROM ${database}.schema_migrations FINAL ORDER BY number`,
  );
  refuseStrangers(wanted, applied, database);
  return wanted.filter(({ number }) => !applied.some((known) => known.number === number));
}

/** Without a Keeper a replicated table is made without an error, takes inserts and keeps nothing. The embedded engine never has one. */
async function refuseWithoutKeeper(connection: Connection, cluster: string): Promise<void> {
  const [row] = await connection.query<{ n: string }>(
    `SELECT count() AS n FROM system.tables WHERE database = 'system' AND name = 'zookeeper'`,
  );
  if (row?.n === '0')
    throw new RangeError(
      `this ClickHouse cannot replicate: it has no Keeper (the embedded one never has), and replicated tables would swallow what is inserted; leave out the cluster ${cluster}, or set CLICKHOUSE_URL to a server of it`,
    );
}

/** Every statement that a fresh database is told, in order. */
export async function migrationStatements(options: MigrateOptions): Promise<readonly string[]> {
  return [...groundwork(options), ...(await readMigrations(options)).flatMap(({ statements }) => statements)];
}

/** What must be there before it can be asked what was applied. */
const groundwork = (options: MigrateOptions): readonly string[] =>
  [
    'CREATE DATABASE IF NOT EXISTS {database} {on_cluster}',
    'CREATE TABLE IF NOT EXISTS {database}.schema_migrations {on_cluster} (number UInt32, name String, checksum String, appliedAt DateTime DEFAULT now()) ENGINE = {engine:ReplacingMergeTree(appliedAt)} ORDER BY number',
  ].map((statement) => substituted(statement, options));

async function readMigrations(options: MigrateOptions): Promise<Migration[]> {
  const { dir } = options;
  const names = (await readdir(dir)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const number = Number.parseInt(name, 10);
      if (!/^\d{3}_[a-z0-9_]+\.sql$/.test(name)) throw new RangeError(`name migrations NNN_name.sql; got ${name}`);
      const sql = await readFile(join(dir, name), 'utf8');
      return {
        number,
        name,
        statements: splitStatements(substituted(sql, options)),
        checksum: createHash('sha256').update(sql).digest('hex'),
      };
    }),
  );
}

function refuseStrangers(
  wanted: readonly Migration[],
  applied: readonly { number: number; name: string; checksum: string }[],
  database: string,
): void {
  for (const known of applied) {
    const own = wanted.find(({ number }) => number === known.number);
    if (own === undefined)
      throw new RangeError(
        `the database ${database} is ahead: it has the migration ${known.name}, which this version does not know; start a newer version`,
      );
    if (own.checksum !== known.checksum)
      throw new RangeError(
        `the migration ${own.name} is not the one that made the database ${database}: migrations are never changed, add another one`,
      );
  }
}

/** Fills in the placeholders: `{database}`, `{on_cluster}`, `{ttl_days}`, and `{engine:X(...)}`, which becomes ReplicatedX on a cluster. */
function substituted(sql: string, { database, ttlDays, cluster }: MigrateOptions): string {
  const engine = (name: string, parameters: string): string => {
    if (cluster === undefined) return `${name}(${parameters})`;
    const path = `'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'`;
    return `Replicated${name}(${[path, parameters].filter((part) => part !== '').join(', ')})`;
  };
  return sql
    .replaceAll('{database}', database)
    .replaceAll('{on_cluster}', cluster === undefined ? '' : `ON CLUSTER '${cluster}'`)
    .replaceAll('{ttl_days}', String(ttlDays))
    .replaceAll(/\{engine:(\w+)\(([^)]*)\)\}/g, (_, name: string, parameters: string) => engine(name, parameters));
}
