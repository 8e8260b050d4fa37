import { describe, expect, it } from 'vitest';
import { judgeWindows } from '../../../core/testkit/judge.ts';
import { windows } from '../../../core/testkit/windows.ts';
import { type PastTroubles, lastAsRareMs, troubled } from '../../../plugins/outlier/alarm/pastTroubles.ts';
import { outlier } from '../../../plugins/outlier/plugin.ts';

/** By window: when it was last as rare, as a window of the noted series. */
const lastOf = (noted: string): Record<number, number | 'never'> => {
  const shown = windows({ series: { '': noted } });
  const startsMs = shown.map(({ startMs }) => startMs);
  return Object.fromEntries(
    judgeWindows(outlier, {}, shown).map(({ at, data }) => {
      const last = String(data['lastAsRare']);
      return [at, last === 'never' ? last : startsMs.indexOf(Date.parse(last))];
    }),
  );
};

describe('when it was last as rare', () => {
  it('is never, at first', () => {
    expect(lastOf('100~10 x60, 30 x1')).toEqual({ 60: 'never' });
  });

  it('is before the trouble that lasts', () => {
    expect(lastOf('100~10 x60, 20 x3')[62]).toBe('never');
  });

  it('is the trouble before, where that was as rare', () => {
    expect(lastOf('100~10 x60, 0 x1, 100~10 x60, 30 x1')[121]).toBe(60);
  });

  it('is not one that was less rare', () => {
    expect(lastOf('100~10 x60, 30 x1, 100~10 x60, 0 x1')[121]).toBe('never');
  });

  it('is not one on the other side', () => {
    expect(lastOf('100~10 x60, 400 x1, 100~10 x60, 30 x1')[121]).toBe('never');
  });

  it('is the newest of several, further back for a rarer one', () => {
    const times = lastOf('100~10 x200, 0 x1, 100~10 x60, 30 x1, 100~10 x60, 40 x1, 100~10 x60, 15 x1');
    expect([times[322], times[383]]).toEqual([261, 200]);
  });
});

describe('troubles', () => {
  it('do not pile up, and the rarest is never lost', () => {
    let past: PastTroubles | undefined;
    for (let at = 0; at < 1_000; at++)
      past = troubled(past, { timeMs: at, size: 2_000 - at, side: 1, window: 100 * at });
    expect(past?.earlier.length).toBe(16);
    expect(past && lastAsRareMs(past, 2_000)).toBe(0);
  });
});
