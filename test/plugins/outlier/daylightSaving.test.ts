import { describe, expect, it } from 'vitest';
import { Calendar } from '../../../plugins/outlier/course/calendar.ts';
import {
  beginDay,
  type DailyProfile,
  emptyProfile,
  gather,
  keptProfile,
  offsetAt,
  PROFILE_SIZE,
} from '../../../plugins/outlier/course/dailyProfile.ts';
import { options } from '../../../plugins/outlier/options.ts';
import { made, saidOn, SERIES, valuesOf, WINDOW_MS } from './localDays.ts';

const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;
const calendarOf = (timeZone: string): Calendar =>
  new Calendar(options.parse({ calendar: { timeZone, restDays: [] } }).calendar);

/** A profile of all quarters of hours between two instants, of values by the hour on the wall. */
function shown(
  timeZone: string,
  from: string,
  to: string,
  value: (hour: number, timeMs: number) => number,
): DailyProfile {
  const calendar = calendarOf(timeZone);
  const profile = emptyProfile(new Float64Array(PROFILE_SIZE), 0);
  for (let timeMs = Date.parse(from); timeMs < Date.parse(to); timeMs += QUARTER_MS) {
    const when = calendar.at(timeMs);
    beginDay(profile, when);
    gather(profile, when, value(Math.floor((when.localMs % DAY_MS) / 3_600_000), timeMs));
  }
  return profile;
}

describe('a day on which clocks change', () => {
  it.each([
    ['Europe/Amsterdam', '2026-03-28T23:00Z', '2026-03-29T22:00Z', [4, 4, 0, 4]],
    ['Europe/Amsterdam', '2026-10-24T22:00Z', '2026-10-25T23:00Z', [4, 4, 8, 4]],
    ['America/New_York', '2026-11-01T04:00Z', '2026-11-02T05:00Z', [4, 8, 4, 4]],
    ['Australia/Lord_Howe', '2026-04-04T13:00Z', '2026-04-05T13:30Z', [4, 6, 4, 4]],
    ['Australia/Lord_Howe', '2026-10-03T13:30Z', '2026-10-04T13:00Z', [4, 4, 2, 4]],
  ])('in %s from %s to %s: hours have as many values as they have quarters', (timeZone, from, to, counts) => {
    expect(keptProfile(shown(timeZone, from, to, () => 1)).counts.slice(0, 4)).toEqual(counts);
  });

  it('is learned without the hour that it lacks, of which what was known stays', () => {
    const days = shown('Europe/Amsterdam', '2026-03-26T23:00Z', '2026-03-30T00:00Z', (hour) =>
      hour === 2 ? 124 : 100,
    );
    expect(days.days).toBe(3);
    expect(keptProfile(days).offsets[2]).toBeCloseTo(23, 9);
  });

  it('is learned with the mean of the hour that came twice', () => {
    const twice = Date.parse('2026-10-25T01:00Z');
    const days = shown('Europe/Amsterdam', '2026-10-24T22:00Z', '2026-10-26T00:00Z', (hour, timeMs) =>
      hour !== 2 ? 0 : timeMs < twice ? 24 : 48,
    );
    expect(days.days).toBe(1);
    expect(keptProfile(days).offsets[2]).toBeCloseTo(36 - 36 / 24, 9);
  });

  it('begins and ends at midnight on the wall', () => {
    const calendar = calendarOf('Europe/Amsterdam');
    const days = shown('Europe/Amsterdam', '2026-10-23T22:00Z', '2026-10-26T00:00Z', (hour) => hour);
    const at = (time: string): number => offsetAt(days, calendar.at(Date.parse(time)));
    expect(at('2026-10-24T10:30Z')).toBeCloseTo(12 - 11.5, 0);
    // The same hour by the clock, an hour later by the sun.
    expect(at('2026-10-26T11:30Z')).toBe(at('2026-10-24T10:30Z'));
  });
});

describe('a stream that follows the clock on the wall', () => {
  const rise = (hour: number): number => 1 / (1 + Math.exp(-1.3 * hour));
  const working = (hour: number): number => 2_000 + 1_500 * (rise(hour - 8) - rise(hour - 18));

  it.each([
    ['begins', '2026-03-23'],
    ['ends', '2026-10-19'],
  ])('is forecast by it over the night in which summer time %s', (_, from) => {
    const values = valuesOf(from, 7, ({ hour }) => working(hour));
    const untilEight = values.slice(0, -4 * 12);
    const morning = (timeZone: string): number => {
      const check = made({ timeZone, restDays: [] });
      expect(saidOn(check, untilEight)).toEqual({});
      const ask = { series: SERIES, metric: 'events', windowMs: WINDOW_MS, windows: 144, step: 144, confidences: [] };
      return check.forecast(ask)!.points[0]!.value;
    };
    expect(Math.abs(morning('Europe/Amsterdam') / working(8) - 1)).toBeLessThan(0.05);
    expect(Math.abs(morning('UTC') / working(8) - 1)).toBeGreaterThan(0.15);
  });
});
