import { describe, expect, it } from 'vitest';
import type { Json, NamedMetric } from '../../../core/plugin.ts';
import { pluginContract } from '../../../core/testkit/contract.ts';
import { hostedCheck, judgeWindows, type Said, toldBy } from '../../../core/testkit/judge.ts';
import { type NotedSeries, windows } from '../../../core/testkit/windows.ts';
import { outlier } from '../../../plugins/outlier/plugin.ts';

const judge = (series: Record<string, NotedSeries>, options: object = {}): readonly Said[] =>
  judgeWindows(outlier, options, windows({ series }));
/** What was said first: window, message, series, metric. */
const first = (said: readonly Said[]): unknown[] | undefined =>
  said[0] && [said[0].at, said[0].message, said[0].series, said[0].labels['metric']];

describe('contract of outlier', () => {
  for (const { name, check } of pluginContract(outlier)) it(name, check);
});

describe('a change is found at once', () => {
  it.each<[string, NotedSeries, string, string]>([
    ['a drop of a count', '100~10 x60, 30~5 x3', 'unusually-low', 'events'],
    ['a rise of a count', '100~10 x60, 200~14 x3', 'unusually-high', 'events'],
    ['silence', '100~10 x60, _ x3', 'went-silent', 'events'],
    ['a drop of a share', { fill: '300~15/1000 x60, 150~11/1000 x3' }, 'unusually-low', 'fill'],
    ['a rise of a share', { fill: '10~3/1000 x60, 60~7/1000 x3' }, 'unusually-high', 'fill'],
    ['a price a hundred times as high', { price: '2.5~0.2 x60, 250.5~2 x3' }, 'unusually-high', 'price'],
    ['a price a hundredth as high', { price: '2.5~0.2 x60, 0.025 x3' }, 'unusually-low', 'price'],
    ['a mean of more than one an event', { bids: '3500~60/1000 x60, 1700~40/1000 x3' }, 'unusually-low', 'bids'],
  ])('%s', (_, noted, message, metric) => {
    expect(first(judge({ 'exchange=x7': noted }))).toEqual([60, message, 'exchange=x7', metric]);
  });
});

describe('noise is not found', () => {
  it.each<[string, NotedSeries]>([
    ['a count with the noise of counting', '100~10 x600'],
    ['a small count', '4~2 x600'],
    ['a share', { fill: '300~15/1000 x600' }],
    ['a price', { price: '2.5~0.4 x600' }],
    ['a price that never moves', { price: '2.5 x600' }],
    ['a slow rise', '1000+1~30 x600'.replace('+1~30', '~30+1')],
    ['a change smaller than is to be reported', { price: '100.5~0.2 x60, 102.5~0.2 x30' }],
    ['a series too thin to be judged', '1 x30, 0 x60, 3 x2'],
    ['a quantity with too thin a denominator', { fill: '4/8 x60, 0/8 x10' }],
  ])('%s', (_, noted) => {
    expect(judge({ 'exchange=x7': noted })).toEqual([]);
  });

  it('while a series is being learned', () => {
    expect(judge({ '': '100~10 x29, 10 x1' })).toEqual([]);
  });
});

describe('a small shift', () => {
  it('is found by the windows together when one by itself says little', () => {
    const said = judge({ '': '10000~100 x120, 9500~100 x15' });
    expect(said.map(({ message }) => message)).toContain('unusually-low');
    expect(Math.max(...said.map(({ data }) => Number(data['windows'])))).toBeGreaterThan(1);
    expect(said[0]?.at).toBeGreaterThanOrEqual(120);
  });
});

describe('a daily course', () => {
  /** Sixty windows of each hour's level, for so many days. */
  const hours = (level: (hour: number) => number): string =>
    Array.from({ length: 24 }, (_, hour) => `${String(level(hour))}~20 x60`).join(', ');
  const course = hours((hour) => 600 + Math.round(300 * Math.sin((hour / 24) * 2 * Math.PI)));

  it('is learned: the third day of the same course says nothing of a fall that comes every day', () => {
    const said = judge({ '': [course, course, course].join(', ') }, { changeMin: 0.15 });
    expect(said.filter(({ at }) => at >= 2 * 1_440)).toEqual([]);
  });

  it('is no excuse: half of what is usual at that hour is found', () => {
    const evening = Array.from(
      { length: 12 },
      (_, hour) =>
        hours((h) => (h === 0 ? 600 + Math.round(300 * Math.sin((hour / 24) * 2 * Math.PI)) : 0)).split(', ')[0],
    ).join(', ');
    const said = judge({ '': [course, course, evening, '300~17 x3'].join(', ') });
    expect(said.some(({ at, message }) => at === 2 * 1_440 + 720 && message === 'unusually-low')).toBe(true);
  });
});

