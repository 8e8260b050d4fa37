import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { untilDone } from '../../core/pipeline/untilDone.ts';
import { startEmbeddedEngine } from '../../core/store/engine/embeddedEngine.ts';
import { migrate } from '../../core/store/migrate.ts';
import { MIGRATIONS } from '../../cli/openStore.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';
import { openFolder } from '../support/openFolder.ts';

let running: TestEngine;

beforeAll(async () => {
  running = await startTestEngine();
  await running.admin.command('CREATE TABLE touchstone.events (id UInt64, name String) ENGINE = MergeTree ORDER BY id');
  await running.admin.command("INSERT INTO touchstone.events VALUES (1, 'a'), (2, 'b'), (3, 'c')");
  await running.admin.command('SYSTEM FLUSH LOGS');
  await running.admin.command('CREATE DATABASE touchstone_private');
  await running.admin.command('CREATE TABLE touchstone_private.secrets (s String) ENGINE = MergeTree ORDER BY s');
});

afterAll(() => running.stop());

describe('the investigator', () => {
  it('reads the database touchstone', async () => {
    const { engine, ask } = running;
    expect(await ask(engine.investigator, 'SELECT sum(id), max(name) FROM touchstone.events')).toEqual({
      text: '6\tc',
      code: undefined,
    });
  });

  it('may set how long its query may take, within bounds', async () => {
    const { engine, ask } = running;
    const sql = 'SELECT count() FROM touchstone.events';
    expect((await ask(engine.investigator, sql, { max_execution_time: '5' })).text).toBe('3');
    expect((await ask(engine.investigator, sql, { max_execution_time: '50' })).code).toBe(452);
    expect((await ask(engine.investigator, sql, { max_execution_time: '0' })).code).toBe(452);
  });

  it.each([
    [497, "SELECT * FROM file('/etc/passwd', 'LineAsString')"],
    [497, "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')"],
    [497, "SELECT * FROM remote('127.0.0.1', 'touchstone', 'events')"],
    [497, "SELECT * FROM mysql('127.0.0.1:1', 'd', 't', 'u', 'p')"],
    [497, "SELECT * FROM s3('http://127.0.0.1:1/bucket/key', 'CSV')"],
    [497, 'SELECT * FROM touchstone_private.secrets'],
    [497, 'SELECT * FROM system.users'],
    [497, 'SELECT * FROM system.query_log'],
    [497, "INSERT INTO touchstone.events VALUES (4, 'd')"],
    [497, 'CREATE TABLE touchstone.mine (a Int8) ENGINE = Memory'],
    [497, 'CREATE TEMPORARY TABLE mine (a Int8)'],
    [497, 'DROP TABLE touchstone.events'],
    [497, 'ALTER TABLE touchstone.events DELETE WHERE 1'],
    [497, 'KILL QUERY WHERE 1'],
    [497, 'SYSTEM SHUTDOWN'],
    [164, 'SELECT 1 SETTINGS readonly = 0'],
    [164, 'SELECT 1 SETTINGS max_memory_usage = 0'],
    [62, 'SELECT 1; SELECT 2'],
    [396, 'SELECT number FROM numbers(1000001)'],
  ])('is refused with code %i: %s', async (code, sql) => {
    const answer = await running.ask(running.engine.investigator, sql, { wait_end_of_query: '1' });
    expect(answer.code, answer.text).toBe(code);
  });
});

describe('the user default', () => {
  const nobody = { user: 'default', password: '' };

  it.each([
    'SELECT * FROM touchstone.events',
    "INSERT INTO touchstone.events VALUES (9, 'x')",
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    "SELECT name FROM system.tables WHERE database = 'touchstone'",
    "SELECT name FROM system.databases WHERE name = 'touchstone'",
    'CREATE DATABASE mine',
    'CREATE TEMPORARY TABLE mine (a Int8)',
    'SELECT * FROM system.users',
    'SYSTEM SHUTDOWN',
    'KILL QUERY WHERE 1',
    "CREATE USER u IDENTIFIED BY 'p'",
  ])('may not: %s', async (sql) => {
    const { text, code } = await running.ask(nobody, sql);
    // Lists of tables and databases can be asked for by anybody; they show what one may read: nothing.
    if (sql.includes('system.')) expect(text === '' || code === 497, text).toBe(true);
    else expect(code, text).toBe(497);
  });
});

