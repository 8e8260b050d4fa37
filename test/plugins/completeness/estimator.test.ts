import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../core/plugin.ts';
import { OpenWindowEstimator } from '../../../plugins/completeness/estimator.ts';
import { completeness } from '../../../plugins/completeness/plugin.ts';
import { busyScene, host, SCENE_METRICS, type Scene, sumsOf } from './hostedEstimator.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

const estimatorOf = ({ windowMs, latenessMs }: Scene) =>
  new OpenWindowEstimator({
    stream: 'requests',
    windowMs,
    latenessMs,
    confidences: [0.8, 0.95],
    metrics: SCENE_METRICS,
  });
const lengths = fc.constantFrom(10 * SECOND_MS, MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, 60 * MINUTE_MS);

describe('the estimator of the plugin', () => {
  it('is that of a stream', () => {
    const estimator = completeness.estimator?.(completeness.options.parse({}), {
      stream: 'requests',
      windowMs: MINUTE_MS,
      latenessMs: 60 * MINUTE_MS,
      confidences: [0.8, 0.95],
      metrics: [],
    });
    expect(estimator).toBeInstanceOf(OpenWindowEstimator);
  });

  it('goes on from a snapshot as if it had never stopped, to the byte', () => {
    fc.assert(
      fc.property(
        fc.record({ seed: fc.string(), windowMs: lengths, packets: fc.boolean() }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (of, share) => {
          const scene = busyScene(of);
          const cut = Math.floor(share * scene.cells.length);
          const unbroken = estimatorOf(scene);
          const memos = new Map<number, string[]>();
          const [first, resumed] = [estimatorOf(scene), estimatorOf(scene)];
          const before = host(first, scene, { to: cut, memos });
          // What it knew before it was restored is forgotten.
          host(resumed, busyScene({ seed: 'another' }), { to: 100 });
          resumed.restore(JSON.parse(JSON.stringify(first.snapshot())) as Json);
          const last = before.at(-1);
          if (last !== undefined) expect(resumed.estimate(last.open)).toEqual(first.estimate(last.open));
          const after = host(resumed, scene, { from: cut, memos });
          expect(JSON.stringify([...before, ...after])).toBe(JSON.stringify(host(unbroken, scene)));
          expect(JSON.stringify(resumed.snapshot())).toBe(JSON.stringify(unbroken.snapshot()));
        },
      ),
      { numRuns: 6 },
    );
  });

  it.each([10 * SECOND_MS, MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, 60 * MINUTE_MS])(
    'holds what it states for windows of %d ms',
    (windowMs) => {
      const scene = busyScene({ seed: 'covered', windowMs, windows: 900, servers: 12, packets: false });
      const finals = scene.cells.map((row) =>
        [...row.values()].reduce((sum, { count, arrivedAtMs }) => sum + (arrivedAtMs < Infinity ? count : 0), 0),
      );
      const said = host(estimatorOf(scene), scene).filter(({ nowMs }) => nowMs > scene.startMs + 400 * windowMs);
      const hits = said.filter(({ open, said: { intervals } }) => {
        const final = finals[(open.startMs - scene.startMs) / windowMs] ?? NaN;
        const { low, high } = intervals.find(({ confidence }) => confidence === 0.95) ?? { low: NaN, high: NaN };
        return low <= final && final <= high;
      });
      expect(hits.length / said.length).toBeGreaterThan(0.9);
      const widths = said.map(({ said: { value, intervals } }) => (intervals[1]!.high - intervals[1]!.low) / 2 / value);
      expect(widths.toSorted((a, b) => a - b)[widths.length >> 1]).toBeLessThan(0.5);
    },
  );

  it.each([MINUTE_MS, 15 * MINUTE_MS])('holds what it states of sums and ratios for windows of %d ms', (windowMs) => {
    const scene = busyScene({ seed: 'of metrics', windowMs, windows: 900, servers: 12, packets: false });
    const finals = scene.cells.map((row) => {
      const there = [...row.values()].filter(({ arrivedAtMs }) => arrivedAtMs < Infinity);
      const { revenue = 0, filled = 0 } = sumsOf(there);
      return { revenue, fillRate: filled / there.reduce((sum, { count }) => sum + count, 0), paid: revenue / filled };
    });
    const said = host(estimatorOf(scene), scene).filter(({ nowMs }) => nowMs > scene.startMs + 400 * windowMs);
    for (const metric of ['revenue', 'fillRate', 'paid'] as const) {
      const stated = said.flatMap(({ open, said: { metrics } }) => {
        const { intervals } = metrics.find((one) => one.metric === metric) ?? { intervals: [] };
        const final = finals[(open.startMs - scene.startMs) / windowMs]?.[metric] ?? NaN;
        const { low, high } = intervals.find(({ confidence }) => confidence === 0.95) ?? { low: NaN, high: NaN };
        // What everything is there for is exact but for the last digit.
        const near = 1e-9 * final;
        return [{ isHit: low - near <= final && final <= high + near, width: (high - low) / 2 / final }];
      });
      expect(stated.filter(({ isHit }) => isHit).length / stated.length, metric).toBeGreaterThan(0.9);
      const widths = stated.map(({ width }) => width).toSorted((a, b) => a - b);
      expect(widths[widths.length >> 1], metric).toBeLessThan(0.5);
    }
  });

  it('names at most 20 servers that miss events, those that miss most first', () => {
    const scene = busyScene({ seed: 'many', servers: 60, packets: false, windows: 100 });
    const named = host(estimatorOf(scene), scene).map(({ said }) => said.missing);
    expect(Math.max(...named.map((missing) => missing.length))).toBe(20);
    for (const missing of named) {
      const events = missing.map((one) => one.events);
      expect(new Set(missing.map(({ server }) => server)).size).toBe(missing.length);
      expect(events).toEqual(events.toSorted((a, b) => b - a));
      expect(missing.every(({ lateProbability }) => lateProbability >= 0 && lateProbability <= 1)).toBe(true);
    }
  });

  it('keeps a bounded snapshot', () => {
    const scene = busyScene({ seed: 'kept', servers: 12, windows: 1_500 });
    const estimator = estimatorOf(scene);
    host(estimator, scene);
    // 28 kinds of 600 errors of 20 characters at most, of the events and of each metric; and 3 kB a server and 6 kB a region.
    const errors = (1 + SCENE_METRICS.length) * 28 * 600 * 21;
    expect(JSON.stringify(estimator.snapshot()).length).toBeLessThan(errors + 12 * 3_000 + 2 * 6_000);
    estimator.keepOnly(new Set());
    expect(JSON.stringify(estimator.snapshot())).not.toContain('"s00"');
  });
});