describe('what it says', () => {
  const [said] = judge({ 'exchange=x7': '100~10 x60, 30 x1' });

  it('has the band that was expected, with the observation outside of it', () => {
    const { low = 0, center = 0, high = 0 } = said?.expected ?? {};
    expect(said?.observed).toBeCloseTo(30, 6);
    expect(center).toBeGreaterThan(90);
    expect(center).toBeLessThan(110);
    expect(low).toBeGreaterThan(30);
    expect(high).toBeLessThan(160);
  });

  it('is never rarer than counting alone allows', () => {
    // Chernoff's bound for 30 where 100 are expected, exp(30 - 100 - 30 ln 0.3), is the least; the expected level may be off by one deviation.
    const bound = (mean: number): number => Math.exp(30 - mean - 30 * Math.log(30 / mean));
    expect(said?.rarity).toBeGreaterThanOrEqual(bound(110));
  });

  it('reads as a sentence', () => {
    expect(said?.text).toMatch(
      /^events of requests\{exchange=x7\} was 30 over 1 window\(s\); [\d.]+ to [\d.]+ were expected\. By chance: [\d.e-]+\.$/,
    );
  });

  it('is critical when it is large and very rare, a warning otherwise', () => {
    expect(judge({ '': '10000~100 x60, 5000 x1' })[0]?.severity).toBe('critical');
    expect(judge({ '': '100~10 x60, 35 x1' })[0]?.severity).toBe('warning');
  });
});

describe('where the trouble is', () => {
  it.each<[string, Record<string, NotedSeries>, string[]]>([
    [
      'the part alone is named when only a part is down',
      { '': '300~17 x60, 205 x1', 'exchange=x7': '100~10 x60, 5 x1', 'exchange=x8': '200~14 x61' },
      ['exchange=x7'],
    ],
    [
      'the whole alone is named when every part is down',
      { '': '300~17 x60, 90 x1', 'exchange=x7': '100~10 x60, 30 x1', 'exchange=x8': '200~14 x60, 60 x1' },
      [''],
    ],
    [
      'the crossing is named, neither of its sides',
      {
        'exchange=x7': '400~20 x60, 200 x1',
        'device=ctv': '400~20 x60, 200 x1',
        'exchange=x7,device=ctv': '200~14 x60, 0 x1',
        'exchange=x8,device=ctv': '200~14 x61',
      },
      ['exchange=x7,device=ctv'],
    ],
    [
      'two parts that move in different ways are both named',
      { 'exchange=x7': '100~10 x60, 5 x1', 'exchange=x8': '100~10 x60, 300 x1' },
      ['exchange=x7', 'exchange=x8'],
    ],
  ])('%s', (_, noted, named) => {
    expect(
      judge(noted)
        .filter(({ at }) => at === 60)
        .map(({ series }) => series)
        .sort(),
    ).toEqual(named);
  });
});

describe('a change that stays', () => {
  it('is what is usual after acceptWindows', () => {
    const said = judge({ '': '100~10 x60, 300~17 x100' }, { acceptWindows: 20 });
    expect(said[0]?.at).toBe(60);
    expect(said.at(-1)?.at).toBeLessThanOrEqual(60 + 20);
  });

  it('is reported again when it goes', () => {
    const said = judge({ '': '100~10 x60, 300~17 x100, 100~10 x3' }, { acceptWindows: 20 });
    expect(said.some(({ at, message }) => at === 160 && message === 'unusually-low')).toBe(true);
  });
});

describe('while events are missing', () => {
  const lost = (announced: string): readonly Said[] =>
    judgeWindows(
      outlier,
      {},
      windows({
        series: { '': { events: '1000~30 x60, 500 x3', fill: '300~15/1000 x60, 50/500 x3' } },
        servers: { s1: { received: '1000 x60, 500 x3', announced } },
      }),
    );

  it('counts are not judged, shares are', () => {
    expect(new Set(lost('1000 x63').map(({ labels }) => labels['metric']))).toEqual(new Set(['fill']));
  });

  it('counts are judged when the servers say that there were no more', () => {
    expect(lost('1000 x60, 500 x3').map(({ labels }) => labels['metric'])).toContain('events');
  });
});

describe('a snapshot', () => {
  it('keeps how heavy the tails of past errors are, in the middle of a refresh too', () => {
    const heavy = new Array<string>(15).fill('100~10 x7, 100~45 x1').join(', ');
    const many = Object.fromEntries(
      Array.from({ length: 20 }, (_, at) => [
        `exchange=x${String(at)}`,
        `${heavy}, ${at === 0 ? '900 x3' : '100~10 x3'}`,
      ]),
    );
    const shown = windows({ series: many });
    for (let cut = 112; cut <= 120; cut++) {
      const [whole, first, second] = [
        hostedCheck(outlier, {}, toldBy(shown)),
        hostedCheck(outlier, {}, toldBy(shown)),
        hostedCheck(outlier, {}, toldBy(shown)),
      ];
      const unbroken = shown.flatMap((closed) => whole.window(closed));
      const before = shown.slice(0, cut).flatMap((closed) => first.window(closed));
      second.check.restore?.(JSON.parse(JSON.stringify([...(first.check.snapshot?.() ?? [])])) as [string, Json][]);
      expect([...before, ...shown.slice(cut).flatMap((closed) => second.window(closed))]).toEqual(unbroken);
      expect(unbroken.some(({ series }) => series === 'exchange=x0')).toBe(true);
    }
  });
});

describe('a quantile', () => {
  const metrics: readonly NamedMetric[] = [
    { name: 'median', metric: { kind: 'quantile', aggregate: 'latencyMs', q: 0.5 }, where: {} },
  ];
  const median = (events: string): readonly Said[] =>
    judgeWindows(outlier, {}, windows({ series: { '': { events, median: '20.5~1 x60, 80.5~1 x3' } } }), { metrics });

  it('is judged where enough events are behind it', () => {
    expect(first(median('50 x63'))).toEqual([60, 'unusually-high', '', 'median']);
  });

  it('is not judged over fewer', () => {
    expect(median('49 x63')).toEqual([]);
  });
});
