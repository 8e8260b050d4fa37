import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MIGRATIONS } from '../../cli/openStore.ts';
import type { Connection } from '../../core/store/connection.ts';
import { migrate, type MigrateOptions, migrationStatements } from '../../core/store/migrate.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';
import { openFolder } from '../support/openFolder.ts';

let running: TestEngine;
let files: readonly string[];

beforeAll(async () => {
  running = await startTestEngine();
  files = (await readdir(MIGRATIONS)).filter((name) => name.endsWith('.sql')).sort();
});

afterAll(() => running.stop());

let databases = 0;
const options = (overrides: Partial<MigrateOptions> = {}): MigrateOptions => ({
  dir: MIGRATIONS,
  database: `fresh_${String(++databases)}`,
  ttlDays: 30,
  ...overrides,
});

/** Every table and view with its definition, the database's own name taken out. */
async function layout(database: string): Promise<readonly { name: string; definition: string }[]> {
  const rows = await running.admin.query<{ name: string; definition: string }>(
    `SELECT concat(database, '.', name) AS name, create_table_query AS definition FROM system.tables
     WHERE database IN ({database:String}, concat({database:String}, '_private')) ORDER BY name`,
    { database },
  );
  return rows.map(({ name, definition }) => ({
    name: name.replaceAll(database, 'db'),
    definition: definition.replaceAll(database, 'db'),
  }));
}

/** A connection that dies after so many statements. */
function dyingAfter(statements: number, connection: Connection): Connection {
  let left = statements;
  return {
    query: (sql, params) => connection.query(sql, params),
    stream: (sql, params) => connection.stream(sql, params),
    queryBytes: (sql, params) => connection.queryBytes(sql, params),
    streamBytes: (sql, params) => connection.streamBytes(sql, params),
    command: (sql, params) => (left-- > 0 ? connection.command(sql, params) : Promise.reject(new Error('killed'))),
    insertBytes: (insert) => (left-- > 0 ? connection.insertBytes(insert) : Promise.reject(new Error('killed'))),
  };
}

/** A copy of the migrations to change. */
async function copied(): Promise<{ dir: string; remove: () => Promise<void> }> {
  const folder = await openFolder();
  const dir = join(folder.path, 'migrations');
  await cp(MIGRATIONS, dir, { recursive: true });
  return { dir, remove: () => folder.remove() };
}

