import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MIGRATIONS, openStore } from '../../cli/openStore.ts';
import { type Config, parseConfig } from '../../core/config/config.ts';
import { replay } from '../../core/pipeline/replay/replay.ts';
import type { DeadLetterReport } from '../../core/pipeline/replay/replayDeadLetters.ts';
import { StreamIngest } from '../../core/pipeline/ingest/streamIngest.ts';
import type { Connection } from '../../core/store/connection.ts';
import { migrate } from '../../core/store/migrate.ts';
import { fitColumns } from '../../core/store/fitColumns.ts';
import { wallClock } from '../../core/time/wallClock.ts';
import { type Declared, type LogTruth, truthOf } from '../support/logTruth.ts';
import { openFolder } from '../support/openFolder.ts';
import * as stored from '../support/storedTotals.ts';
import { freePort } from '../../core/store/engine/freePort.ts';
import { runCli, until } from '../support/touchstoneChild.ts';
import { startWholeRun } from '../support/wholeRun.ts';

const START_MS = Date.UTC(2026, 0, 1);
const FIELDS = {
  ts: 'time',
  server: 'category',
  exchange: 'category',
  priceMicros: 'integer',
  campaign: 'integer',
  zone: 'integer',
};
const REPAIRED = { ...FIELDS, campaign: 'text' };
const REPAIRED_AGAIN = { ...REPAIRED, zone: 'text' };

let folder: Awaited<ReturnType<typeof openFolder>>;
let logs = '';

