import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditStream, saveAudit } from '../../core/store/auditStore.ts';
import { type ClosableConnection, connectClickHouse } from '../../core/store/clickhouse.ts';
import { type EmbeddedEngine, startEmbeddedEngine } from '../../core/store/engine/embeddedEngine.ts';
import { SUMMED_FIELDS } from '../../fleet/stream.ts';
import { randomOf, unitOf } from '../../fleet/rng.ts';
import { DECLARED, END_MS, ledgerTotals, MINUTES, STREAMS, writeFleets } from '../support/faultyFleets.ts';
import { type LogTruth, truthOf } from '../support/logTruth.ts';
import * as stored from '../support/storedTotals.ts';
import { freePort } from '../../core/store/engine/freePort.ts';
import { isAlive, TouchstoneChild, until, wait } from '../support/touchstoneChild.ts';

/** Deaths: of the process (half of them with its engine in the same moment), and of the engine alone. */
const LIVES = 12;
const SEED = 20_261_124;
/** How long the fleets take to write their logs. */
const WRITING_MS = 60_000;

const dir = mkdtempSync(join(tmpdir(), 'kill-'));
// The engine's own user must pass through it, when we are root.
chmodSync(dir, 0o711);
const dataDir = join(dir, 'data');
const fleets = ['plain', 'gzip', 'zstd'].map((name) => join(dir, name));
const configFile = join(dir, 'touchstone.config.json');
const random = randomOf(SEED, 'kills');
const between = (lowMs: number, highMs: number): number => lowMs + unitOf(random) * (highMs - lowMs);

let port = 0;
let child: TouchstoneChild;
let engine: EmbeddedEngine | undefined;
let connection: ClosableConnection | undefined;
const deaths = { process: 0, engine: 0, inDoubt: 0 };
let truth: LogTruth;

const admin = (): { user: string; password: string } =>
  (
    JSON.parse(readFileSync(join(dataDir, 'clickhouse/users.json'), 'utf8')) as {
      admin: { user: string; password: string };
    }
  ).admin;
const connect = (): ClosableConnection => connectClickHouse({ url: `http://127.0.0.1:${String(port)}`, ...admin() });
const startEngine = (): Promise<EmbeddedEngine> =>
  startEmbeddedEngine({ dataDir: join(dataDir, 'clickhouse'), database: 'touchstone', httpPort: port });

async function startChild(): Promise<void> {
  child = new TouchstoneChild({ configFile, dataDir, clickhousePort: port });
  await child.answers();
}

/** Kills the engine's host alone; the process starts it again. */
async function killEngine(): Promise<void> {
  const pid = child.hostPid();
  if (pid === undefined) return;
  process.kill(pid, 'SIGKILL');
  deaths.engine++;
  await until('the killed engine is gone', () => !isAlive(pid));
  await child.answers();
}

/** Kills the process; with `both`, its engine too, at once. */
async function killChild(both: boolean): Promise<void> {
  const pid = child.hostPid();
  child.kill('SIGKILL');
  if (both && pid !== undefined) {
    process.kill(pid, 'SIGKILL');
    deaths.engine++;
  }
  deaths.process++;
  await child.exited;
  if (pid !== undefined) await until('the engine has ended with its process', () => !isAlive(pid));
}

/** Asks the engine alone, before anything of ours runs, whether rows or cells are there that no commit knows. */
async function isInDoubt(): Promise<boolean> {
  const alone = await startEngine();
  const asked = connect();
  try {
    const [laidOut] = await asked.query<{ n: string }>(
      `SELECT count() AS n FROM system.tables WHERE database = 'touchstone' AND name LIKE 'events\\_%'`,
    );
    if (Number(laidOut?.n) < STREAMS.length) return false;
    const above = STREAMS.map(
      (stream) =>
        `SELECT '${stream}' AS stream, partition::String AS partition, max(offset) + 1 AS reached FROM touchstone.events_${stream} GROUP BY partition`,
    );
    const cells = `SELECT stream::String, partition, max(through) AS reached FROM touchstone.aggregate_cells GROUP BY stream, partition`;
    const [row] = await asked.query<{ n: string }>(
      `SELECT count() AS n FROM (${[...above, cells].join(' UNION ALL ')}) AS r
       LEFT JOIN touchstone.partitions AS p ON p.stream = r.stream AND p.partition = r.partition WHERE r.reached > p.offset`,
    );
    return row?.n !== '0';
  } finally {
    await asked.close();
    await alone.stop();
  }
}

async function caughtUp(): Promise<void> {
  const asked = connect();
  const expected = stored
    .byName(truth.files.filter(({ bytes }) => bytes > 0))
    .map(({ stream, partition, bytes }) => ({ stream, partition, bytes }));
  try {
    await until('everything is stored', async () => {
      const files = await asked.query<{ stream: string; partition: string; bytes: string }>(
        'SELECT stream::String AS stream, partition, offset AS bytes FROM touchstone.partitions',
      );
      const reached = new Map(files.map(({ stream, partition, bytes }) => [`${stream} ${partition}`, Number(bytes)]));
      return expected.every(({ stream, partition, bytes }) => reached.get(`${stream} ${partition}`) === bytes);
    });
  } finally {
    await asked.close();
  }
}

