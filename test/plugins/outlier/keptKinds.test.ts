import { describe, expect, it } from 'vitest';
import { snapshotForecaster } from '../../../plugins/outlier/forecast/snapshotForecaster.ts';
import {
  busy,
  course,
  daily,
  kindsOf,
  made,
  resting,
  saidOn,
  SERIES,
  snapshotOf,
  valuesOf,
  weekly,
  windowOf,
  WINDOW_MS,
} from './localDays.ts';

/** A Monday. */
const FROM = '2026-06-01';
describe('what is known of kinds of days', () => {
  const calendar = { holidays: ['2026-06-09'], campaigns: [{ name: 'sale', from: '2026-06-10', to: '2026-06-11' }] };
  const values = valuesOf(FROM, 12, (local) =>
    local.day === 8 ? resting(local.hour) : busy([9, 10])({ ...local, hour: local.hour }),
  );

  it('outlives restarts, to the byte', () => {
    const whole = made(calendar);
    const said = saidOn(whole, values);
    let broken = made(calendar);
    const saidBroken: Record<number, number> = {};
    for (let from = 0; from < values.length; from += 431) {
      const next = made(calendar);
      next.restore(snapshotOf(broken));
      broken = next;
      for (const [day, count] of Object.entries(saidOn(broken, values.slice(from, from + 431))))
        saidBroken[Number(day)] = (saidBroken[Number(day)] ?? 0) + count;
    }
    expect(saidBroken).toEqual(said);
    expect(JSON.stringify(snapshotOf(broken))).toBe(JSON.stringify(snapshotOf(whole)));
    expect(kindsOf(whole).length).toBeGreaterThan(500);
  });

  it('is put away a day after the calendar was', () => {
    const check = made(calendar);
    saidOn(check, values);
    const bare = made();
    bare.restore(snapshotOf(check));
    expect(kindsOf(bare)).not.toBe('');
    saidOn(bare, valuesOf('2026-06-13', 3, daily));
    expect(kindsOf(bare)).toBe('');
  });
});

describe('a forecast', () => {
  const values = valuesOf(FROM, 26, weekly).filter(({ day }) => day < 25);
  /** From Thursday midnight on, so many hours ahead. */
  const ahead = (calendar: object | undefined, hours: number): number => {
    const check = made(calendar);
    saidOn(check, values);
    const ask = {
      series: SERIES,
      metric: 'events',
      windowMs: WINDOW_MS,
      windows: hours * 12,
      step: hours * 12,
      confidences: [0.8],
    };
    const forecast = check.forecast(ask);
    const entries = new Map(snapshotOf(check));
    expect(snapshotForecaster.forecast(entries, ask)).toEqual(forecast);
    return forecast!.points[0]!.value;
  };

  it('knows which days are ahead', () => {
    const [friday, saturday, monday] = [12, 36, 84].map((hours) => ahead({}, hours));
    expect(friday! / course(12)).toBeCloseTo(1, 1);
    expect(saturday! / resting(12)).toBeCloseTo(1, 0.5);
    expect(monday! / course(12)).toBeCloseTo(1, 0.5);
    expect(Math.abs(ahead(undefined, 36) / resting(12) - 1)).toBeGreaterThan(0.4);
  });
});

describe('bad input', () => {
  it('of every kind of day gives nothing but numbers', () => {
    const check = made({ campaigns: [{ name: 'sale', from: '2026-06-03', to: '2026-06-04' }] });
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, -1, 1e300, 0, 1e15];
    const shown = valuesOf(FROM, 12, weekly).map((one, at) =>
      at % 7 === 0 ? { ...one, value: odd[(at / 7) % odd.length]! } : one,
    );
    const times = [Number.NaN, 1e300, -8.64e15].map((timeMs) => ({ timeMs, day: 0, value: 1 }));
    const said = [...shown, ...times].flatMap((one) => check.window(windowOf(one)));
    expect(said.length).toBeGreaterThan(0);
    for (const { observed, expected, rarity } of said)
      expect([observed, expected?.low, expected?.high, rarity].every(Number.isFinite)).toBe(true);
    expect(JSON.stringify(snapshotOf(check))).toContain('"kinds"');
  });
});
