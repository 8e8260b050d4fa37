import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type OpenStore } from '../../cli/openStore.ts';
import type { Config } from '../../core/config/config.ts';
import type { BacktestAsked } from '../../core/pipeline/backtest/asked.ts';
import { backtest } from '../../core/pipeline/backtest/backtest.ts';
import type { BacktestReport } from '../../core/pipeline/backtest/report.ts';
import { simulate } from '../../fleet/simulate.ts';
import { allPlugins } from '../../plugins/all.ts';
import { openFolder } from '../support/openFolder.ts';
import { freePort } from '../../core/store/engine/freePort.ts';
import { runCli } from '../support/touchstoneChild.ts';
import { fleetConfig, startWholeRun } from '../support/wholeRun.ts';

const START_MS = Date.UTC(2026, 0, 1, 12);
const minute = (at: number): number => START_MS + at * 60_000;
const MINUTES = 140;
const WHOLE = { fromMs: START_MS, toMs: minute(MINUTES) };
/** The stream that has the fault, where the others would tell nothing more. */
const REQUESTS = { streams: ['requests'] };
const FAULT = { startMs: minute(100), endMs: minute(115) };
/** So rare nothing is. */
const BLIND = { outlier: { rarityMax: 1e-300, changeMin: 1 } };

let folder: Awaited<ReturnType<typeof openFolder>>;
let config: Config;
let store: OpenStore;
let ledger = '';
let tables = '';

beforeAll(async () => {
  folder = await openFolder();
  const logs = join(folder.path, 'logs');
  mkdirSync(logs);
  await simulate(logs, {
    seed: 3,
    servers: 4,
    requestsPerSecond: 20,
    startMs: START_MS,
    endMs: minute(MINUTES),
    faults: [{ kind: 'fill-rate', ...FAULT, where: { exchange: 'x2' }, size: 0.5 }],
  });
  ledger = join(logs, 'ledger.ndjson');
  config = fleetConfig(join(folder.path, 'data'), logs);
  const run = await startWholeRun(config);
  await run.judgedUntil(minute(MINUTES - 2));
  await run.stop();
  store = await openStore({ ...config, clickhouse: { ...config.clickhouse, port: 0 } }, pino({ level: 'error' }));
  tables = await contents();
}, 240_000);

afterAll(async () => {
  await store.close();
  await folder.remove();
});

const judged = (asked: Partial<BacktestAsked> = {}): Promise<BacktestReport> =>
  backtest({ config, connection: store.connection, available: allPlugins as never }, { ...WHOLE, ...asked });

/** Digest of every row of every live table. */
async function contents(): Promise<string> {
  const named = await store.connection.query<{ name: string }>(
    `SELECT concat(database, '.', name) AS name FROM system.tables WHERE database LIKE 'touchstone%' AND engine LIKE '%ReplacingMergeTree' ORDER BY name`,
  );
  const digests = named.map(async ({ name }) => {
    const [row] = await store.connection.query<{ n: string; digest: string }>(
      `SELECT count() AS n, sum(cityHash64(*)) AS digest FROM ${name} FINAL`,
    );
    return `${name} ${row!.n} ${row!.digest}`;
  });
  return (await Promise.all(digests)).join('\n');
}

const incident = { ...FAULT, labels: { exchange: 'x2' }, name: 'fill rate', stream: 'requests' };

