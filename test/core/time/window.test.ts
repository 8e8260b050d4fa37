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

describe('windows of a day', () => {
  const DAY_MS = 86_400_000;
  const days: readonly (readonly [what: string, day: number])[] = [
    ['clocks go forward', Date.UTC(2026, 2, 29)],
    ['clocks go back', Date.UTC(2026, 9, 25)],
    ['clocks go back by half an hour on an island', Date.UTC(2026, 3, 4)],
    ['there is a leap day', Date.UTC(2028, 1, 29)],
    ['a year ends', Date.UTC(2026, 11, 31)],
  ];

  it.each(days)('on which %s follow one another without gap, and each moment is in one', (_what, day) => {
    const lengths = [10_000, 60_000, 300_000, 3_600_000, DAY_MS];
    fc.assert(
      fc.property(fc.constantFrom(...lengths), fc.integer({ min: -DAY_MS, max: 2 * DAY_MS }), (windowMs, offset) => {
        const window = windowAt(windowStartOf(day + offset, windowMs), windowMs);
        expect(window.endMs - window.startMs).toBe(windowMs);
        expect(windowStartOf(window.endMs, windowMs)).toBe(window.endMs);
        expect(windowStartOf(window.endMs - 1, windowMs)).toBe(window.startMs);
      }),
    );
    const starts = new Set(
      Array.from({ length: 1_440 }, (_, minute) => windowStartOf(day + minute * 60_000, 3_600_000)),
    );
    expect([...starts]).toEqual(Array.from({ length: 24 }, (_, hour) => day + hour * 3_600_000));
  });

  it('keep apart the two hours that clocks call the same', () => {
    const clock = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', timeStyle: 'short' });
    const [first, second] = [Date.UTC(2026, 9, 25, 0, 30), Date.UTC(2026, 9, 25, 1, 30)];
    expect([clock.format(first), clock.format(second)]).toEqual(['02:30', '02:30']);
    expect(windowStartOf(second, 3_600_000) - windowStartOf(first, 3_600_000)).toBe(3_600_000);
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
