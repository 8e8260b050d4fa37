import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MIGRATIONS, openStore, type OpenStore } from '../../cli/openStore.ts';
import type { Config } from '../../core/config/config.ts';
import { configurePlugins } from '../../core/pipeline/plugins.ts';
import { replay, type ReplayReport } from '../../core/pipeline/replay/replay.ts';
import { migrate } from '../../core/store/migrate.ts';
import type { Span } from '../../core/store/span.ts';
import { wallClock } from '../../core/time/wallClock.ts';
import { simulate } from '../../fleet/simulate.ts';
import { allPlugins } from '../../plugins/all.ts';
import { DECLARED } from '../support/faultyFleets.ts';
import { isJudgedAsItIs } from '../support/judgedAsItIs.ts';
import { truthOf } from '../support/logTruth.ts';
import { openFolder } from '../support/openFolder.ts';
import { freePort } from '../../core/store/engine/freePort.ts';
import { sendShare } from '../support/sendShare.ts';
import { runCli, until } from '../support/touchstoneChild.ts';
import { judgeAgain, revisions, windowsAgain } from '../support/windowsAgain.ts';
import { fleetConfig, startWholeRun } from '../support/wholeRun.ts';

const START_MS = Date.UTC(2026, 0, 1, 12);
const minute = (at: number): number => START_MS + at * 60_000;
const SPAN: Span = { fromMs: minute(35), toMs: minute(90) };
const TEN: Span = { fromMs: minute(45), toMs: minute(55) };

let folder: Awaited<ReturnType<typeof openFolder>>;
let config: Config;
let store: OpenStore | undefined;
let logs = '';

/** Runs everything live until all that is there is stored, and judged as it is now. */
async function live(): Promise<void> {
  const run = await startWholeRun(config);
  const { connection } = run.store;
  const { servers, files } = truthOf([logs], DECLARED.truth);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  try {
    await until('all is stored', async () => {
      const [row] = await connection.query<{ n: string }>('SELECT sum(offset) AS n FROM touchstone.partitions');
      return Number(row?.n) === bytes;
    });
    await until('all is judged as it is', async () => {
      const rows = await connection.query<{ stream: string; untilMs: string; events: string }>(
        `SELECT stream::String AS stream, toUnixTimestamp64Milli(max(windowEnd)) AS untilMs, sum(events) AS events FROM touchstone.windows WHERE stream != 'packets' GROUP BY stream`,
      );
      const isAll = rows.every(({ stream, untilMs, events }) => {
        const expected = [...servers]
          .filter(([key]) => key.startsWith(`${stream} `) && Number(key.split(' ')[2]) < Number(untilMs))
          .reduce((sum, [, total]) => sum + total.events, 0);
        return Number(untilMs) >= minute(40) && expected === Number(events);
      });
      const isOfAll = rows.length === 3 && isAll && (await isJudgedAsItIs(config, connection));
      return isOfAll && run.running.againWindows() === 0;
    });
  } finally {
    await run.stop();
  }
}

async function replayed(span: Span): Promise<ReplayReport> {
  const { connection } = opened();
  await connection.command('DROP DATABASE IF EXISTS touchstone_again');
  await migrate(connection, { dir: MIGRATIONS, database: 'touchstone_again', ttlDays: 3_650 });
  const plugins = configurePlugins(allPlugins as never, config.plugins);
  return replay({
    config,
    connection,
    plugins,
    span,
    into: 'touchstone_again',
    clock: wallClock,
    onProgress: () => undefined,
  });
}

const made = (repair: boolean): Parameters<typeof windowsAgain>[0] => ({
  ...{ config, connection: opened().connection, repair },
  span: TEN,
});

function opened(): OpenStore {
  if (store === undefined) throw new Error('the store is not open');
  return store;
}

