import { describe, expect, it } from 'vitest';
import type { MetricValue, NamedMetric } from '../../../core/plugin.ts';
import { judgeWindows, type Said } from '../../../core/testkit/judge.ts';
import { windows } from '../../../core/testkit/windows.ts';
import { type Contributor, contributorsOf, type Part } from '../../../plugins/outlier/told/contributors.ts';
import { outlier } from '../../../plugins/outlier/plugin.ts';

const COUNT: NamedMetric = { name: 'events', metric: { kind: 'value', aggregate: 'events' }, where: {} };
const FILL: NamedMetric = {
  name: 'fill',
  metric: { kind: 'ratio', numerator: 'filled', denominator: 'events' },
  where: {},
};
const told = (observed: number, center: number) => ({ observed, expected: { low: center, center, high: center } });
const counted = (label: string, value: number, was: number | undefined): Part => {
  const [dimension = '', of = ''] = label.split('=');
  return { dimension, value: of, metric: { value }, change: was === undefined ? undefined : value - was };
};
const filled = (label: string, filledNow: number, events: number, was: number): Part => {
  const metric: MetricValue = { value: filledNow / events, numerator: filledNow, denominator: events };
  return { ...counted(label, 0, 0), metric, change: filledNow / events - was };
};
const rounded = (contributors: readonly Contributor[]): Record<string, number> =>
  Object.fromEntries(contributors.map(({ label, share }) => [label, Number(share.toFixed(3))]));

describe('the parts that made a change', () => {
  const counts = (...parts: readonly Part[]): Record<string, number> =>
    rounded(contributorsOf(COUNT, told(400, 700), { whole: { value: 400 }, parts }));

  it('have the share of it that they fell by', () => {
    const parts = [counted('exchange=x1', 160, 400), counted('exchange=x2', 150, 200), counted('exchange=x3', 90, 100)];
    expect(counts(...parts)).toEqual({ 'exchange=x1': 0.8, 'exchange=x2': 0.167 });
  });

  it('have more than all of it where others moved the other way', () => {
    expect(counts(counted('exchange=x1', 100, 500), counted('exchange=x2', 300, 200))).toEqual({
      'exchange=x1': 1.333,
    });
  });

  it('are told of every dimension whose parts add up, the largest share first', () => {
    const parts = [counted('exchange=x1', 200, 400), counted('exchange=x2', 200, 300)];
    expect(Object.keys(counts(...parts, counted('device=ctv', 100, 400), counted('device=phone', 300, 300)))).toEqual([
      'device=ctv',
      'exchange=x1',
      'exchange=x2',
    ]);
    expect(counts(...parts, counted('country=NL', 100, 400))).toEqual({ 'exchange=x1': 0.667, 'exchange=x2': 0.333 });
  });

  it('are five at most', () => {
    const parts = Array.from({ length: 8 }, (_, at) => counted(`exchange=x${String(at)}`, 50, 50 + 10 * at));
    expect(Object.keys(counts(...parts))).toEqual([7, 6, 5, 4, 3].map((at) => `exchange=x${String(at)}`));
  });

  it('have no share while nothing is expected of them', () => {
    expect(counts(counted('exchange=x1', 100, 400), counted('exchange=x2', 300, undefined))).toEqual({
      'exchange=x1': 1,
    });
  });

  it('of a ratio weigh as their denominators do', () => {
    const whole: MetricValue = { value: 0.4, numerator: 400, denominator: 1_000 };
    const parts = [filled('exchange=x1', 160, 800, 0.325), filled('exchange=x2', 240, 200, 1.2)];
    expect(rounded(contributorsOf(FILL, told(0.4, 0.5), { whole, parts }))).toEqual({ 'exchange=x1': 1 });
    const other = [filled('exchange=x1', 200, 500, 0.45), filled('exchange=x2', 200, 500, 0.55)];
    expect(rounded(contributorsOf(FILL, told(0.4, 0.5), { whole, parts: other }))).toEqual({
      'exchange=x2': 0.75,
      'exchange=x1': 0.25,
    });
  });

  it('are not known of what is no sum of its parts, nor where nothing changed', () => {
    const parts = [counted('exchange=x1', 20, 40), counted('exchange=x2', 20, 40)];
    const quantile: NamedMetric = { name: 'p95', metric: { kind: 'quantile', aggregate: 'ms', q: 0.95 }, where: {} };
    expect(contributorsOf(quantile, told(40, 80), { whole: { value: 40 }, parts })).toEqual([]);
    expect(contributorsOf(COUNT, told(20, 40), { whole: { value: 20 }, parts })).toEqual([]);
    expect(contributorsOf(COUNT, told(40, 40), { whole: { value: 40 }, parts })).toEqual([]);
  });
});

describe('a finding of a whole', () => {
  /** All fall, x1 the most; the devices are not all there. */
  const series = {
    '': '700~20 x60, 360~12 x6',
    'exchange=x1': '400~3 x60, 160 x6',
    'exchange=x2': '200~3 x60, 110~2 x6',
    'exchange=x3': '100~3 x60, 90~2 x6',
    'device=ctv': '300~3 x60, 100~2 x6',
    'exchange=x1,device=ctv': '100~3 x60, 40 x6',
    'exchange=x1,device=phone': '300~3 x60, 120 x6',
  };
  /** The whole is the sum of its exchanges. */
  const shown = windows({ series }).map((closed) => {
    const { events } = closed.series
      .filter(({ series: name }) => /^exchange=x\d$/.test(name))
      .reduce((sum, one) => ({ events: sum.events + one.events }), { events: 0 });
    return {
      ...closed,
      series: closed.series.map((one) =>
        one.series === '' ? { ...one, events, metrics: new Map([['events', { value: events }]]) } : one,
      ),
    };
  });
  const saidOf = (name: string, of = shown): Said | undefined =>
    judgeWindows(outlier, {}, of).find(({ series: one }) => one === name);

  it('says which of its parts made the change, in its data and in its text', () => {
    const said = saidOf('')!;
    expect(said).toMatchObject({ at: 60, message: 'unusually-low' });
    const shares = /^exchange=x1 (\d+) %, exchange=x2 (\d+) %$/.exec(String(said.data['contributors']))!;
    expect(Number(shares[1])).toBeGreaterThan(67);
    expect(Number(shares[1])).toBeLessThan(75);
    expect(Number(shares[2])).toBeGreaterThan(23);
    expect(Number(shares[2])).toBeLessThan(30);
    expect(said.text).toMatch(/ By chance: [^ ]+\. Of the change: exchange=x1 \d+ %, exchange=x2 \d+ %\.$/);
  });

  it('says so of a part that has parts, too, and nothing of what has none', () => {
    const only = (names: RegExp): typeof shown =>
      shown.map((closed) => ({ ...closed, series: closed.series.filter(({ series: name }) => names.test(name)) }));
    const part = saidOf('exchange=x1', only(/^exchange=x1/))!;
    expect(part.data['contributors']).toMatch(/^device=phone 7\d %, device=ctv 2\d %$/);
    const alone = saidOf('exchange=x2', only(/^exchange=x2/))!;
    expect(alone.data).toMatchObject({ contributors: '', share: '' });
    expect(alone.text).toMatch(/ By chance: [^ ]+\.$/);
  });
});