/** The config as it was first, or with its repairs. */
function configOf(fields: Readonly<Record<string, string>>): Config {
  const parsed = parseConfig({
    data: join(folder.path, 'data'),
    api: { port: 0 },
    clickhouse: { port: 0 },
    source: { kind: 'files', dirs: [logs] },
    ingest: { rowsMax: 20, idleMsMax: 0 },
    streams: {
      bids: { fields, cuts: [[], ['exchange']], aggregates: { priceMicros: { sum: 'priceMicros' } }, metrics: {} },
    },
    plugins: {},
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

/** A log of 90 lines in three windows: without the field, then with one that is a text, which is another type than declared first; each tenth line is none at all. */
function writeLog(server: string, field: 'campaign' | 'zone'): void {
  const lines = Array.from({ length: 90 }, (_, at) =>
    at % 10 === 9
      ? `{"cut`
      : JSON.stringify({
          ts: START_MS + at * 2_000,
          server,
          exchange: `x${String(at % 3)}`,
          priceMicros: at * 11,
          ...(at < 30 ? {} : { [field]: `c-${String(at)}` }),
        }),
  );
  mkdirSync(join(logs, 'bids', server), { recursive: true });
  writeFileSync(join(logs, 'bids', server, 'a.ndjson'), `${lines.join('\n')}\n`);
  writeFileSync(join(logs, 'bids', server, 'a.manifest.json'), JSON.stringify({ server, stream: 'bids', events: 90 }));
}

async function live(config: Config): Promise<void> {
  const bytes = truth(FIELDS).files.reduce((sum, file) => sum + file.bytes, 0);
  const run = await startWholeRun(config);
  try {
    await until('all is stored', async () => {
      const [row] = await run.store.connection.query<{ n: string }>(
        'SELECT sum(offset) AS n FROM touchstone.partitions WHERE closed',
      );
      return Number(row?.n) === bytes;
    });
  } finally {
    await run.stop();
  }
}

const declared = (fields: Readonly<Record<string, string>>): Declared => ({
  time: 'ts',
  fields,
  sums: ['priceMicros'],
});
const truth = (fields: Readonly<Record<string, string>>): LogTruth => truthOf([logs], { bids: declared(fields) });

async function letters(config: Config): Promise<DeadLetterReport & { code: number }> {
  const file = join(folder.path, 'touchstone.config.json');
  writeFileSync(file, JSON.stringify(config));
  const run = await runCli(['replay', '--dead-letters', '--config', file, '--json'], {
    dataDir: config.data,
    clickhousePort: await freePort(),
  });
  if (run.stdout === '') throw new Error(run.stderr);
  return { code: run.code, ...(JSON.parse(run.stdout) as DeadLetterReport) };
}

async function asked<Value>(question: (connection: Connection) => Promise<Value>): Promise<Value> {
  const store = await openStore(configOf(REPAIRED), pino({ level: 'error' }));
  try {
    return await question(store.connection);
  } finally {
    await store.close();
  }
}

/** Raw rows, and aggregates of both cuts, are those of the truth. */
const expectTruth = (expected: LogTruth): Promise<void> =>
  asked(async (connection) => {
    const { rows, unique } = await stored.rowCounts(connection, 'bids');
    expect(rows).toBe(unique);
    expect(await stored.rawTotals(connection, 'bids', declared(FIELDS))).toEqual(stored.told(expected.servers));
    for (const [aggregate, cut] of [
      ['events', 'server'],
      ['events', ''],
      ['priceMicros', ''],
    ] as const)
      expect(await stored.aggregateValues(connection, { stream: 'bids', cut, aggregate })).toEqual(
        stored.trueValues(expected, 'bids', aggregate, cut),
      );
  });

beforeAll(async () => {
  folder = await openFolder();
  logs = join(folder.path, 'logs');
  writeLog('s1', 'campaign');
  await live(configOf(FIELDS));
}, 120_000);

afterAll(async () => {
  await folder.remove();
});

describe('replay of dead letters', () => {
  it('leaves them what they are while the config is what it was', async () => {
    expect(await letters(configOf(FIELDS))).toEqual({ code: 1, resolved: 0, remaining: 9 + 54 });
    await expectTruth(truth(FIELDS));
  });

  it('makes events of them after the repair, exactly once, though it is run twice', async () => {
    expect(await letters(configOf(REPAIRED))).toEqual({ code: 1, resolved: 54, remaining: 9 });
    await expectTruth(truth(REPAIRED));
    expect(await letters(configOf(REPAIRED))).toEqual({ code: 1, resolved: 0, remaining: 9 });
    await expectTruth(truth(REPAIRED));
  });

  it('counts them once when it was killed before it had stored all rows, or marked anything', async () => {
    await asked(async (connection) => {
      await connection.command(`DELETE FROM touchstone.events_bids WHERE campaign LIKE 'c-%' AND offset % 2 = 0`);
      await connection.command(
        `INSERT INTO touchstone.dead_letter_rows SELECT * REPLACE (now64(3) AS arrivedAt, NULL AS resolvedAt) FROM touchstone.dead_letter_rows FINAL`,
      );
    });
    expect(await letters(configOf(REPAIRED))).toEqual({ code: 1, resolved: 54, remaining: 9 });
    await expectTruth(truth(REPAIRED));
  });

  it('leaves a store of which a replay of events says that all is equal', async () => {
    await asked(async (connection) => {
      await migrate(connection, { dir: MIGRATIONS, database: 'touchstone_again', ttlDays: 3_650 });
      const { aggregates } = await replay({
        config: configOf(REPAIRED),
        connection,
        plugins: [],
        span: { fromMs: START_MS, toMs: START_MS + 600_000 },
        into: 'touchstone_again',
        clock: wallClock,
        onProgress: () => undefined,
      });
      expect(aggregates).toEqual({ live: aggregates.live, replayed: aggregates.live, different: 0 });
      expect(aggregates.live).toBeGreaterThan(54);
    });
  });

  it('leaves what ingestion will read again to it, and counts nothing twice after that', async () => {
    writeLog('s2', 'zone');
    await live(configOf(REPAIRED));
    await asked((connection) =>
      connection.command(`DELETE FROM touchstone.partition_commits WHERE partition = 's2/a'`),
    );
    expect(await letters(configOf(REPAIRED_AGAIN))).toEqual({ code: 1, resolved: 0, remaining: 9 });
    await live(configOf(REPAIRED_AGAIN));
    expect((await letters(configOf(REPAIRED_AGAIN))).resolved).toBe(54);
    await expectTruth(truth(REPAIRED_AGAIN));
  });

  it('refuses a repair that would lose what is stored', async () => {
    const config = configOf({ ...FIELDS, campaign: 'boolean' });
    const schema = new StreamIngest('bids', config, []).schema;
    await expect(asked((connection) => fitColumns(connection, 'touchstone.events_bids', schema))).rejects.toThrow(
      'campaign as Nullable(String), which cannot become Nullable(Bool)',
    );
  });
});
