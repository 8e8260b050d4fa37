import { createClient } from '@clickhouse/client';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StreamIngest } from '../../core/pipeline/ingest/streamIngest.ts';
import { bidsConfig } from '../support/adStream.ts';
import { CLIENTS, isInstalled, output, resolvedOnce } from '../support/clientCache.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';
import { storeLines } from '../support/storedLines.ts';

const START_MS = Date.UTC(2026, 5, 1, 12);
const FIELDS = {
  ts: 'time',
  server: 'category',
  exchange: 'category',
  priceMicros: 'integer',
  latencyMs: 'number',
  filled: 'boolean',
  url: 'text',
} as const;
const EVENTS = [
  {
    ts: START_MS,
    server: 's1',
    exchange: 'x1',
    priceMicros: 1_250,
    latencyMs: 12.5,
    filled: true,
    url: 'https://a.example/?q=\u00fc',
  },
  {
    ts: START_MS + 1,
    server: 's1',
    exchange: 'x\u00e9"\u{1f600}',
    priceMicros: -1,
    latencyMs: 0.1,
    filled: false,
    url: '',
    note: 'kept',
  },
  { ts: START_MS + 999, server: 's2', exchange: null, priceMicros: null, latencyMs: null, filled: null, url: null },
  {
    ts: START_MS + 86_399_999,
    server: 's2',
    exchange: 'x1',
    priceMicros: Number.MAX_SAFE_INTEGER,
    latencyMs: 1e300,
    filled: true,
    url: 'a\tb\\c',
  },
];
const LINES = EVENTS.map((event) => JSON.stringify(event));

/** What every client is to see. */
const EXPECTED = {
  sum: String(BigInt(Number.MAX_SAFE_INTEGER) + 1_250n),
  events: EVENTS.map(({ ts, server, exchange, priceMicros, latencyMs, filled, url, note }, at) => ({
    offset: LINES.slice(0, at).reduce((bytes, line) => bytes + Buffer.byteLength(line) + 1, 0),
    timeMs: ts,
    server,
    exchange,
    priceMicros: priceMicros === null ? null : String(priceMicros),
    latencyMs,
    filled,
    url,
    rest: note === undefined ? '{}' : JSON.stringify({ note }),
  })),
  refused: 497,
};

const SUM_SQL =
  'SELECT sum(priceMicros) AS sum FROM touchstone.events_bids WHERE exchange = {exchange:String} AND offset >= {from:UInt64}';
const EVENTS_SQL =
  'SELECT offset, time, server, exchange, priceMicros, latencyMs, filled, url, toJSONString(rest) AS rest FROM touchstone.events_bids ORDER BY offset';

let running: TestEngine;
let environment: Record<string, string>;

beforeAll(async () => {
  running = await startTestEngine();
  const { engine, admin } = running;
  const stream = new StreamIngest(
    'bids',
    bidsConfig({ sequence: undefined, fields: FIELDS, cuts: [[]], aggregates: {} }),
    [],
  );
  expect(await storeLines(admin, stream, `${LINES.join('\n')}\n`, 's1/a')).toBe(EVENTS.length);
  await admin.command(
    "CREATE TABLE touchstone.client_rows (client String, id Int64, at DateTime64(3, 'UTC'), tags Array(String), name Nullable(String)) ENGINE = MergeTree ORDER BY id",
  );
  environment = {
    HTTP_PORT: new URL(engine.url).port,
    NATIVE_PORT: String(engine.nativePort),
    READER: engine.investigator.user,
    READER_PASSWORD: engine.investigator.password,
    ADMIN: engine.admin.user,
    ADMIN_PASSWORD: engine.admin.password,
    SUM_SQL,
    EVENTS_SQL,
    JDBC_SUM_SQL: SUM_SQL.replace('{exchange:String}', '?').replace('{from:UInt64}', '?'),
  };
});

afterAll(() => running.stop());

/** What a client inserted: 1,000 rows; every second one has a name. */
async function expectInserted(client: string): Promise<void> {
  const rows = await running.admin.query(
    `SELECT count() AS n, sum(id) AS ids, toUnixTimestamp64Milli(min(at)) AS first, toUnixTimestamp64Milli(max(at)) AS last,
       groupUniqArray(tags) AS tags, count(name) AS names, any(if(id = 998, name, NULL)) AS last_name
     FROM touchstone.client_rows WHERE client = {client:String}`,
    { client },
  );
  expect(rows).toEqual([
    {
      n: '1000',
      ids: '499500',
      first: String(START_MS),
      last: String(START_MS + 999),
      tags: [['a', 'b']],
      names: '500',
      last_name: 'n\u00e4me 998',
    },
  ]);
}

const rowsOf = (client: string): { client: string; id: number; at: string; tags: string[]; name: string | null }[] =>
  Array.from({ length: 1_000 }, (_, id) => ({
    client,
    id,
    at: new Date(START_MS + id).toISOString().slice(0, -1).replace('T', ' '),
    tags: ['a', 'b'],
    name: id % 2 === 0 ? `n\u00e4me ${String(id)}` : null,
  }));