beforeAll(async () => {
  port = await freePort();
  writeFileSync(
    configFile,
    JSON.stringify({
      ...{ source: { kind: 'files', dirs: fleets, pollMs: 20 }, limits: { horizonDays: 36_500 } },
      ...{ ingest: { rowsMax: 100, ageMsMax: 100, idleMsMax: 0 }, streams: DECLARED.config },
    }),
  );
  const written = writeFleets(fleets, WRITING_MS);
  for (let life = 0; life < LIVES; life++) {
    await startChild();
    if (life % 2 === 1) {
      await child.isUp();
      await wait(between(100, 1_000));
      await killEngine();
    }
    await wait(between(700, 2_500));
    await killChild(life % 4 >= 2);
    if (await isInDoubt()) deaths.inDoubt++;
  }
  await startChild();
  await written;
  truth = truthOf(fleets, DECLARED.truth);
  await caughtUp();
  child.kill('SIGTERM');
  expect(await child.exited).toBe(0);
  engine = await startEngine();
  connection = connect();
}, 300_000);

afterAll(async () => {
  child.kill('SIGKILL');
  await connection?.close();
  await engine?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const store = (): ClosableConnection => {
  if (connection === undefined) throw new Error('the fleets were not read');
  return connection;
};

describe(`a fleet of ${String(MINUTES)} minutes, with every fault of lines there is, read by a process that is killed again and again`, () => {
  it('was killed at least 20 times, and found doubtful batches when it came back', () => {
    expect(deaths.process + deaths.engine).toBeGreaterThanOrEqual(20);
    if (deaths.inDoubt === 0) throw new Error('no restart found rows or cells above a commit: this run proves nothing');
  });

  it('wrote what its ledger says', () => {
    expect(stored.told(truth.decodable)).toEqual(stored.told(ledgerTotals(fleets)));
    expect(truth.files.reduce((sum, { problems }) => sum + problems, 0)).toBeGreaterThan(100);
    expect(Math.max(...[...truth.servers.keys()].map((key) => Number(key.split(' ')[2])))).toBeLessThan(
      END_MS + 600_000,
    );
  });

  it.each(STREAMS)('has every row of %s once', async (stream) => {
    const { rows, unique } = await stored.rowCounts(store(), stream);
    expect(rows).toBe(unique);
    expect(rows).toBe(
      truth.files.filter((file) => file.stream === stream).reduce((sum, { events }) => sum + events, 0),
    );
  });

  it.each(STREAMS)('has every count and sum of %s, by server and window', async (stream) => {
    expect(await stored.rawTotals(store(), stream, DECLARED.truth[stream])).toEqual(stored.told(truth.servers, stream));
  });

  it('has every line that is no event as a dead letter of its file, and every file to its last byte', async () => {
    const files = await stored.storedFiles(store());
    expect(stored.byName(files.filter(({ bytes }) => bytes > 0))).toEqual(
      stored.byName(truth.files.filter(({ bytes }) => bytes > 0)),
    );
    const known = new Set(truth.files.map(({ stream, partition }) => `${stream} ${partition}`));
    expect(files.filter(({ stream, partition }) => !known.has(`${stream} ${partition}`))).toEqual([]);
  });

  it.each(['requests', 'impressions', 'clicks'] as const)(
    'has aggregates of %s that are equal to the truth',
    async (stream) => {
      expect(await stored.aggregateValues(store(), { stream, cut: 'server', aggregate: 'events' })).toEqual(
        stored.trueValues(truth, stream, 'events', 'server'),
      );
      for (const aggregate of ['events', ...SUMMED_FIELDS[stream]])
        expect(await stored.aggregateValues(store(), { stream, cut: '', aggregate })).toEqual(
          stored.trueValues(truth, stream, aggregate, ''),
        );
    },
  );

  it.each(DECLARED.judged)('has aggregates of $stream by $cut that are equal to a recomputation', async (cut) => {
    const { compared, different } = await stored.againstRawRows(store(), cut);
    expect(compared).toBeGreaterThan(100);
    expect(different).toBe(0);
  });

  it('holds its audit', async () => {
    for (const stream of STREAMS) {
      const audited = {
        stream,
        kind: stream === 'packets' ? 'packets' : 'events',
        serverCut: 'server',
        closedWithinS: 86_400,
      } as const;
      await saveAudit(store(), 'touchstone', await auditStream(store(), 'touchstone', audited), Date.now());
    }
    const rows = await store().query<{ holds: boolean; rows: string }>('SELECT holds, rows FROM touchstone.audit');
    expect(rows.length).toBeGreaterThanOrEqual(STREAMS.length);
    expect(rows.every(({ holds }) => holds)).toBe(true);
    expect(rows.some((row) => Number(row.rows) > 1_000)).toBe(true);
  });

  it('says so in one line', async () => {
    const counts = await Promise.all(STREAMS.map((stream) => stored.rowCounts(store(), stream)));
    const [rows, unique] = [
      counts.reduce((sum, { rows }) => sum + rows, 0),
      counts.reduce((sum, { unique }) => sum + unique, 0),
    ];
    const lost = truth.files.reduce((sum, { events }) => sum + events, 0) - unique;
    const compared = await Promise.all(DECLARED.judged.map((cut) => stored.againstRawRows(store(), cut)));
    const equal = compared.every(({ different }) => different === 0);
    process.stdout.write(
      `kills ${String(deaths.process + deaths.engine)} (engine ${String(deaths.engine)}), in doubt ${String(deaths.inDoubt)} restarts, ` +
        `lost ${String(lost)}, duplicated ${String(rows - unique)}, aggregates ${equal ? 'equal' : 'different'}\n`,
    );
    expect([lost, rows - unique, equal]).toEqual([0, 0, true]);
  });
});
