import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/findings/random.ts';
import type { ClosedWindow, ForecastPoint, Json, NamedMetric } from '../../../core/plugin.ts';
import { Outlier, outlier } from '../../../plugins/outlier/plugin.ts';

const METRIC: NamedMetric = { name: 'used', metric: { kind: 'value', aggregate: 'used' }, where: {} };
const WINDOW_MS = 300_000;
const DAY = 86_400_000 / WINDOW_MS;
const START_MS = Date.UTC(2026, 0, 5);
const SERIES = 'server=s1';

const windowOf = (at: number, value: number | undefined): ClosedWindow => ({
  stream: 'disks',
  startMs: START_MS + at * WINDOW_MS,
  endMs: START_MS + (at + 1) * WINDOW_MS,
  revision: 0,
  state: 'complete',
  series: [
    { series: SERIES, labels: {}, events: 100, readings: new Map(), metrics: new Map([[METRIC.name, { value }]]) },
  ],
  extra: [],
  servers: [],
});

const made = (options: object = {}): Outlier =>
  new Outlier(outlier.options.parse(options), {
    ...{ stream: 'disks', streamKind: 'events', windowMs: WINDOW_MS, metrics: [METRIC] },
    random: () => 0,
  });

function shown(values: readonly (number | undefined)[], check = made()): Outlier {
  values.forEach((value, at) => check.window(windowOf(at, value)));
  return check;
}

const ask = (windows: number, confidences: readonly number[] = [0.8]) => ({
  ...{ series: SERIES, metric: METRIC.name, windowMs: WINDOW_MS, windows, step: windows, confidences },
});
const ahead = (check: Outlier, windows: number, confidences?: readonly number[]): ForecastPoint =>
  check.forecast(ask(windows, confidences))!.points[0]!;
const width = (check: Outlier, windows: number): number => {
  const [{ low, high } = { low: 0, high: 0 }] = ahead(check, windows).intervals;
  return high - low;
};

