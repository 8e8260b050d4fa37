import { describe, expect, it } from 'vitest';
import type { ClosedWindow, Json } from '../../../core/plugin.ts';
import { type HostedCheck, hostedCheck, judgeWindows, type Said, toldBy } from '../../../core/testkit/judge.ts';
import { windows } from '../../../core/testkit/windows.ts';
import { outlier } from '../../../plugins/outlier/plugin.ts';

const OPTIONS = { acceptWindows: 20, falseAlarmsPerSeriesMonth: 3 };
const FROM = 100;
const TO = 170;

/** Two exchanges; from the 100th window on x2 has three times as much for 70 windows, and half the fill. */
const shown = windows({
  series: {
    'exchange=x1': { events: '400~20 x250', price: '50~3 x250', fill: '200~10/400 x250' },
    'exchange=x2': {
      events: '400~20 x100, 1200~35 x70, 400~20 x80',
      price: '50~3 x100, 90~3 x70, 50~3 x80',
      fill: '200~10/400 x100, 300~10/1200 x70, 200~10/400 x80',
    },
  },
});
const isInside = (at: number): boolean => at >= FROM && at < TO;
const marked = (...places: readonly string[]): ClosedWindow[] =>
  shown.map((closed, at) => ({
    ...closed,
    series: closed.series.map((one) =>
      isInside(at) && places.includes(one.series) ? { ...one, isIncident: true } : one,
    ),
  }));
const MARKED = marked('exchange=x2');

const snapshotOf = ({ check }: HostedCheck): [string, Json][] =>
  JSON.parse(JSON.stringify([...(check.snapshot?.() ?? [])])) as [string, Json][];
const knownAfter = (windowsShown: readonly ClosedWindow[]): ReadonlyMap<string, Json> => {
  const hosted = hostedCheck(outlier, OPTIONS, toldBy(shown));
  for (const closed of windowsShown) hosted.window(closed);
  return new Map(snapshotOf(hosted));
};
/** What is known of a series, less how many windows there were, which goes on, and the alarms there were. */
const usual = (known: ReadonlyMap<string, Json>, series: string): unknown => {
  const { metrics } = known.get(`series ${series}`) as { metrics: Record<string, Record<string, Json>> };
  return Object.entries(metrics).map(([name, { windows: _, troubles: __, noted: ___, ...kept }]) => [name, kept]);
};
const ofX2 = (said: readonly Said[]): Said[] => said.filter(({ series }) => series === 'exchange=x2');

describe('windows that a person marked as an incident', () => {
  it('leave what is usual as it was before them, as if they had not been shown', () => {
    const rest = (of: readonly ClosedWindow[]): ClosedWindow[] => of.filter((_, at) => !isInside(at));
    const with_ = knownAfter(MARKED);
    expect(usual(with_, 'exchange=x2')).toEqual(usual(knownAfter(rest(shown)), 'exchange=x2'));
    expect(usual(with_, 'exchange=x2')).not.toEqual(usual(knownAfter(shown), 'exchange=x2'));
    expect(JSON.stringify([...with_])).not.toContain('"before"');
  });

  it('teach the series together nothing either', () => {
    const all = marked('exchange=x1', 'exchange=x2');
    const together = (known: ReadonlyMap<string, Json>): unknown => {
      const { tails, laws, rates } = known.get('') as Record<string, Record<string, Record<string, Json>>>;
      return { tails, laws, judged: Object.values(rates!).map(({ judged }) => judged) };
    };
    expect(together(knownAfter(all.slice(0, TO)))).toEqual(together(knownAfter(all.slice(0, FROM))));
    expect(together(knownAfter(shown.slice(0, TO)))).not.toEqual(together(knownAfter(shown.slice(0, FROM))));
  });

  it('do not make a series grown that teaches its peers', () => {
    const peersOf = (isIncident: boolean): unknown => {
      const young = windows({ series: { 'exchange=x1': '400~20 x90' } }).map((closed, at) => ({
        ...closed,
        series: closed.series.map((one) => ({ ...one, isIncident: isIncident && at >= 40 })),
      }));
      return (knownAfter(young).get('') as Record<string, Record<string, Json>>)['peers']!['events'];
    };
    expect(peersOf(true)).toEqual({});
    expect(peersOf(false)).not.toEqual({});
  });

  it('are judged as if they were not marked', () => {
    const inside = (said: readonly Said[]): Said[] => said.filter(({ at }) => isInside(at));
    const told = inside(judgeWindows(outlier, { acceptWindows: 20 }, MARKED));
    expect(told).toEqual(inside(judgeWindows(outlier, { acceptWindows: 20 }, shown)));
    expect(ofX2(told)[0]).toMatchObject({ at: FROM });
  });

  it('do not become usual, so that their end is no news', () => {
    const after = (said: readonly Said[]): Said[] => ofX2(said).filter(({ at }) => at >= TO);
    expect(after(judgeWindows(outlier, { acceptWindows: 20 }, shown))).not.toEqual([]);
    expect(after(judgeWindows(outlier, { acceptWindows: 20 }, MARKED))).toEqual([]);
  });

  it('are remembered as what was last as rare', () => {
    const again = windows({ series: { 'exchange=x2': '400~20 x100, 1200~35 x10, 400~20 x60, 900~30 x1' } });
    const { startMs } = again[FROM]!;
    const said = judgeWindows(
      outlier,
      {},
      again.map((closed, at) => ({
        ...closed,
        series: closed.series.map((one) => ({ ...one, isIncident: at >= FROM && at < FROM + 10 })),
      })),
    );
    const last = said.at(-1)!;
    expect(last).toMatchObject({ at: 170, message: 'unusually-high' });
    expect(Date.parse(String(last.data['lastAsRare']))).toBeGreaterThanOrEqual(startMs);
  });

  it('concern the series that are marked and no other', () => {
    expect(usual(knownAfter(MARKED), 'exchange=x1')).toEqual(usual(knownAfter(shown), 'exchange=x1'));
  });

  it('leave nothing of a series that began in them', () => {
    const born = windows({ series: { 'exchange=x1': '400~20 x190', 'exchange=x9': '_ x100, 90~9 x70, _ x20' } }).map(
      (closed, at) => ({
        ...closed,
        series: closed.series
          .filter(({ series }) => series === 'exchange=x1' || at >= FROM)
          .map((one) => (isInside(at) ? { ...one, isIncident: true } : one)),
      }),
    );
    expect(knownAfter(born.slice(0, TO)).get('series exchange=x9')).toMatchObject({ before: {} });
    expect(usual(knownAfter(born), 'exchange=x9')).toMatchObject([
      ['events', { gathered: [], model: null, meanEvents: 0 }],
    ]);
  });

  it('leave the same bytes, and say the same, whenever the process began anew', () => {
    const whole = hostedCheck(outlier, OPTIONS, toldBy(shown));
    let broken = hostedCheck(outlier, OPTIONS, toldBy(shown));
    MARKED.forEach((closed, at) => {
      expect(broken.window(closed)).toEqual(whole.window(closed));
      if (at % 13 !== 0) return;
      const kept = snapshotOf(broken);
      expect(JSON.stringify(kept).includes('"before"')).toBe(isInside(at));
      broken = hostedCheck(outlier, OPTIONS, toldBy(shown));
      broken.check.restore?.(kept);
      expect(JSON.stringify(snapshotOf(broken))).toBe(JSON.stringify(snapshotOf(whole)));
    });
  });
});
