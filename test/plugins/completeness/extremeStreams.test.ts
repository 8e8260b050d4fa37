import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OpenServer, OpenWindow, WindowEstimate } from '../../../core/plugin.ts';
import { OpenWindowEstimator } from '../../../plugins/completeness/estimator.ts';
import { busyScene, host, SCENE_METRICS, type Scene, type SceneCell } from './hostedEstimator.ts';

const MINUTE_MS = 60_000;
/** Half an hour before midnight of the day on which clocks go forward in Europe. */
const START_MS = Date.UTC(2026, 2, 28, 23, 30);
const estimatorOf = (windowMs = MINUTE_MS) =>
  new OpenWindowEstimator({
    stream: 'requests',
    windowMs,
    latenessMs: 90 * windowMs,
    confidences: [0.8, 0.95],
    metrics: SCENE_METRICS,
  });

/** Fails when anything is said that is no number, or below what is there. */
function expectSound({ observed, value, intervals, silentShare, missing, metrics, memo }: WindowEstimate): void {
  const numbers = [observed, value, silentShare, ...intervals.flatMap(({ low, high }) => [low, high])];
  for (const { events, lateProbability } of missing) numbers.push(events, lateProbability);
  for (const metric of metrics) {
    numbers.push(metric.observed ?? 0, metric.value ?? 0, ...metric.intervals.flatMap(({ low, high }) => [low, high]));
    for (const { low, high } of metric.intervals) expect(high).toBeGreaterThanOrEqual(low);
  }
  expect(numbers.filter(Number.isNaN)).toEqual([]);
  expect(value).toBeGreaterThanOrEqual(observed);
  expect(Number.isFinite(value)).toBe(true);
  for (const { low, high } of intervals) {
    expect(low).toBeGreaterThanOrEqual(observed);
    expect(high).toBeGreaterThanOrEqual(low);
  }
  expect(memo.length).toBeLessThan(4_000);
}

/** Servers that have the same in all windows and arrive after half a window; `change` is what is otherwise. */
function evenScene(servers: number, windows: number, change: (at: number, index: number) => Partial<SceneCell>): Scene {
  const cells = Array.from({ length: windows }, (_, at) => {
    const arrivedAtMs = START_MS + (at + 1.5) * MINUTE_MS;
    return new Map(
      Array.from({ length: servers }, (_, index) => [
        `s${String(index).padStart(2, '0')}`,
        { count: 100, arrivedAtMs, announced: undefined, sums: { filled: 50, revenue: 1_000 }, ...change(at, index) },
      ]),
    );
  });
  return { windowMs: MINUTE_MS, latenessMs: 90 * MINUTE_MS, startMs: START_MS, regionOf: () => 'r', cells };
}
const of95 = ({ intervals }: WindowEstimate) => intervals.find(({ confidence }) => confidence === 0.95)!;

describe('whatever comes, an estimate is sound', () => {
  const count = fc.constantFrom(0, 1, 7, 100, 12_345, 1e15);
  const openServer = fc.record({
    received: count,
    announced: fc.option(count, { nil: undefined }),
    whole: fc.boolean(),
    region: fc.constantFrom('', 'r', 'q'),
    sums: fc.record({ filled: fc.constantFrom(0, 1, 1e-9, 1e15), revenue: fc.constantFrom(0, -1e6, 7, 1e-3, 1e18) }),
  });
  const step = fc.record({
    laterWindows: fc.constantFrom(1, 1, 1, 1, 60, 1_440, 100_000),
    servers: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), openServer),
    arrivals: fc.array(
      fc.record({
        server: fc.constantFrom('a', 'b', 'c', 'x'),
        agoWindows: fc.double({ min: -2, max: 2_000, noNaN: true }),
      }),
      { maxLength: 6 },
    ),
    ageWindows: fc.double({ min: 0, max: 3_000, noNaN: true }),
    empty: fc.nat(5),
    only: fc.option(fc.constantFrom(['a'], ['a', 'b', 'c'], []), { nil: undefined }),
  });

  it('and so is its snapshot', () => {
    const lengths = fc.constantFrom(10_000, MINUTE_MS, 5 * MINUTE_MS, 60 * MINUTE_MS, 7 * MINUTE_MS);
    fc.assert(
      fc.property(lengths, fc.array(step, { maxLength: 40 }), (windowMs, steps) => {
        const estimator = estimatorOf(windowMs);
        let endMs = Math.floor(START_MS / windowMs) * windowMs;
        for (const { laterWindows, servers, arrivals, ageWindows, empty, only } of steps) {
          endMs += laterWindows * windowMs;
          const nowMs = endMs + ageWindows * windowMs;
          const whole = arrivals.map(({ server, agoWindows }) => ({
            server,
            region: 'r',
            startMs: Math.floor((nowMs - agoWindows * windowMs) / windowMs) * windowMs,
            arrivedAtMs: nowMs,
          }));
          const beats = arrivals.map(({ server }) => ({ server, arrivedAtMs: nowMs }));
          estimator.hear({ whole, beats, nowMs });
          const roster = Object.entries(servers).map(([server, rest]): OpenServer => ({ server, ...rest }));
          roster.sort((a, b) => (a.server < b.server ? -1 : 1));
          const open: OpenWindow = { startMs: endMs - windowMs, endMs, nowMs, servers: roster };
          const said = estimator.estimate(open);
          expectSound(said);
          estimator.settle(open);
          estimator.seal({
            events: said.observed,
            empty,
            memos: [said.memo],
            sums: { filled: empty, revenue: -empty },
          });
          if (only !== undefined) estimator.keepOnly(new Set(only));
        }
        const state = estimator.snapshot();
        expect(JSON.parse(JSON.stringify(state))).toEqual(state);
      }),
      { numRuns: 100 },
    );
  });

  it('with servers that come and go, stall and die, across midnight and the day on which clocks change', () => {
    for (const windowMs of [10_000, MINUTE_MS, 60 * MINUTE_MS])
      for (const { said } of host(estimatorOf(windowMs), busyScene({ seed: 'hard', windowMs, windows: 300 })))
        expectSound(said);
  });
});

