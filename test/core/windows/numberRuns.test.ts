import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addNumbers,
  distinctNumbers,
  mergeNumbers,
  noNumbers,
  type NumberRuns,
} from '../../../core/windows/numberRuns.ts';

const of = (numbers: readonly number[]): NumberRuns => {
  const runs = noNumbers();
  for (const number of numbers) addNumbers(runs, number, number);
  return runs;
};

/** Every third number is missing: many more holes than are kept. */
const HOLED = Array.from({ length: 3_000 }, (_, at) => at).filter((number) => number % 3 !== 0);

describe('runs of numbers', () => {
  it('are told exactly while holes are few, in any order, in parts or at once', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 200 })), fc.array(fc.integer({ min: 0, max: 200 })), (a, b) => {
        const merged = of(a);
        mergeNumbers(merged, of(b));
        expect(distinctNumbers(merged)).toBe(new Set([...a, ...b]).size);
        expect(merged).toEqual(of([...b, ...a]));
      }),
    );
  });

  it('end the same one by one and as runs, also beyond the holes that are kept', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 1_500 }), fc.integer({ min: 0, max: 3 }))), (parts) => {
        const [asRuns, oneByOne] = [of(HOLED.slice(0, 520)), of(HOLED.slice(0, 520))];
        for (const [from, more] of parts) {
          addNumbers(asRuns, from, from + more);
          for (let number = from; number <= from + more; number++) addNumbers(oneByOne, number, number);
        }
        expect(asRuns).toEqual(oneByOne);
      }),
      { numRuns: 30 },
    );
  });

  it('keep counting holes that are no longer known by place', () => {
    const runs = of(HOLED);
    expect(runs.runs.length).toBeLessThanOrEqual(256);
    expect(distinctNumbers(runs)).toBe(HOLED.length);
  });

  it('tell a part that is there twice from holes, however many', () => {
    const twice = of(HOLED);
    mergeNumbers(twice, of(HOLED));
    expect([twice.added, distinctNumbers(twice)]).toEqual([2 * HOLED.length, HOLED.length]);
  });
});