const cli = async (): Promise<{ code: number; report: ReplayReport }> => {
  const file = join(folder.path, 'touchstone.config.json');
  writeFileSync(file, JSON.stringify(config));
  const span = ['--from', new Date(SPAN.fromMs).toISOString(), '--to', new Date(SPAN.toMs).toISOString()];
  const run = await runCli(['replay', ...span, '--config', file, '--json'], {
    dataDir: config.data,
    clickhousePort: await freePort(),
  });
  if (run.stdout === '') throw new Error(run.stderr);
  return { code: run.code, report: JSON.parse(run.stdout) as ReplayReport };
};

beforeAll(async () => {
  folder = await openFolder();
  const fleet = join(folder.path, 'fleet');
  logs = join(folder.path, 'logs');
  await simulate(fleet, {
    seed: 11,
    servers: 4,
    requestsPerSecond: 5,
    regions: ['eu'],
    startMs: START_MS,
    endMs: minute(90),
    faults: [
      { kind: 'truncated-line', startMs: minute(20), endMs: minute(60), size: 0.02 },
      { kind: 'type-changed', servers: ['eu-01'], startMs: minute(50), endMs: minute(60), size: 0.3 },
      { kind: 'reorder', servers: ['eu-02'], size: 20_000 },
      { kind: 'clock-skew', servers: ['eu-03'], startMs: minute(60), endMs: minute(66), size: -600_000 },
      { kind: 'fill-rate', startMs: minute(60), size: 0.3 },
      { kind: 'lost-lines', servers: ['eu-02'], startMs: minute(40), endMs: minute(80), size: 0.1 },
      { kind: 'field-added', startMs: minute(55), size: 0.6 },
    ],
  });
  config = fleetConfig(join(folder.path, 'data'), logs, { ingest: { rowsMax: 600, idleMsMax: 0 } });
  // Three lives: half of the logs, all but one server's, and that one's, long after its windows were judged.
  sendShare(fleet, logs, { share: 0.5, late: ['eu-04'] });
  await live();
  sendShare(fleet, logs, { share: 1, late: ['eu-04'] });
  await live();
  sendShare(fleet, logs, { share: 1, late: [] });
  await live();
}, 240_000);

afterAll(async () => {
  await store?.close();
  await folder.remove();
});