describe('migrate', () => {
  it('applies every file to a fresh database, once', async () => {
    const fresh = options();
    const names = await migrate(running.admin, fresh);
    expect([...names].sort()).toEqual(files);
    const before = await layout(fresh.database);
    expect(before.map(({ name }) => name)).toEqual(
      expect.arrayContaining(
        ['windows', 'aggregates', 'findings', 'alerts', 'deliveries', 'dead_letters', 'audit'].map(
          (view) => `db.${view}`,
        ),
      ),
    );
    expect(await migrate(running.admin, fresh)).toEqual([]);
    expect(await layout(fresh.database)).toEqual(before);
  });

  it('goes on after a kill at any statement, and ends the same', async () => {
    const whole = options();
    await migrate(running.admin, whole);
    const wanted = await layout(whole.database);
    for (const statements of [1, 3, 7, 11, 19, 26, 33]) {
      const killed = options();
      await expect(migrate(dyingAfter(statements, running.admin), killed)).rejects.toThrow('killed');
      expect(await layout(killed.database), String(statements)).not.toEqual(wanted);
      await migrate(running.admin, killed);
      expect(await layout(killed.database), String(statements)).toEqual(wanted);
    }
  });

  it('keeps what is stored when it runs again', async () => {
    const kept = options();
    await expect(migrate(dyingAfter(5, running.admin), kept)).rejects.toThrow('killed');
    await running.admin.command(
      `INSERT INTO ${kept.database}.partition_commits (stream, partition, offset) VALUES ('bids', 's1/a', 7)`,
    );
    await migrate(running.admin, kept);
    expect(await running.admin.query(`SELECT offset FROM ${kept.database}.partitions`)).toEqual([{ offset: '7' }]);
  });

  it('brings a database of each earlier version to the same form', async () => {
    const fresh = options();
    await migrate(running.admin, fresh);
    const wanted = await layout(fresh.database);
    for (const [at, next] of files.entries()) {
      const { dir, remove } = await copied();
      await Promise.all(files.slice(at).map((name) => rm(join(dir, name))));
      const older = options({ dir });
      expect(await migrate(running.admin, older)).toEqual(files.slice(0, at));
      expect(await migrate(running.admin, { ...older, dir: MIGRATIONS })).toEqual(files.slice(at));
      expect(await layout(older.database), next).toEqual(wanted);
      await remove();
    }
  });

  it('refuses a database that was made by a file with another content', async () => {
    const { dir, remove } = await copied();
    const made = options({ dir });
    await migrate(running.admin, made);
    const file = join(dir, files[1]!);
    await writeFile(file, `${await readFile(file, 'utf8')}\n-- changed later\n`);
    await expect(migrate(running.admin, made)).rejects.toThrow(
      `the migration ${files[1]!} is not the one that made the database ${made.database}`,
    );
    await remove();
  });

  it('refuses a database that is ahead, and changes nothing', async () => {
    const { dir, remove } = await copied();
    await writeFile(
      join(dir, '999_later.sql'),
      'CREATE TABLE IF NOT EXISTS {database}.later (a Int8) ENGINE = Memory;',
    );
    const ahead = options({ dir });
    await migrate(running.admin, ahead);
    const before = await layout(ahead.database);
    await expect(migrate(running.admin, { ...ahead, dir: MIGRATIONS })).rejects.toThrow(
      `the database ${ahead.database} is ahead: it has the migration 999_later.sql`,
    );
    expect(await layout(ahead.database)).toEqual(before);
    await remove();
  });

  it('refuses a file whose name has no number', async () => {
    const { dir, remove } = await copied();
    await writeFile(join(dir, 'later.sql'), 'SELECT 1');
    await expect(migrate(running.admin, options({ dir }))).rejects.toThrow(
      'name migrations NNN_name.sql; got later.sql',
    );
    await remove();
  });

  it('keeps rows as long as it is told', async () => {
    const short = options({ ttlDays: 17 });
    await migrate(running.admin, short);
    const tables = (await layout(short.database)).filter(({ definition }) => definition.includes(' TTL '));
    expect(tables.length).toBeGreaterThan(5);
    for (const { name, definition } of tables) expect(definition, name).toContain('toIntervalDay(17)');
  });
});

describe('the same files on a cluster', () => {
  it('lay out replicated tables on all of it, in SQL that the engine accepts', async () => {
    const statements = await migrationStatements(options({ cluster: 'main' }));
    expect(statements.length).toBeGreaterThan(20);
    for (const sql of statements) {
      expect(sql).not.toMatch(/\{(?:on_cluster|ttl_days|engine)/);
      const [formatted] = await running.admin.query<{ sql: string }>('SELECT formatQuery({sql:String}) AS sql', {
        sql,
      });
      expect(formatted!.sql).toMatch(/ON CLUSTER\s+main/);
      if (!sql.startsWith('CREATE TABLE')) continue;
      await running.admin.command(`EXPLAIN AST ${sql}`);
      expect(formatted!.sql).toMatch(
        /ENGINE = ReplicatedReplacingMergeTree\('\/clickhouse\/tables\/\{shard\}\/\{database\}\/\{table\}', '\{replica\}'(?:, \w+)?\)/,
      );
    }
  });

  it('lay out plain tables without a cluster', async () => {
    const plain = options();
    await migrate(running.admin, plain);
    for (const { name, definition } of await layout(plain.database)) {
      expect(definition, name).not.toContain('ON CLUSTER');
      expect(definition, name).not.toContain('Replicated');
    }
  });
});
