import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateRatio } from '../../../../plugins/completeness/estimate/metrics/estimateRatio.ts';
import { RatioHistory } from '../../../../plugins/completeness/estimate/metrics/ratioHistory.ts';

const bounds = new Map([[0.95, 2]]);
const standing = { ageMinutes: 1, silentShare: 0 };
const missed = (server: string, events: number, lateProbability = 1) => ({
  server,
  region: 'r',
  events,
  announced: 0,
  lateProbability,
  fate: server,
  isPassed: false,
  silentProbability: 1,
});
const served = (ratio: number, servers = 10) =>
  Array.from({ length: servers }, (_, at) => ({ server: `s${at}`, numerator: 1_000 * ratio, denominator: 1_000 }));

function learned(windows: number): RatioHistory {
  const history = new RatioHistory();
  for (let window = 0; window < windows; window++)
    history.learn([...served(window % 2 === 0 ? 0.49 : 0.51), { server: 'odd', numerator: 100, denominator: 1_000 }]);
  return history;
}

describe('the final ratio of an open window', () => {
  it('is not moved by a missing server that is like the others, and its interval is narrow', () => {
    const { value, intervals } = estimateRatio(
      served(0.5, 9),
      { missing: [missed('s9', 1_000)], standing, bounds },
      learned(50),
    );
    expect(value).toBeCloseTo(0.5, 2);
    expect((intervals[0]?.high ?? 1) - (intervals[0]?.low ?? 0)).toBeLessThan(0.02);
  });

  it('is moved by one that is not, as far as it is believed to come', () => {
    const of = (lateProbability: number) =>
      estimateRatio(served(0.5), { missing: [missed('odd', 1_000, lateProbability)], standing, bounds }, learned(50));
    expect(of(1).value).toBeCloseTo((5_000 + 100) / 11_000, 2);
    expect(of(0).value).toBeCloseTo(0.5, 6);
    const width = ({ intervals }: ReturnType<typeof of>): number =>
      (intervals[0]?.high ?? 0) - (intervals[0]?.low ?? 0);
    expect(width(of(0.5))).toBeGreaterThan(5 * width(of(1)));
  });

  it('is not known when nothing is', () => {
    const { value, intervals } = estimateRatio(
      [],
      { missing: [missed('s1', 10)], standing, bounds },
      new RatioHistory(),
    );
    expect(value).toBeUndefined();
    expect(intervals).toEqual([{ confidence: 0.95, low: -Infinity, high: Infinity }]);
  });

  it('is never without a number otherwise', () => {
    const part = fc.record({
      server: fc.integer({ min: 0, max: 12 }).map((at) => `s${at}`),
      numerator: fc.nat(1_000),
      denominator: fc.nat(1_000),
    });
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 5 }),
        fc.array(fc.tuple(fc.nat(14), fc.nat(1_000), fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 5 }),
        fc.constantFrom(0, 1, 20),
        (known, missing, windows) => {
          const parts = missing.map(([at, events, lateProbability]) => missed(`s${at}`, events, lateProbability));
          const { value, intervals, law } = estimateRatio(
            known,
            { missing: parts, standing, bounds },
            learned(windows),
          );
          if (value !== undefined) expect(Number.isFinite(value)).toBe(true);
          for (const { low, high } of intervals) expect(low <= high).toBe(true);
          for (const { deviation } of law) expect(deviation).toBeGreaterThan(0);
        },
      ),
    );
  });
});