describe('replay of a span that was ingested in many batches, three lives, and late', () => {
  it('says by the command that all is equal', async () => {
    const { code, report } = await cli();
    expect(report.aggregates.different + report.findings.different).toBe(0);
    expect(report.aggregates.live).toBeGreaterThan(1_000);
    expect(report.aggregates.replayed).toBe(report.aggregates.live);
    expect(report.findings.live).toBeGreaterThan(5);
    expect(report.findings.replayed).toBe(report.findings.live);
    expect(code).toBe(0);
  });

  it('came to its windows in more than one revision, in more than 20 batches', async () => {
    store = await openStore({ ...config, clickhouse: { ...config.clickhouse, port: 0 } }, pino({ level: 'error' }));
    const [row] = await opened().connection.query<{ restated: string; batches: string }>(
      `SELECT (SELECT countIf(revision > 0) FROM touchstone.windows) AS restated, (SELECT uniqExact(arrivedAt) FROM touchstone.events_requests) AS batches`,
    );
    expect(Number(row?.restated)).toBeGreaterThan(10);
    expect(Number(row?.batches)).toBeGreaterThan(20);
  });

  it('is equal over other spans, too: whole, up to windows that nobody has judged, and not on whole windows', async () => {
    for (const span of [
      { fromMs: START_MS, toMs: minute(91) },
      { fromMs: minute(41), toMs: minute(42) },
      { fromMs: minute(41) + 30_000, toMs: minute(60) + 1_000 },
    ]) {
      const { aggregates, findings } = await replayed(span);
      expect(aggregates.live).toBeGreaterThan(10);
      expect([aggregates.different, findings.different]).toEqual([0, 0]);
    }
  });

  it('differs in a cell that somebody changed by hand', async () => {
    const cell = `stream = 'requests' AND cut = '' AND windowStart = '2026-01-01 12:50:00' AND partition LIKE 'eu-01/%'`;
    const put = (hex: string): Promise<void> =>
      opened().connection.command(
        `INSERT INTO touchstone.aggregate_cells SELECT * REPLACE (mapApply((k, v) -> (k, if(k = 'events', unhex('${hex}'), v)), states) AS states)
         FROM touchstone.aggregate_cells FINAL WHERE ${cell}`,
      );
    const [was] = await opened().connection.query<{ events: string }>(
      `SELECT hex(states['events']) AS events FROM touchstone.aggregate_cells FINAL WHERE ${cell}`,
    );
    await put('FFFF000000000000');
    // The cell as it is, and as it would be: one row on each side.
    expect((await replayed(TEN)).aggregates.different).toBe(2);
    await put(was?.events ?? '');
    expect((await replayed(TEN)).aggregates.different).toBe(0);
  });

  it('puts cells right that somebody changed, added or took away by hand, and judges their windows again', async () => {
    const { connection } = opened();
    const at = (minuteText: string): string => `stream = 'requests' AND windowStart = '2026-01-01 12:${minuteText}:00'`;
    const put = (cell: string, changed: string): Promise<void> =>
      connection.command(
        `INSERT INTO touchstone.aggregate_cells SELECT * REPLACE (${changed}) FROM touchstone.aggregate_cells FINAL WHERE ${cell} AND cut = '' LIMIT 1`,
      );
    await put(at('50'), `mapApply((k, v) -> (k, unhex('0100000000000000')), states) AS states`);
    await put(at('51'), `since + 1 AS since, through + 1 AS through`);
    await connection.command(`DELETE FROM touchstone.aggregate_cells WHERE ${at('52')} AND partition LIKE 'eu-01/%'`);
    const before = await revisions(opened().connection);
    const { differing } = await windowsAgain(made(false));
    expect(differing.map(({ startMs }) => startMs)).toEqual([minute(50), minute(51), minute(52)]);
    const counts = differing.map(({ storedOnly, grownOnly }) => `${String(storedOnly)} ${String(grownOnly > 0)}`);
    expect(counts).toEqual(['1 true', '1 false', '0 true']);
    expect((await windowsAgain(made(true))).mended).toEqual({ windows: 3, judgedAgain: 3 });
    expect((await windowsAgain(made(false))).differing).toEqual([]);
    await judgeAgain(config, opened().connection);
    const after = await revisions(opened().connection);
    for (const [startMs, { revision, events }] of before) {
      const isMended = startMs >= minute(50) && startMs <= minute(52);
      expect(after.get(startMs)).toEqual({ revision: revision + (isMended ? 1 : 0), events });
    }
  });

  it('differs in a finding that somebody changed by hand', async () => {
    const put = (text: string): Promise<void> =>
      opened().connection.command(
        `INSERT INTO touchstone.finding_revisions SELECT * REPLACE (${text} AS text, now64(3) AS foundAt) FROM touchstone.finding_revisions FINAL
         WHERE id = (SELECT min(id) FROM touchstone.finding_revisions FINAL WHERE NOT retracted AND fromWindow AND windowStart >= '2026-01-01 12:46:00' AND windowStart < '2026-01-01 12:54:00')`,
      );
    await put(`concat(text, '!')`);
    expect((await replayed(TEN)).findings.different).toBe(2);
    await put('substring(text, 1, length(text) - 1)');
    expect((await replayed(TEN)).findings.different).toBe(0);
  });

  it('differs when a raw row is gone, and the command answers 1', async () => {
    await opened().connection.command(
      `DELETE FROM touchstone.events_requests WHERE (partition, offset) IN (SELECT partition, offset FROM touchstone.events_requests WHERE time >= '2026-01-01 12:50:00' ORDER BY time DESC, partition, offset DESC LIMIT 1)`,
    );
    await store?.close();
    store = undefined;
    const { code, report } = await cli();
    expect(report.aggregates.different).toBeGreaterThan(0);
    expect(code).toBe(1);
  });
});
