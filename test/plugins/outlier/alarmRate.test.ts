import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/findings/random.ts';
import { AlarmRate, SIZE_MIN } from '../../../plugins/outlier/alarm/alarmRate.ts';

const SERIES = 400;
const stated = { perWindow: 1e-4, dayWindows: 1_440, sizeBefore: 8 };
/** Sizes whose tail is `slope` times as heavy as that of rarities that hold: one in two hundred windows has one that is put down. */
function* troubles(slope: number, seed: string): Generator<number | undefined, never> {
  const uniform = seededRandom(seed);
  for (;;) yield uniform() < 0.005 ? SIZE_MIN - (slope * Math.log(1 - uniform())) / Math.LN10 : undefined;
}

/** Shows windows of many series; gives how many alarms there were in each. Troubles are apart: none is the same as the last. */
function shown(rate: AlarmRate, sizes: Generator<number | undefined, never>, windows: number): number[] {
  return Array.from({ length: windows }, (_, window) => {
    rate.advance();
    let alarms = 0;
    for (let one = 0; one < SERIES; one++) {
      rate.judged();
      const size = sizes.next().value;
      if (size === undefined) continue;
      if (size >= rate.size) alarms++;
      rate.noted(undefined, { size, side: 1, window });
    }
    return alarms;
  });
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('a rate of alarms', () => {
  it.each([
    ['rarities that hold', 1],
    ['rarities of a tail that is heavier by half', 1.5],
    ['rarities that are too cautious', 0.7],
  ])('is the stated one, of %s', (_, slope) => {
    const rate = new AlarmRate(stated);
    const sizes = troubles(slope, `rate ${String(slope)}`);
    shown(rate, sizes, 2_000);
    const measured = sum(shown(rate, sizes, 8_000)) / (8_000 * SERIES);
    expect(measured).toBeGreaterThan(stated.perWindow / 1.2);
    expect(measured).toBeLessThan(stated.perWindow * 1.2);
  });

  it('is told from the tail where it was never seen, to an order of magnitude', () => {
    // 400,000 series-windows, in which a 2,500th of an alarm is stated: 0.005 * 10 ** (SIZE_MIN - size) = 1e-9.
    const rate = new AlarmRate({ ...stated, perWindow: 1e-9 });
    shown(rate, troubles(1, 'tail'), 1_000);
    rate.advance();
    expect(rate.size).toBeGreaterThan(9.7 - 1);
    expect(rate.size).toBeLessThan(9.7 + 1);
  });

  it('is not known before there are enough troubles', () => {
    const rate = new AlarmRate(stated);
    shown(rate, troubles(1, 'few'), 20);
    expect(rate.size).toBe(8);
  });

  it('is hardly moved by incidents of all series', () => {
    const rate = new AlarmRate(stated);
    const sizes = troubles(1, 'incidents');
    shown(rate, sizes, 3_000);
    rate.advance();
    const { size } = rate;
    for (let incident = 0; incident < 5; incident++) {
      rate.advance();
      for (let one = 0; one < SERIES; one++) {
        rate.judged();
        rate.noted(undefined, { size: 30, side: -1, window: 0 });
      }
      shown(rate, sizes, 100);
    }
    expect(Math.abs(rate.size - size)).toBeLessThan(0.15);
  });

  it('counts a trouble once, at its peak', () => {
    const rate = new AlarmRate({ ...stated, perWindow: 1 });
    rate.advance();
    let noted = rate.noted(undefined, { size: 4, side: 1, window: 0 });
    noted = rate.noted(noted, { size: 6.01, side: 1, window: 5 });
    noted = rate.noted(noted, { size: 5, side: 1, window: 20 });
    const bins = (): unknown => (rate.snapshot() as { readonly bins: unknown }).bins;
    expect(bins()).toEqual([[60, 1]]);
    noted = rate.noted(noted, { size: 5.01, side: 1, window: 36 });
    rate.noted(noted, { size: 7.01, side: -1, window: 37 });
    expect(bins()).toEqual([
      [40, 1],
      [60, 1],
      [80, 1],
    ]);
  });

  it('goes on from a snapshot as if it had never stopped', () => {
    const rate = new AlarmRate(stated);
    const sizes = troubles(1, 'kept');
    shown(rate, sizes, 1_600);
    const next = new AlarmRate(stated);
    next.restore(JSON.parse(JSON.stringify(rate.snapshot())) as ReturnType<AlarmRate['snapshot']>);
    expect(shown(next, troubles(1, 'on'), 300)).toEqual(shown(rate, troubles(1, 'on'), 300));
    expect(JSON.stringify(next.snapshot())).toBe(JSON.stringify(rate.snapshot()));
  });
});