describe('a client that nobody here wrote sees the engine as ClickHouse:', () => {
  it('curl', async () => {
    const curl = (user: 'READER' | 'ADMIN', body: string, query = '', ...more: string[]): Promise<string> =>
      output('curl', [
        ...['-sS', '--user', `${environment[user]!}:${environment[`${user}_PASSWORD`]!}`],
        ...['--data-binary', body, ...more],
        `${running.engine.url}/?database=touchstone${query}`,
      ]);
    const sum = await curl('READER', SUM_SQL, '&param_exchange=x1&param_from=0');
    const lines = (await curl('READER', `${EVENTS_SQL} FORMAT JSONEachRow`)).trim().split('\n');
    const events = lines.map((line) => {
      const { time, ...event } = JSON.parse(line) as Record<string, string>;
      // Beyond JavaScript's numbers only as text.
      const priceMicros = /"priceMicros":(-?\d+)/.exec(line)?.[1] ?? null;
      return { ...event, timeMs: Date.parse(`${time!.replace(' ', 'T')}Z`), priceMicros };
    });
    const inserted = rowsOf('curl').map((row) => JSON.stringify(row));
    expect(await curl('ADMIN', `INSERT INTO client_rows FORMAT JSONEachRow\n${inserted.join('\n')}`)).toBe('');
    const refusal = await curl('READER', "INSERT INTO client_rows (client, id) SELECT 'curl', 1", '', '-i');
    const refused = Number(/x-clickhouse-exception-code: (\d+)/i.exec(refusal)?.[1]);
    expect({ sum: sum.trim(), events, refused }).toEqual(EXPECTED);
    await expectInserted('curl');
  });

  it('@clickhouse/client', async () => {
    const { url, investigator, admin } = running.engine;
    const reader = createClient({ url, username: investigator.user, password: investigator.password });
    const writer = createClient({ url, username: admin.user, password: admin.password });
    const [row] = await (
      await reader.query({ query: SUM_SQL, query_params: { exchange: 'x1', from: 0 }, format: 'JSONStringsEachRow' })
    ).json<{ sum: string }>();
    const rows = await (
      await reader.query({ query: EVENTS_SQL, format: 'JSONEachRow' })
    ).json<{ time: string; priceMicros: number | null }>();
    const events = rows.map(({ time, priceMicros, ...event }) => ({
      ...event,
      timeMs: Date.parse(`${time.replace(' ', 'T')}Z`),
      priceMicros: priceMicros === null ? null : String(priceMicros),
    }));
    await writer.insert({ table: 'touchstone.client_rows', values: rowsOf('node'), format: 'JSONEachRow' });
    const refused = await reader
      .command({ query: "INSERT INTO touchstone.client_rows (client, id) SELECT 'node', 1" })
      .then(
        () => 0,
        (error: unknown) => Number((error as { code: string }).code),
      );
    expect({ sum: row!.sum, events, refused }).toEqual(EXPECTED);
    await expectInserted('node');
    await Promise.all([reader.close(), writer.close()]);
  });

  it('clickhouse-connect (Python)', async () => {
    const source = join('python', 'requirements.txt');
    const folder = await resolvedOnce('python', [source], async (fresh) => {
      await output('python3', ['-m', 'venv', fresh]);
      await output(join(fresh, 'bin', 'pip'), ['install', '--quiet', '--no-deps', '-r', join(CLIENTS, source)]);
    });
    const said = await output(join(folder, 'bin', 'python'), [join(CLIENTS, 'python', 'client.py')], {
      env: environment,
    });
    expect(JSON.parse(said)).toEqual(EXPECTED);
    await expectInserted('python');
  });

  it('the JDBC driver (Java)', async () => {
    const pom = join('jdbc', 'pom.xml');
    const folder = await resolvedOnce('jdbc', [pom], async (fresh) => {
      await output('mvn', [
        ...['--quiet', '--batch-mode', '--file', join(CLIENTS, pom)],
        ...['dependency:copy-dependencies', `-DoutputDirectory=${fresh}`],
      ]);
    });
    const said = await output('java', ['--class-path', join(folder, '*'), join(CLIENTS, 'jdbc', 'Client.java')], {
      env: environment,
    });
    expect(JSON.parse(said)).toEqual(EXPECTED);
    await expectInserted('jdbc');
  });

  it('clickhouse-go, over the native protocol', async ({ skip }) => {
    if (!(await isInstalled('go', 'version'))) {
      console.warn('\n*** NOT TESTED: clickhouse-go over the native protocol, since go is not installed ***\n');
      skip();
    }
    const cwd = join(CLIENTS, 'go');
    const sources = ['go.mod', 'go.sum', 'main.go'].map((name) => join('go', name));
    const folder = await resolvedOnce('go', sources, async (fresh) => {
      await output('go', ['build', '-mod=readonly', '-o', join(fresh, 'client'), '.'], { cwd });
    });
    expect(JSON.parse(await output(join(folder, 'client'), [], { env: environment }))).toEqual(EXPECTED);
    await expectInserted('go');
  });
});