describe('the embedded engine', () => {
  it('is started again on the same ports when it is killed; an insert that is retried arrives, and nothing is lost', async () => {
    const { engine, admin, crashes } = running;
    const first = engine.pid();
    expect(first).toBeTypeOf('number');
    process.kill(first!, 'SIGKILL');
    const failures: unknown[] = [];
    const body = new TextEncoder().encode(JSON.stringify({ id: 4, name: 'after' }));
    await untilDone({ signal: AbortSignal.timeout(60_000), onFailure: (error) => failures.push(error) }, () =>
      admin.insertBytes({ table: 'touchstone.events', format: 'JSONEachRow', body }),
    );
    expect(failures).not.toEqual([]);
    expect(crashes).toHaveLength(1);
    expect(crashes[0]).toContain('SIGKILL');
    expect(engine.pid()).not.toBe(first);
    expect(await admin.query('SELECT count() AS n, sum(id) AS ids FROM touchstone.events')).toEqual([
      { n: '4', ids: '10' },
    ]);
    expect(await admin.query('SELECT tcpPort() AS port')).toEqual([{ port: engine.nativePort }]);
  });

  it('is started again as often as it is killed', async () => {
    const { engine, admin, crashes } = running;
    const before = crashes.length;
    for (let kill = 1; kill <= 2; kill++) {
      const pid = engine.pid();
      process.kill(pid!, 'SIGKILL');
      await untilDone({ signal: AbortSignal.timeout(60_000), onFailure: () => undefined }, async () => {
        expect(engine.pid()).not.toBe(pid);
        await admin.query('SELECT 1');
      });
    }
    expect(crashes.length - before).toBe(2);
  });

  it('keeps a log of its queries, in each life anew', async () => {
    const { admin } = running;
    await admin.command('SYSTEM FLUSH LOGS');
    const [row] = await admin.query<{ n: string }>(
      `SELECT count() AS n FROM system.query_log WHERE type = 'QueryFinish' AND query LIKE 'SELECT 1%'`,
    );
    expect(Number(row!.n)).toBeGreaterThan(0);
  });

  it('refuses a folder that another one has open, also on the same port', async () => {
    const { engine, dataDir, admin } = running;
    const httpPort = Number(new URL(engine.url).port);
    for (const port of [0, httpPort])
      await expect(startEmbeddedEngine({ dataDir, database: 'touchstone', httpPort: port })).rejects.toThrow(
        'another process has its data folder open',
      );
    expect(await admin.query('SELECT count() AS n FROM touchstone.events')).toEqual([{ n: '4' }]);
  });

  it('refuses a port that another server has, instead of taking its answers for its own', async () => {
    const folder = await openFolder();
    const httpPort = Number(new URL(running.engine.url).port);
    await expect(startEmbeddedEngine({ dataDir: folder.path, database: 'touchstone', httpPort })).rejects.toThrow(
      `another program has the port ${String(httpPort)}`,
    );
    await folder.remove();
  });

  it('refuses a cluster: replicated tables would swallow what is inserted', async () => {
    await expect(
      migrate(running.admin, { dir: MIGRATIONS, database: 'clustered', ttlDays: 1, cluster: 'main' }),
    ).rejects.toThrow(/cannot replicate.*leave out the cluster main/);
    expect(await running.admin.query("SELECT name FROM system.databases WHERE name = 'clustered'")).toEqual([]);
  });

  it('leaves no process behind when it is stopped, and the data stays', async () => {
    const folder = await openFolder();
    const options = { dataDir: join(folder.path, 'ch'), database: 'touchstone', httpPort: 0 };
    const one = await startEmbeddedEngine(options);
    const pid = one.pid()!;
    const headers = { 'X-ClickHouse-User': one.admin.user, 'X-ClickHouse-Key': one.admin.password };
    for (const sql of ['CREATE DATABASE kept', 'CREATE TABLE kept.t ENGINE = MergeTree ORDER BY n AS SELECT 7 AS n'])
      expect((await fetch(one.url, { method: 'POST', headers, body: sql })).status).toBe(200);
    await one.stop();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await expect(fetch(`${one.url}/ping`)).rejects.toThrow();
    const two = await startEmbeddedEngine(options);
    // The passwords are those of the first start.
    const answer = await fetch(two.url, { method: 'POST', headers, body: 'SELECT n FROM kept.t' });
    expect(await answer.text()).toBe('7\n');
    await two.stop();
    await folder.remove();
  });
});