describe('a fleet of extremes', () => {
  it('of nobody is known to be nothing that one knows', () => {
    for (const { said } of host(
      estimatorOf(),
      evenScene(0, 100, () => ({})),
    ))
      expect(said).toMatchObject({ observed: 0, value: 0, basis: 'nothing', missing: [], silentShare: 0 });
  });

  it('that begins says nothing or guesses widely for its first hour', () => {
    const scene = evenScene(6, 60, (_, index) => ({ count: 10 ** (1 + (index % 3)) }));
    for (const { said } of host(estimatorOf(), scene)) {
      expect(['whole', 'guess', 'nothing']).toContain(said.basis);
      const missing = said.missing.reduce((sum, { events }) => sum + events, 0);
      if (said.basis === 'guess') expect(of95(said).high - of95(said).low).toBeGreaterThan(missing);
      if (said.basis === 'nothing') expect(of95(said).high).toBe(Infinity);
    }
  });

  it.each([1, 12])('of %d, all dead, spans from nothing to all, and in the end comes to nothing', (servers) => {
    const scene = evenScene(servers, 400, (at) => (at >= 200 ? { count: 0, arrivedAtMs: Infinity } : {}));
    const said = host(estimatorOf(), scene).filter(({ open }) => open.startMs >= START_MS + 201 * MINUTE_MS);
    const soon = said.find(({ nowMs, open }) => nowMs === open.endMs + 5 * MINUTE_MS)!.said;
    expect(soon.silentShare).toBeCloseTo(1, 6);
    expect(of95(soon).low).toBeLessThan(5);
    expect(of95(soon).high).toBeGreaterThan(90 * servers);
    expect(said.at(-1)!.said.value).toBeLessThan(50 * servers);
  });

  it('that rests is known to have nothing, and is not taken to rest when it is back', () => {
    const isBusy = (at: number): boolean => at < 60 || at >= 300;
    const scene = evenScene(12, 301, (at, index) => {
      if (!isBusy(at)) return { count: 0, announced: 0 };
      return at >= 300 && index % 2 === 1
        ? { arrivedAtMs: START_MS + (at + 5) * MINUTE_MS }
        : { arrivedAtMs: START_MS + (at + 1) * MINUTE_MS };
    });
    const said = host(estimatorOf(), scene);
    const resting = said.find(({ open, nowMs }) => open.startMs === START_MS + 250 * MINUTE_MS && nowMs > open.endMs)!;
    expect(resting.said).toMatchObject({ basis: 'whole', value: 0 });
    const back = said.find(({ open }) => open.startMs === START_MS + 300 * MINUTE_MS)!;
    expect(back.said).toMatchObject({ observed: 600, basis: 'guess' });
    expect(of95(back.said).high).toBeGreaterThan(1_200);
  });

  it('with nothing for ever comes to nothing', () => {
    const scene = evenScene(5, 300, () => ({ count: 0, announced: 0 }));
    for (const { said } of host(estimatorOf(), scene)) {
      expectSound(said);
      expect(said.value).toBe(0);
    }
  });
});

describe('what packets announce', () => {
  const learned = evenScene(12, 200, () => ({ announced: 100 }));

  it('is what is missing, whatever the peers have', () => {
    const scene = evenScene(12, 201, (at, index) =>
      at === 200 && index === 3
        ? { count: 777, announced: 777 }
        : at === 200
          ? { announced: 100, arrivedAtMs: START_MS + (at + 1) * MINUTE_MS }
          : { announced: 100 },
    );
    const { said } = host(estimatorOf(), scene).findLast(({ open, nowMs }) => nowMs === open.endMs)!;
    expect(said.missing).toMatchObject([{ server: 's03', events: 777 }]);
    // But for the one cell in a thousand that is lost whole.
    expect(said.missing[0]?.lateProbability).toBeCloseTo(1, 3);
    expect(said.value).toBeCloseTo(1_100 + 777, 0);
    expect(of95(said).low).toBeGreaterThan(1_100 + 600);
  });

  it('is missing of a server that is past the window, too', () => {
    const scene = evenScene(12, 201, (at, index) => ({
      announced: at === 200 && index === 3 ? 150 : 100,
      ...(at === 200 ? { arrivedAtMs: START_MS + (at + 1) * MINUTE_MS } : {}),
    }));
    const { said } = host(estimatorOf(), scene).findLast(({ open, nowMs }) => nowMs === open.endMs)!;
    expect(said.missing.map(({ server, events }) => [server, events])).toEqual([['s03', 50]]);
    expect(said.basis).toBe('peers');
    expect(of95(said).high).toBeGreaterThanOrEqual(1_200);
  });

  it('makes intervals narrower than those without', () => {
    const widthOf = (scene: Scene): number => {
      const { said } = host(estimatorOf(), scene).findLast(({ open, nowMs }) => nowMs === open.endMs)!;
      return of95(said).high - of95(said).low;
    };
    const random = (at: number, index: number): number => 60 + ((at * 7 + index * 13) % 80);
    const with_ = evenScene(12, 200, (at, index) => ({ count: random(at, index), announced: random(at, index) }));
    const without = evenScene(12, 200, (at, index) => ({ count: random(at, index) }));
    expect(widthOf(with_)).toBeLessThan(0.5 * widthOf(without));
    expect(widthOf(learned)).toBeLessThan(200);
  });
});
