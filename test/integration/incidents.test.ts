import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MIGRATIONS } from '../../cli/openStore.ts';
import type { IncidentSpec } from '../../core/alerts/incident.ts';
import type { Config } from '../../core/config/config.ts';
import { backtest } from '../../core/pipeline/backtest/backtest.ts';
import { configurePlugins } from '../../core/pipeline/plugins.ts';
import { replay } from '../../core/pipeline/replay/replay.ts';
import { IncidentStore } from '../../core/store/incidentStore.ts';
import { migrate } from '../../core/store/migrate.ts';
import { wallClock } from '../../core/time/wallClock.ts';
import { allPlugins } from '../../plugins/all.ts';
import { bidLine, bidsConfig } from '../support/adStream.ts';
import { openFolder } from '../support/openFolder.ts';
import { startWholeRun, type WholeRun } from '../support/wholeRun.ts';

const START_MS = Date.UTC(2026, 0, 5, 6);
const minute = (at: number): number => START_MS + at * 60_000;
/** x2 has three times as much in these minutes: long enough to become what is usual. */
const FROM = 60;
const TO = 130;
const INCIDENT: IncidentSpec = {
  ...{ stream: 'bids', startMs: minute(FROM), endMs: minute(TO), labels: { exchange: 'x2' }, name: 'doubled' },
};

let folder: Awaited<ReturnType<typeof openFolder>>;
let config: Config;
let run: WholeRun;

/** Writes a closed log of these minutes. */
async function write(name: string, first: number, end: number): Promise<void> {
  const dir = join(folder.path, 'logs', 'bids', 's1');
  await mkdir(dir, { recursive: true });
  const events = Array.from({ length: end - first }, (_, at) => first + at).flatMap((at) => {
    const inIncident = at >= FROM && at < TO;
    const counts = { x1: 200 + (at % 3), x2: (inIncident ? 120 : 40) + (at % 5) };
    return Object.entries(counts)
      .flatMap(([exchange, count]) =>
        Array.from({ length: count }, (_, n) => ({ ts: minute(at) + Math.floor((n * 60_000) / count), exchange })),
      )
      .sort((a, b) => a.ts - b.ts);
  });
  await writeFile(join(dir, `${name}.ndjson`), events.map((event, at) => bidLine({ ...event, seq: at + 1 })).join(''));
  await writeFile(
    join(dir, `${name}.manifest.json`),
    JSON.stringify({ server: 's1', stream: 'bids', events: events.length }),
  );
}

const start = async (): Promise<WholeRun> => (run = await startWholeRun(config));
const incidents = (): IncidentStore => new IncidentStore(run.store.connection, 'touchstone');

/** What stands of x2, from a minute on: minute and text. */
async function said(from: number, to = 1_000): Promise<string[]> {
  const rows = await run.store.connection.query<{ startMs: string; text: string }>(
    `SELECT toUnixTimestamp64Milli(windowStart) AS startMs, text FROM touchstone.findings
     WHERE plugin = 'outlier' AND series = 'exchange=x2' ORDER BY startMs, text`,
  );
  return rows
    .map(({ startMs, text }) => ({ at: (Number(startMs) - START_MS) / 60_000, text }))
    .filter(({ at }) => at >= from && at < to)
    .map(({ at, text }) => `${String(at)} ${text}`);
}

async function revisions(): Promise<Record<string, number[]>> {
  const rows = await run.store.connection.query<{ startMs: string; revision: number }>(
    `SELECT toUnixTimestamp64Milli(windowStart) AS startMs, revision FROM touchstone.windows ORDER BY startMs`,
  );
  const of = (from: number, to: number): number[] => [
    ...new Set(
      rows
        .filter(({ startMs }) => Number(startMs) >= minute(from) && Number(startMs) < minute(to))
        .map(({ revision }) => revision),
    ),
  ];
  return { before: of(0, FROM), inside: of(FROM, TO), after: of(TO, 1_000) };
}

/** How the findings of the live run compare with those of a replay by the same marks. */
async function replayed(): Promise<{ live: number; replayed: number; different: number }> {
  const { connection } = run.store;
  await connection.command('DROP DATABASE IF EXISTS touchstone_again');
  await migrate(connection, { dir: MIGRATIONS, database: 'touchstone_again', ttlDays: 3_650 });
  const span = { fromMs: minute(40), toMs: minute(190) };
  const plugins = configurePlugins(allPlugins as never, config.plugins);
  const { findings } = await replay({
    ...{ config, connection, plugins, span, into: 'touchstone_again', clock: wallClock },
    onProgress: () => undefined,
  });
  return findings;
}