/** Normal variables, the same of the same seed. */
function noise(seed: string): () => number {
  const uniform = seededRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
const many = (length: number, value: (at: number) => number): number[] => Array.from({ length }, (_, at) => value(at));
const daily = (at: number): number => Math.sin((2 * Math.PI * at) / DAY);
const snapshotOf = (check: Outlier): [string, Json][] =>
  JSON.parse(JSON.stringify([...check.snapshot()])) as [string, Json][];

describe('a forecast', () => {
  it('holds as many values within its intervals as it says', () => {
    const within = { asked: 0, of50: 0, of80: 0, of95: 0 };
    for (const seed of ['a', 'b', 'c', 'd']) {
      const normal = noise(seed);
      const values = many(7 * DAY, (at) => 200 + 50 * daily(at) + 5 * normal());
      const check = made();
      values.forEach((value, at) => {
        check.window(windowOf(at, value));
        const truth = values[at + 12];
        if (at < 3 * DAY || at % 7 !== 0 || truth === undefined) return;
        const [of50, of80, of95] = ahead(check, 12, [0.5, 0.8, 0.95]).intervals;
        within.asked++;
        within.of50 += truth >= of50!.low && truth <= of50!.high ? 1 : 0;
        within.of80 += truth >= of80!.low && truth <= of80!.high ? 1 : 0;
        within.of95 += truth >= of95!.low && truth <= of95!.high ? 1 : 0;
      });
    }
    expect(within.asked).toBeGreaterThan(600);
    expect(within.of50 / within.asked).toBeGreaterThan(0.38);
    expect(within.of50 / within.asked).toBeLessThan(0.62);
    expect(within.of80 / within.asked).toBeGreaterThan(0.7);
    expect(within.of80 / within.asked).toBeLessThan(0.9);
    expect(within.of95 / within.asked).toBeGreaterThan(0.88);
    expect(within.of95).toBeLessThan(within.asked);
  });

  it('goes on with the daily course', () => {
    const normal = noise('course');
    const check = shown(many(5 * DAY, (at) => 200 + 50 * daily(at) + 2 * normal()));
    for (const windows of [DAY / 4, DAY / 2, (3 * DAY) / 4])
      expect(Math.abs(ahead(check, windows).value - (200 + 50 * daily(windows - 1)))).toBeLessThan(12);
    expect(check.forecast(ask(DAY))).toMatchObject({ basis: 'level and daily course', courseDays: 4 });
  });

  it('goes on with a drift', () => {
    const normal = noise('drift');
    const check = shown(many(3 * DAY, (at) => 100 + 0.1 * at + normal()));
    expect(ahead(check, 72).value).toBeGreaterThan(100 + 0.1 * (3 * DAY + 40));
    expect(ahead(check, 72).value).toBeLessThan(100 + 0.1 * (3 * DAY + 104));
  });

  it('is the less sure the further it looks, where values walk; not where they stay about a level', () => {
    const normal = noise('walk');
    let level = 10_000;
    const walk = shown(many(6 * DAY, () => (level += normal())));
    const stays = shown(many(6 * DAY, () => 10_000 + normal()));
    expect(width(walk, 64) / width(walk, 4)).toBeGreaterThan(2);
    expect(width(walk, 576) / width(walk, 64)).toBeGreaterThan(1.5);
    expect(width(stays, 64) / width(stays, 4)).toBeLessThan(1.5);
  });

  it('of counts and of what was never below 0 is not below 0 either', () => {
    const normal = noise('low');
    const check = shown(many(2 * DAY, () => Math.abs(normal())));
    expect(ahead(check, 12, [0.99]).intervals[0]!.low).toBe(0);
  });

  it('says nothing where nothing is known, and that a series is not known', () => {
    expect(shown([1, 2, 3, 4, 5, 6, 7, 8]).forecast(ask(12))).toMatchObject({ basis: 'nothing', points: [] });
    expect(made().forecast(ask(12))).toBeUndefined();
  });

  it('is proven as far as it was held against what came', () => {
    const normal = noise('proven');
    const proven = (windows: number): number =>
      shown(many(windows, () => 50 + normal())).forecast(ask(12))!.provenMs / WINDOW_MS;
    expect([100, 250, 1_200].map(proven)).toEqual([16, 64, 320]);
  });

  it('is made from the last window that was shown', () => {
    const { madeFrom, points } = shown(many(200, (at) => at % 7)).forecast({ ...ask(3), step: 1 })!;
    expect(madeFrom).toEqual({ startMs: START_MS + 199 * WINDOW_MS, endMs: START_MS + 200 * WINDOW_MS });
    expect(points.map(({ startMs }) => startMs)).toEqual([200, 201, 202].map((at) => START_MS + at * WINDOW_MS));
  });

  it('learns nothing from forecasts whose windows were not shown', () => {
    const normal = noise('gap');
    const values = many(400, () => 50 + normal());
    const check = shown(values);
    const late = 10_000;
    for (let at = 0; at < 60; at++) check.window(windowOf(late + at, 5_000 + normal()));
    // Of the level after the gap only what was forecast after it speaks: two horizons of up to 16 windows.
    expect(ahead(check, 1).value).toBeGreaterThan(4_900);
    expect(width(check, 1)).toBeLessThan(500);
  });
});

describe('what a snapshot keeps', () => {
  const normal = noise('kept');
  const values = many(3 * DAY + 17, (at) => 80 + 9 * daily(at) + normal());

  it('gives the same forecast, without a check', () => {
    const check = shown(values);
    const entries = new Map(snapshotOf(check));
    const { forecaster } = outlier;
    expect(forecaster?.keys(SERIES).every((key) => entries.has(key))).toBe(true);
    const asked = { ...ask(100, [0.8, 0.95]), step: 10 };
    const live = check.forecast(asked)!;
    expect(live.points).toHaveLength(10);
    expect(forecaster?.forecast(entries, asked)).toEqual(live);
    expect(forecaster?.forecast(entries, { ...asked, series: 'server=s2' })).toBeUndefined();
    expect(forecaster?.forecast(entries, { ...asked, metric: 'constructor' })).toMatchObject({ basis: 'nothing' });
  });

  it('goes on as if nothing had been, to the byte', () => {
    const whole = shown(values);
    const before = shown(values.slice(0, 500));
    const after = made();
    after.restore(snapshotOf(before));
    values.slice(500).forEach((value, at) => after.window(windowOf(500 + at, value)));
    expect(JSON.stringify(snapshotOf(after)) === JSON.stringify(snapshotOf(whole))).toBe(true);
  });

  it('of a version without forecasts is learned on from', () => {
    const [whole, series] = snapshotOf(shown(values)) as [
      [string, Record<string, Json>],
      [string, { metrics: { used: Record<string, Json> } }],
    ];
    delete whole[1]['laws'];
    delete series[1].metrics.used['ahead'];
    const check = made();
    check.restore([whole, series]);
    expect(check.forecast(ask(12))).toMatchObject({ basis: 'nothing' });
    for (let at = 0; at < 200; at++) check.window(windowOf(values.length + at, 80 + 9 * daily(values.length + at)));
    expect(check.forecast(ask(12))).toMatchObject({ basis: 'level and daily course' });
  });
});
