import { describe, expect, it } from 'vitest';
import type { KnownWindow } from '../../../../plugins/completeness/estimate/knownWindow.ts';
import { Traffic } from '../../../../plugins/completeness/estimate/level/traffic.ts';

/** A window of one cell of five minutes in which each server had so many events. */
const windowOf = (window: number, servers: Record<string, readonly [region: string, events: number]>): KnownWindow => ({
  ...{ startMinute: 5 * window, minutes: 1, nowMinute: 5 * window + 6 },
  servers: Object.entries(servers).map(([server, [region, events]]) => ({
    ...{ server, region, counts: [events], whole: [true] },
  })),
});

const BEFORE = { a: ['eu', 900], b: ['eu', 100], c: ['us', 10], d: ['us', 30] } as const;

function learned(): Traffic {
  const traffic = new Traffic(5);
  for (let window = 0; window < 500; window++) traffic.learn(windowOf(window, BEFORE));
  return traffic;
}
const expectedOf = (traffic: Traffic, window = 500): number[] =>
  Object.keys(BEFORE).map((server) => Math.round(traffic.expected(server, { minute: 5 * window }) ?? NaN));

describe('a server that changes its region', () => {
  it('is expected to send what it sent where it was, and nobody else is expected to send more or less', () => {
    const traffic = learned();
    expect(expectedOf(traffic)).toEqual([900, 100, 10, 30]);
    for (const window of [500, 501]) {
      traffic.learn(windowOf(window, { ...BEFORE, b: ['us', 100] }));
      expect(expectedOf(traffic, window + 1)).toEqual([900, 100, 10, 30]);
    }
  });

  it('also when the region is new, and when all move at once', () => {
    const traffic = learned();
    traffic.learn(windowOf(500, { ...BEFORE, a: ['asia', 900], b: ['asia', 100] }));
    expect(expectedOf(traffic, 501)).toEqual([900, 100, 10, 30]);
  });

  it('goes on after a snapshot, and what an older version kept is learned anew', () => {
    const traffic = learned();
    traffic.learn(windowOf(500, { ...BEFORE, b: ['us', 100] }));
    const [restored, older] = [new Traffic(5), new Traffic(5)];
    const kept = traffic.snapshot();
    restored.restore(kept);
    expect(restored.snapshot()).toEqual(kept);
    older.restore({ ...kept, shares: kept.shares.map(([server, share]) => [server, share]) });
    for (let window = 501; window < 1_000; window++) older.learn(windowOf(window, { ...BEFORE, b: ['us', 100] }));
    expect(expectedOf(older, 1_000)).toEqual([900, 100, 10, 30]);
  });
});