describe('a backtest over the history of a fleet with a planted fault', () => {
  it('says by the same options from the beginning on what the live run said', async () => {
    const report = await judged({ shownMax: 10_000 });
    const live = await store.connection.query<{ text: string; startMs: string }>(
      `SELECT text, toUnixTimestamp64Milli(windowStart) AS startMs FROM touchstone.finding_revisions FINAL WHERE NOT retracted AND fromWindow`,
    );
    const lines = (found: readonly { text: string; startMs: number | string }[]): string[] =>
      found.map(({ text, startMs }) => `${String(startMs)} ${text}`).sort();
    expect(live.length).toBeGreaterThan(3);
    expect(lines(report.options.findings.first.map(({ text, window }) => ({ text, startMs: window.startMs })))).toEqual(
      lines(live),
    );
  });

  it('finds the fault within three windows, and blind options miss it', async () => {
    const report = await judged({ incidents: [incident], against: BLIND });
    expect(report.options.incidents).toMatchObject({ found: 1, missed: 0 });
    const [outcome] = report.options.incidents.outcomes;
    expect(outcome).toMatchObject({ name: 'fill rate', found: true });
    expect(outcome!.windows).toBeGreaterThanOrEqual(1);
    expect(outcome!.windows).toBeLessThanOrEqual(3);
    expect(outcome!.delaySeconds).toBe(outcome!.windows! * 60);
    expect(outcome!.alert).toContain('exchange=x2');
    expect(report.against!.incidents).toMatchObject({ found: 0, missed: 1 });
    expect(report.against!.plugins).toMatchObject(BLIND);
    expect(report.against!.alerts.total).toBeLessThan(report.options.alerts.total);
  });

  it('counts alerts that touch no incident as false, per series and month', async () => {
    const far = { ...incident, startMs: minute(60), endMs: minute(61) };
    const { incidents, alerts } = (await judged({ ...REQUESTS, incidents: [far] })).options;
    expect(incidents).toMatchObject({ found: 0, missed: 1, falseAlarms: alerts.total });
    expect(incidents.falseAlarmsPerSeriesAndMonth).toBe(alerts.perSeriesAndMonth);
    expect(alerts.perSeriesAndMonth).toBeGreaterThan(0);
  });

  it('gives the same bytes twice, and writes nothing', async () => {
    const asked = { ...REQUESTS, incidents: [incident], against: BLIND, asOfMs: Date.now() };
    expect(JSON.stringify(await judged(asked))).toBe(JSON.stringify(await judged(asked)));
    expect(await contents()).toBe(tables);
  });

  it('takes rules of its own', async () => {
    const [first] = (await judged(REQUESTS)).options.alerts.first;
    const { DEFAULT_RULE } = await import('../../core/alerts/rule.ts');
    const { total } = (
      await judged({ ...REQUESTS, rules: [{ ...DEFAULT_RULE, match: { ...DEFAULT_RULE.match, plugin: 'none' } }] })
    ).options.alerts;
    expect(first).toBeDefined();
    expect(total).toBe(0);
  });

  it('judges the plugins and streams that are named only', async () => {
    const report = await judged({ plugins: ['completeness'], streams: ['clicks'] });
    expect(Object.keys(report.options.plugins)).toEqual(['completeness']);
    expect(report.streams.map(({ stream }) => stream)).toEqual(['clicks']);
    expect(report.streams[0]!.windows).toBeGreaterThanOrEqual(MINUTES - 3);
  });

  it('leaves out what arrived later', async () => {
    const [middle] = await store.connection.query<{ ms: string; n: string }>(
      `SELECT toUnixTimestamp64Milli(quantileExact(0.5)(arrivedAt)) AS ms, uniqExact(arrivedAt) AS n FROM touchstone.aggregate_cells FINAL WHERE stream = 'requests'`,
    );
    expect(Number(middle!.n)).toBeGreaterThan(1);
    const [whole, then, before] = await Promise.all([
      judged(REQUESTS),
      judged({ ...REQUESTS, asOfMs: Number(middle!.ms) }),
      judged({ ...REQUESTS, asOfMs: START_MS }),
    ]);
    const windows = ({ streams }: BacktestReport): number => streams.reduce((sum, one) => sum + one.windows, 0);
    expect(windows(then)).toBeLessThan(windows(whole));
    expect(windows(then)).toBeGreaterThan(0);
    expect(before.streams).toEqual([]);
    expect(before.options.findings.total).toBe(0);
    const unseen = await judged({ asOfMs: START_MS, incidents: [incident, { ...incident, stream: 'clicks' }] });
    expect(unseen.options.incidents).toMatchObject({ found: 0, missed: 2 });
  });

  it.each([
    [{ toMs: START_MS }, /ends before it begins/],
    [{ learnFromMs: minute(1) }, /learn from 2026-01-01T12:00:00.000Z on at the latest/],
    [{ streams: ['none'] }, /no stream none; choose from requests/],
    [{ plugins: ['none'] }, /plugins.none: there is no such plugin/],
    [{ options: { outlier: { rarityMax: 2, odd: 1 } } }, /rarityMax[^]*odd/],
    [{ options: { 'schema-watch': { by: 'exchange' } } }, /lack schema-watch.schema/],
  ])('refuses %j', async (asked, message) => {
    await expect(judged(asked)).rejects.toThrow(message);
  });

  it('refuses more windows than it may judge', async () => {
    const parts = { config, connection: store.connection, available: allPlugins as never, windowsMax: 100 };
    await expect(backtest(parts, WHOLE)).rejects.toThrow(/windows to judge, at most 100 are allowed/);
  });
});

describe('touchstone backtest', () => {
  const cli = async (...args: string[]): ReturnType<typeof runCli> => {
    const file = join(folder.path, 'touchstone.config.json');
    writeFileSync(file, JSON.stringify(config));
    return runCli(['backtest', '--config', file, ...args], { dataDir: config.data, clickhousePort: await freePort() });
  };
  const span = ['--from', new Date(minute(60)).toISOString(), '--to', new Date(minute(MINUTES)).toISOString()];

  it('answers 0 when all incidents of the ledger were found, 1 when some were missed, 2 when used wrongly', async () => {
    await store.close();
    const found = await cli(...span, '--incidents', ledger, '--json');
    expect(found.stderr).toMatch(/requests .*100 %/);
    expect(found.code).toBe(0);
    const report = JSON.parse(found.stdout) as BacktestReport;
    expect(report.options.incidents.outcomes).toMatchObject([{ name: 'fill-rate', labels: { exchange: 'x2' } }]);
    const options = join(folder.path, 'blind.json');
    writeFileSync(options, JSON.stringify(BLIND));
    const missed = await cli(...span, '--incidents', ledger, '--options', options, '--plugin', 'outlier');
    expect(missed.stdout).toContain('fill-rate: MISSED');
    expect(missed.code).toBe(1);
    for (const [args, said] of [
      [['--from', 'soon'], '--from'],
      [[...span, '--stream', 'none'], 'no stream none'],
      [[...span, '--options', join(folder.path, 'none.json')], 'none.json'],
    ] as const) {
      const wrong = await cli(...args);
      expect(wrong.code).toBe(2);
      expect(wrong.stderr).toContain(said);
    }
    expect(readFileSync(ledger, 'utf8')).toContain('fill-rate');
    store = await openStore({ ...config, clickhouse: { ...config.clickhouse, port: 0 } }, pino({ level: 'error' }));
    expect(await contents()).toBe(tables);
  });
});
