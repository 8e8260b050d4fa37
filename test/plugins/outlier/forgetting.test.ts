import { describe, expect, it } from 'vitest';
import type { ClosedWindow, Json, NamedMetric, SeriesWindow } from '../../../core/plugin.ts';
import { type HostedCheck, hostedCheck, judgeWindows, type Said, toldBy } from '../../../core/testkit/judge.ts';
import { windows } from '../../../core/testkit/windows.ts';
import { KnownSeries } from '../../../plugins/outlier/knownSeries.ts';
import { MetricJudge } from '../../../plugins/outlier/metricJudge.ts';
import { outlier } from '../../../plugins/outlier/plugin.ts';

const OPTIONS = { forgetWindows: 100 };
/** As the host does, series without events are no longer shown after a while. */
const shownFor = (silentWindows: number, shown: readonly ClosedWindow[]): ClosedWindow[] => {
  const last = new Map<string, number>();
  return shown.map((closed, at) => ({
    ...closed,
    series: closed.series.filter(({ series, events }) => {
      if (events > 0) last.set(series, at);
      return at - (last.get(series) ?? Number.NEGATIVE_INFINITY) <= silentWindows;
    }),
  }));
};
const COUNT: NamedMetric = { name: 'events', metric: { kind: 'value', aggregate: 'events' }, where: {} };
/** A judge that knows what is usual. */
const LEARNED: Json = judgeAfter(40);
function judgeAfter(windowsSeen: number): Json {
  const shown = windows({ series: { '': `100~10 x${String(windowsSeen)}` } });
  const hosted = hostedCheck(outlier, OPTIONS, toldBy(shown));
  for (const closed of shown) hosted.window(closed);
  const [, [, series] = []] = [...(hosted.check.snapshot?.() ?? [])];
  return (series as unknown as { readonly metrics: { readonly events: Json } }).metrics.events;
}

const snapshotOf = ({ check }: HostedCheck): [string, Json][] =>
  JSON.parse(JSON.stringify([...(check.snapshot?.() ?? [])])) as [string, Json][];
const shownOf = (series: string): SeriesWindow => ({
  ...{ series, labels: {}, events: 1, readings: new Map(), metrics: new Map() },
});
const keysAfter = (shown: readonly ClosedWindow[]): string[] => {
  const hosted = hostedCheck(outlier, OPTIONS, toldBy(shown));
  shown.forEach((closed) => hosted.window(closed));
  return snapshotOf(hosted).map(([key]) => key);
};

describe('a series that is no longer seen', () => {
  const gone = (silent: number): ClosedWindow[] =>
    shownFor(
      20,
      windows({ series: { 'exchange=x1': '100~10 x200', 'exchange=x2': `100~10 x40, _ x${String(silent)}` } }),
    );

  it('is remembered for forgetWindows', () => {
    expect(keysAfter(gone(100).slice(0, 140))).toEqual(['', 'series exchange=x1', 'series exchange=x2']);
  });

  it('is forgotten after them', () => {
    expect(keysAfter(gone(101).slice(0, 141))).toEqual(['', 'series exchange=x1']);
  });

  it('is learned anew when it comes back later', () => {
    const back = (silent: number): readonly Said[] =>
      judgeWindows(
        outlier,
        OPTIONS,
        shownFor(
          0,
          windows({ series: { '': '1000~30 x200', 'exchange=x2': `100~10 x40, _ x${String(silent)}, 300~17 x5` } }),
        ),
      );
    expect(back(90).some(({ message, series }) => message === 'unusually-high' && series === 'exchange=x2')).toBe(true);
    expect(back(120).some(({ message }) => message === 'unusually-high')).toBe(false);
  });

  it('is not forgotten in a gap of which no window is shown', () => {
    const shown = windows({ series: { '': '100~10 x60, 300~17 x1' } });
    const late = shown.map((closed, at) =>
      at < 60 ? closed : { ...closed, startMs: closed.startMs + 30 * 86_400_000 },
    );
    expect(judgeWindows(outlier, OPTIONS, late).map(({ at }) => at)).toEqual([60]);
  });
});

