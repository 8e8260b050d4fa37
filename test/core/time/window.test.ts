import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asArrivalTimeMs, asEventTimeMs } from '../../../core/time/eventTime.ts';
import { wallClock } from '../../../core/time/wallClock.ts';
import { windowAt, windowStartOf } from '../../../core/time/window.ts';

describe('windows', () => {
  it('are half-open: the start is in, the end is in the next', () => {
    expect(windowStartOf(60_000, 60_000)).toBe(60_000);
    expect(windowStartOf(119_999, 60_000)).toBe(60_000);
    expect(windowStartOf(120_000, 60_000)).toBe(120_000);
    expect(windowAt(60_000, 60_000)).toEqual({ startMs: 60_000, endMs: 120_000 });
  });

  it('hold every moment exactly once, before the epoch too', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e12, max: 1e13 }),
        fc.integer({ min: 1, max: 86_400_000 }),
        (timeMs, windowMs) => {
          const { startMs, endMs } = windowAt(windowStartOf(timeMs, windowMs), windowMs);
          expect(startMs <= timeMs && timeMs < endMs && Math.abs(startMs % windowMs) === 0).toBe(true);
        },
      ),
    );
  });
});

describe('the two clocks', () => {
  it('mark numbers and change nothing', () => {
    expect([asEventTimeMs(5), asArrivalTimeMs(6)]).toEqual([5, 6]);
  });

  it('and the wall clock is that of the machine', () => {
    const before = Date.now();
    const now = wallClock();
    expect(now >= before && now <= Date.now()).toBe(true);
  });
});
