import { describe, expect, it } from 'vitest';
import { pluginContract } from '../../../core/testkit/contract.ts';
import { outlier } from '../../../plugins/outlier/plugin.ts';
import {
  busy,
  course,
  daily,
  flash,
  GAUGE,
  kindsOf,
  made,
  resting,
  saidOn,
  SERIES,
  valuesOf,
  weekly,
  WINDOW_MS,
} from './localDays.ts';

/** A Monday. */
const FROM = '2026-06-01';
const NO_REST = { restDays: [] };
const days = (said: Record<number, number>): number[] => Object.keys(said).map(Number);

describe('the contract of outlier with a calendar', () => {
  const calendar = {
    timeZone: 'Asia/Kolkata',
    holidays: ['2026-01-02'],
    campaigns: [{ name: 'a', from: '2026-01-01', to: '2026-01-01' }],
  };
  for (const { name, check } of pluginContract(outlier, { options: { calendar } })) it(name, check);
});

describe('rest days', () => {
  const values = valuesOf(FROM, 36, weekly);

  it('have a course of their own from the second one on: nothing more is said at weekends, nor after them', () => {
    expect(days(saidOn(made({}), values))).toEqual([5]);
    expect(days(saidOn(made(), values)).filter((day) => day > 6).length).toBeGreaterThan(0);
  });

  it('are no excuse: a third less than is usual of a Sunday is found at once', () => {
    const check = made({});
    const known = values.filter(({ day }) => day < 20);
    saidOn(check, known);
    const noon = values.filter(({ day }) => day === 20).slice(0, 144);
    expect(saidOn(check, noon)).toEqual({});
    const less = values
      .filter(({ day }) => day === 20)
      .slice(144, 147)
      .map((one) => ({ ...one, value: Math.round(one.value * 0.67) }));
    expect(saidOn(check, less)[20]).toBe(3);
  });

  it('are like other ones where they are: then nothing is set aside, and nothing said', () => {
    const check = made({});
    expect(saidOn(check, valuesOf(FROM, 22, daily))).toEqual({});
    const unkept = made({ restDays: [] });
    saidOn(unkept, valuesOf(FROM, 22, daily));
    const level = (of: typeof check): number =>
      of.forecast({ series: SERIES, metric: 'events', windowMs: WINDOW_MS, windows: 288, step: 288, confidences: [] })!
        .points[0]!.value;
    expect(level(check) / level(unkept)).toBeCloseTo(1, 1);
  });
});

describe('campaigns', () => {
  const thrice = [['2026-06-11', '2026-06-13']];
  const twice = [
    ['2026-06-11', '2026-06-11'],
    ['2026-06-18', '2026-06-18'],
  ];
  const saleOn = (spans: readonly string[][]): object => ({
    ...NO_REST,
    campaigns: spans.map(([from, to]) => ({ name: 'sale', from, to })),
  });

  it.each([
    ['a hot afternoon, on three days in a row', flash([10, 11, 12]), thrice, [10, 11]],
    ['a hot afternoon, on two days a week apart', flash([10, 17]), twice, [10, 17]],
    ['a level of its own, on two days a week apart', busy([10, 17]), twice, [10, 11, 17]],
    ['a level of its own, on three days: what comes after', busy([10, 11, 12]), thrice, [10, 13]],
  ])('%s: found on the first day alone', (_, level, spans, without) => {
    const values = valuesOf(FROM, 21, level);
    expect(days(saidOn(made(saleOn(spans)), values))).toEqual([10]);
    expect(days(saidOn(made(), values))).toEqual(expect.arrayContaining(without));
  });

  it('a gauge is as quiet on the second day', () => {
    const values = valuesOf(FROM, 21, busy([10, 17]));
    const said = saidOn(made(saleOn(twice), GAUGE), values, GAUGE);
    expect(said[10]).toBeGreaterThan(0);
    expect(said[17]).toBeUndefined();
    expect(saidOn(made(undefined, GAUGE), values, GAUGE)[17]).toBeGreaterThan(0);
  });

  it('of different names teach each other nothing', () => {
    const values = valuesOf(FROM, 21, busy([10, 17]));
    const campaigns = [
      { name: 'a', from: '2026-06-11', to: '2026-06-11' },
      { name: 'b', from: '2026-06-18', to: '2026-06-18' },
    ];
    expect(days(saidOn(made({ ...NO_REST, campaigns }), values))).toEqual([10, 17]);
  });

  it('many of them take no more memory than a few', () => {
    const dates = Array.from({ length: 12 }, (_, at) => `2026-06-${String(at + 8).padStart(2, '0')}`);
    const sizeAfter = (count: number): number => {
      const campaigns = dates.slice(0, count).map((date) => ({ name: date, from: date, to: date }));
      const check = made({ ...NO_REST, campaigns });
      saidOn(check, valuesOf(FROM, 22, daily));
      return kindsOf(check).length;
    };
    expect(sizeAfter(12)).toBe(sizeAfter(4));
    expect(sizeAfter(4)).toBeGreaterThan(sizeAfter(3));
  });
});

describe('holidays', () => {
  const holidays = ['2026-06-25', '2026-07-01'];

  it('are rest days until they differ: the first one is known', () => {
    const values = valuesOf(FROM, 32, (local) =>
      local.day === 24 || local.day === 30 ? resting(local.hour) : weekly(local),
    );
    expect(days(saidOn(made({ holidays }), values))).toEqual([5]);
    expect(saidOn(made({}), values)[24]).toBeGreaterThan(0);
  });

  it('that differ are known when they come again, and rest days stay what they are', () => {
    const values = valuesOf(FROM, 36, (local) =>
      local.day === 24 || local.day === 30 ? 0.2 * course(local.hour) : weekly(local),
    );
    expect(days(saidOn(made({ holidays }), values))).toEqual([5, 24]);
    expect(days(saidOn(made({}), values))).toEqual(expect.arrayContaining([24, 30]));
  });

  it('before any ordinary day are days like other ones, until one was seen', () => {
    const values = valuesOf('2026-06-06', 24, weekly);
    const said = days(saidOn(made({ holidays: ['2026-06-06', '2026-06-07'] }), values));
    expect(said.filter((day) => day > 9)).toEqual([]);
  });
});