describe('many series that come and go', () => {
  /** Each lives for five windows. */
  const passing = shownFor(
    3,
    windows({
      series: Object.fromEntries(
        Array.from({ length: 120 }, (_, at) => [
          `campaign=${String(at)}`,
          `${at === 0 ? '' : `_ x${String(5 * at)}, `}50~7 x5`,
        ]),
      ),
    }),
  );

  it('leave no more behind than live within forgetWindows', () => {
    expect(keysAfter(passing).length).toBeLessThanOrEqual(1 + 100 / 5 + 1);
  });

  it('take memory for an eighth longer at most', () => {
    const known = new KnownSeries([], 80);
    for (let at = 0; at < 1_000; at++) {
      known.advance();
      known.seen(shownOf(`campaign=${String(at)}`));
      expect(known.size).toBeLessThanOrEqual(80 + 80 / 8 + 1);
    }
  });

  it('leave their memory to the next ones', () => {
    const known = new KnownSeries([COUNT], 8);
    const stores = new Set<Float64Array>();
    for (let at = 0; at < 2_000; at++) {
      known.advance();
      const { judges } = known.seen(shownOf(`campaign=${String(at)}`));
      judges[0] = MetricJudge.restored(LEARNED, known.slabs);
      if (judges[0].model !== undefined) stores.add(judges[0].model.store);
    }
    expect(stores.size).toBe(1);
  });

  it('are the same ones in whatever order they are shown', () => {
    const known = new KnownSeries([], 80);
    const met = new Map<string, unknown>();
    for (const order of ['abcd', 'abcd', 'dcba', 'xabcd', 'bd', 'abcdx', '']) {
      known.advance();
      for (const name of order) {
        const one = known.seen(shownOf(name));
        expect(met.get(name) ?? one).toBe(one);
        met.set(name, one);
      }
    }
    expect(known.size).toBe(5);
  });

  it('give their memory back once, though they are shown while they are silent', () => {
    const known = new KnownSeries([COUNT], 8);
    for (let at = 0; at < 40; at++) {
      known.advance();
      const { judges } = known.seen({ ...shownOf('a'), events: at === 0 ? 1 : 0 });
      if (at === 0) judges[0] = MetricJudge.restored(LEARNED, known.slabs);
    }
    const { books } = known.slabs;
    const froms = [books.take(), books.take(), books.take()].map(({ from }) => from);
    expect(new Set(froms).size).toBe(3);
  });

  it('leave the same bytes, and say the same, whenever the process began anew', () => {
    const whole = hostedCheck(outlier, OPTIONS, toldBy(passing));
    let broken = hostedCheck(outlier, OPTIONS, toldBy(passing));
    passing.forEach((closed, at) => {
      expect(broken.window(closed)).toEqual(whole.window(closed));
      if (at % 37 !== 0) return;
      expect(snapshotOf(broken)).toEqual(snapshotOf(whole));
      const next = hostedCheck(outlier, OPTIONS, toldBy(passing));
      next.check.restore?.(snapshotOf(broken));
      broken = next;
      expect(JSON.stringify(snapshotOf(broken))).toBe(JSON.stringify(snapshotOf(whole)));
    });
  });
});

describe('a snapshot of version 1.0.0', () => {
  it('is no reason to stop: its series are learned anew', () => {
    const shown = windows({ series: { '': '100~10 x60, 300~17 x3' } });
    const hosted = hostedCheck(outlier, {}, toldBy(shown));
    hosted.check.restore?.([
      ['', { tails: {} }],
      ['series ', { events: { ownPast: null, gathered: [], model: null, meanEvents: 100, windows: 50 } }],
    ]);
    expect(shown.flatMap((closed) => hosted.window(closed))).toEqual(
      judgeWindows(outlier, {}, shown).map((said) => ({ ...said, at: 0 })),
    );
  });
});