/** What a backtest over all of it says of x2, by the marks that were there at a time. */
async function backtested(asOfMs?: number): Promise<string[]> {
  const report = await backtest(
    { config, connection: run.store.connection, available: allPlugins as never },
    { fromMs: START_MS, toMs: minute(1_000), learnFromMs: START_MS, asOfMs, plugins: ['outlier'], shownMax: 10_000 },
  );
  return report.options.findings.first
    .filter(({ series }) => series.endsWith('{exchange=x2}') || series === 'exchange=x2')
    .map(({ text, window }) => `${String((window.startMs - START_MS) / 60_000)} ${text}`)
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
}

beforeAll(async () => {
  folder = await openFolder();
  await write('first', 0, 180);
  const parsed = bidsConfig({ waitMs: 0, cuts: [[], ['exchange']], aggregates: {} });
  config = {
    ...parsed,
    data: join(folder.path, 'data'),
    source: { kind: 'files' as const, dirs: [join(folder.path, 'logs')], pollMs: 50 },
    plugins: { outlier: { acceptWindows: 20 } },
    clickhouse: { ...parsed.clickhouse, port: 0 },
  };
  await start();
  await run.judgedUntil(minute(178));
}, 120_000);

afterAll(async () => {
  await run.stop();
  await folder.remove();
});

describe('an incident that a person marks after its windows were judged', () => {
  let inside: readonly string[];
  let after: readonly string[];
  let unmarkedMs = 0;

  it('had become what is usual, so that its end was told', async () => {
    inside = await said(FROM, TO);
    after = await said(TO);
    expect(inside[0]).toMatch(/^60 events of bids\{exchange=x2\} was 120/);
    expect(after[0]).toMatch(/^130 events of bids\{exchange=x2\} was 40/);
    await expect.poll(revisions, { timeout: 60_000 }).toEqual({ before: [0], inside: [0], after: [0] });
  });

  it('takes back what was told of its end, and nothing of what was told in it', async () => {
    unmarkedMs = Date.now();
    await incidents().save({ ...INCIDENT, id: 'marked' }, unmarkedMs + 1);
    await expect.poll(() => said(TO), { timeout: 60_000 }).toEqual([]);
    expect(await said(FROM, TO)).toEqual(inside);
    await expect.poll(revisions, { timeout: 60_000 }).toEqual({ before: [0], inside: [1], after: [0] });
  });

  it('teaches nothing after a restart either', async () => {
    await run.stop();
    await write('second', 180, 200);
    await start();
    await run.judgedUntil(minute(198));
    expect(await said(TO)).toEqual([]);
    expect(await said(FROM, TO)).toEqual(inside);
    await expect.poll(revisions, { timeout: 60_000 }).toEqual({ before: [0], inside: [1], after: [0] });
  });

  it('does so in a replay, which says the same', async () => {
    const { live, ...rest } = await replayed();
    expect(live).toBeGreaterThan(inside.length);
    expect(rest).toEqual({ replayed: live, different: 0 });
  });

  it('does so in a backtest, where it was marked by then', async () => {
    expect(await backtested()).toEqual(inside);
    expect(await backtested(unmarkedMs)).toEqual([...inside, ...after]);
  });

  it('teaches again when the mark is taken back while nobody judges', async () => {
    await incidents().remove('marked', Date.now());
    await run.stop();
    await start();
    await expect.poll(() => said(TO), { timeout: 60_000 }).toEqual(after);
    expect(await said(FROM, TO)).toEqual(inside);
    await expect.poll(revisions, { timeout: 60_000 }).toEqual({ before: [0], inside: [2], after: [0] });
  });

  it('that is marked for the time to come teaches nothing from the beginning on', async () => {
    await incidents().save(
      { ...INCIDENT, id: 'to-come', startMs: minute(205), endMs: minute(300), labels: {} },
      Date.now(),
    );
    await write('third', 200, 245);
    await run.judgedUntil(minute(243));
    const [row] = await run.store.connection.query<{ n: string }>(
      `SELECT count() AS n FROM touchstone.check_snapshots FINAL
       WHERE plugin = 'outlier' AND windowStart > fromUnixTimestamp64Milli({fromMs:Int64}) AND state LIKE '%"before":%'`,
      { fromMs: minute(205) },
    );
    expect(Number(row?.n)).toBeGreaterThan(0);
  });
});
