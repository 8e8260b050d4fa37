import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, thresholdSpec } from '../../../core/alerts/threshold.ts';

const known = (low: number, value: number, high: number, isFinal = false) => ({ low, value, high, isFinal });

describe('a threshold', () => {
  it('has one bound', () => {
    expect(thresholdSpec.safeParse({ stream: 'requests' }).success).toBe(false);
    expect(thresholdSpec.safeParse({ stream: 'requests', above: 1, below: 2 }).success).toBe(false);
    expect(thresholdSpec.parse({ stream: 'requests', below: 0.5 })).toMatchObject({
      metric: 'events',
      cut: [],
      severity: 'warning',
    });
  });

  it.each([
    [{ above: 100 }, known(101, 120, 140), 'fires'],
    [{ above: 100 }, known(90, 120, 140), 'undecided'],
    [{ above: 100 }, known(80, 90, 100), 'quiet'],
    [{ below: 100 }, known(80, 90, 99), 'fires'],
    [{ below: 100 }, known(80, 90, 101), 'undecided'],
    [{ below: 100 }, known(100, 110, 140), 'quiet'],
    [{ below: 100 }, known(0, 0, Infinity), 'undecided'],
    [{ above: 100 }, known(90, 120, 140, true), 'fires'],
    [{ below: 100 }, known(90, 120, 140, true), 'quiet'],
  ] as const)('%o says of %o that it %s', (bound, metric, decision) => {
    expect(decide(bound, metric)).toBe(decision);
  });

  it('never says another thing when more is known, unless the interval did not hold the value', () => {
    const sorted = fc.tuple(fc.float({ noNaN: true }), fc.float({ noNaN: true }), fc.float({ noNaN: true }));
    fc.assert(
      fc.property(sorted, fc.float({ noNaN: true }), fc.boolean(), (values, bound, isAbove) => {
        const [low = 0, value = 0, high = 0] = values.toSorted((a, b) => a - b);
        const spec = isAbove ? { above: bound } : { below: bound };
        const early = decide(spec, known(low, value, high));
        const late = decide(spec, known(value, value, value, true));
        expect(late).not.toBe('undecided');
        if (early !== 'undecided') expect(late).toBe(early);
      }),
    );
  });
});
