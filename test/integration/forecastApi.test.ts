import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../../core/findings/random.ts';
import type { ClosedWindow, NamedMetric } from '../../core/plugin.ts';
import { JudgeStore } from '../../core/store/judgeStore.ts';
import { Outlier, outlier } from '../../plugins/outlier/plugin.ts';
import { type OpenFolder, openFolder } from '../support/openFolder.ts';
import { startWholeApi, type WholeApi } from '../support/wholeApi.ts';
import { fleetConfig } from '../support/wholeRun.ts';

const METRIC: NamedMetric = { name: 'events', metric: { kind: 'value', aggregate: 'events' }, where: {} };
const WINDOW_MS = 60_000;
const START_MS = Date.UTC(2026, 0, 5);
const WINDOWS = 600;
/** A name that has to be encoded in a path, and is longer than most. */
const SERIES = `exchange=x1/\\,${'y'.repeat(150)}`;
const NAME = `requests{${SERIES}}`;

let folder: OpenFolder;
let api: WholeApi;

beforeAll(async () => {
  folder = await openFolder();
  await mkdir(join(folder.path, 'logs'));
  const config = fleetConfig(join(folder.path, 'data'), join(folder.path, 'logs'));
  api = await startWholeApi(config);
  const store = new JudgeStore(api.store.connection, config.clickhouse.database);
  const host = { stream: 'requests', streamKind: 'events', windowMs: WINDOW_MS, metrics: [METRIC] } as const;
  const check = new Outlier(outlier.options.parse({}), { ...host, random: () => 0 });
  const uniform = seededRandom('api');
  for (let at = 0; at < WINDOWS; at++) check.window(windowOf(at, 900 + Math.round(100 * uniform())));
  const kept = [...check.snapshot()].map(([key, state]) => [key, JSON.stringify(state)] as const);
  const snapshot = {
    windowStartMs: START_MS + WINDOWS * WINDOW_MS,
    entries: new Map([
      ['outlier', kept],
      ['host', [['', '{}']]],
    ] as const),
  };
  await store.saveSnapshot('requests', snapshot, Date.now());
});

afterAll(async () => {
  await api.stop();
  await folder.remove();
});

const windowOf = (at: number, events: number): ClosedWindow => ({
  ...{ stream: 'requests', startMs: START_MS + at * WINDOW_MS, endMs: START_MS + (at + 1) * WINDOW_MS },
  ...{ revision: 0, state: 'complete', extra: [], servers: [] },
  series: [
    { series: SERIES, labels: {}, events, readings: new Map(), metrics: new Map([['events', { value: events }]]) },
  ],
});
const forecastOf = (name: string, query = '') =>
  api.ask('GET', `/v1/series/${encodeURIComponent(name)}/forecast${query}`);

it('a series is forecast out of what was kept of it', async () => {
  const { status, body } = await forecastOf(NAME, '?hours=2&confidence=0.5,0.95');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    ...{ stream: 'requests', series: SERIES, name: NAME, metric: 'events', plugin: 'outlier', basis: 'level' },
    madeFrom: { startMs: START_MS + (WINDOWS - 1) * WINDOW_MS, endMs: START_MS + WINDOWS * WINDOW_MS },
  });
  const { points } = body as unknown as {
    points: { startMs: number; value: number; intervals: { confidence: number; low: number; high: number }[] }[];
  };
  expect(points).toHaveLength(120);
  for (const { value, intervals } of points) {
    const [narrow, wide] = intervals;
    expect([narrow!.confidence, wide!.confidence]).toEqual([0.5, 0.95]);
    expect([wide!.low, narrow!.low, value, narrow!.high, wide!.high]).toEqual(
      [wide!.low, narrow!.low, value, narrow!.high, wide!.high].sort((a, b) => a - b),
    );
    expect(Math.abs(value - 950)).toBeLessThan(50);
  }
});

it('what is kept of a series without the metric gives nothing, and says so', async () => {
  const { status, body } = await forecastOf(NAME, '?metric=fillRatio');
  expect({ status, body }).toMatchObject({ status: 200, body: { basis: 'nothing', points: [], madeFrom: null } });
});

it.each([
  [404, 'requests{exchange=none}', '', /no series requests\{exchange=none\}/],
  [404, 'nothing', '', /no stream nothing/],
  [404, NAME, '?metric=odd', /no metric odd; it has events, fillRatio/],
  [400, NAME, '?hours=49', /hours/],
  [400, NAME, '?hours=0', /hours/],
  [400, NAME, '?confidence=95', /confidence/],
  [400, NAME, '?confidence=high', /confidence/],
])('%d of %s%s', async (status, name, query, detail) => {
  const answer = await forecastOf(name, query);
  expect(answer.status).toBe(status);
  expect(answer.body.detail).toMatch(detail);
});
