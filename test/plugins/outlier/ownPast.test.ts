import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/findings/random.ts';
import { judgeOwnPast } from '../../../plugins/outlier/ownPast/judgeOwnPast.ts';
import { OwnPast, type Strangeness } from '../../../plugins/outlier/ownPast/ownPast.ts';
import { KEPT, remember, surpriseOf } from '../../../plugins/outlier/ownPast/pastExtremes.ts';

const STEP_MS = 300_000;
const judgeAll = (values: readonly number[]): (Strangeness | undefined)[] => {
  const own = new OwnPast();
  return values.map((value, at) => (judgeOwnPast(own, at * STEP_MS, value) ? own.strangeness : undefined));
};
/** Independent noise in [-1, 1), the same on every run. */
const random = seededRandom('noise');
const noise = (): number => 2 * random() - 1;

describe('how surprising a value is after its past', () => {
  it.each([
    [Math.log(1_000), 3],
    [Math.log(100_000), 5],
  ])('%d after an exponential past is about as rare as the exponential law says', (value, expected) => {
    const past = new Float64Array(KEPT);
    for (let at = 0; at < 2_000; at++) remember(past, 0, at, -Math.log((at + 0.5) / 2_000));
    expect(Math.abs(surpriseOf(past, 0, 2_000, value) - expected)).toBeLessThan(0.7);
  });

  it('is nothing before there is a past', () => {
    expect(surpriseOf(new Float64Array(KEPT), 0, 0, 1e9)).toBe(0);
  });
});

describe('what is strange', () => {
  const calm = Array.from({ length: 1_500 }, () => 100 + noise());

  it('is a value that lies far beyond the noise, at once', () => {
    expect(judgeAll([...calm, 120]).at(-1)?.onset).toBeGreaterThan(4);
  });

  it('is not the same again right after', () => {
    expect(judgeAll([...calm, 120, 100, 100, 120]).at(-1)?.onset).toBe(0);
  });

  it('is not the noise itself: above 5 the stated rate lets expect 1000 * 10^-5 * ln(1500 / 30) = 0.04 alarms', () => {
    expect(judgeAll(calm).filter((told) => (told?.onset ?? 0) > 5)).toEqual([]);
  });

  it('is a constant series that moves', () => {
    expect(judgeAll([...new Array<number>(600).fill(5), 6]).at(-1)?.onset).toBeGreaterThan(4);
  });
});

describe('bad input', () => {
  it.each([
    ['no numbers', [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300]],
    ['three points', [1, 2, 3]],
    ['all zero', new Array<number>(500).fill(0)],
    ['10^15 and 0', Array.from({ length: 500 }, (_, at) => (at % 50 === 0 ? 1e15 : 0))],
    ['10^149', Array.from({ length: 500 }, (_, at) => (at % 2 === 0 ? 1e149 : -1e149))],
  ])('%s: finite answers or none', (_, values) => {
    const told = judgeAll(values).filter((one) => one !== undefined);
    expect(told.length).toBe(values.filter((value) => Math.abs(value) <= 1e150).length);
    for (const { surprise, onset, expected, spread } of told)
      expect([surprise, onset, expected, spread].every(Number.isFinite)).toBe(true);
  });

  it('teaches nothing', () => {
    const own = new OwnPast();
    for (const value of [1, 2, 1]) judgeOwnPast(own, 0, value);
    const before = JSON.stringify(own);
    judgeOwnPast(own, 0, Number.NaN);
    expect(JSON.stringify(own)).toBe(before);
  });
});
