import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crpsOf, meanOf, valueAt, zOf } from '../../../../plugins/completeness/estimate/law/normalMixture.ts';

const law = fc
  .array(
    fc.record({
      weight: fc.double({ min: 0.01, max: 1, noNaN: true }),
      mean: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      deviation: fc.double({ min: 0.5, max: 1e5, noNaN: true }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => {
    const total = parts.reduce((sum, { weight }) => sum + weight, 0);
    return parts.map((part) => ({ ...part, weight: part.weight / total }));
  });

describe('a mixture of normal laws', () => {
  it('has the quantiles of its one part', () => {
    const one = [{ weight: 1, mean: 10, deviation: 2 }];
    expect(valueAt(one, 1.5)).toBeCloseTo(13, 6);
    expect(zOf(one, 13)).toBeCloseTo(1.5, 6);
    expect(meanOf(one)).toBe(10);
  });

  it('gives back the z of the value at a z, far out too', () => {
    fc.assert(
      fc.property(law, fc.double({ min: -6, max: 6, noNaN: true }), (parts, z) => {
        const value = valueAt(parts, z);
        const [below, above] = [
          zOf(parts, value - 1e-6 * (1 + Math.abs(value))),
          zOf(parts, value + 1e-6 * (1 + Math.abs(value))),
        ];
        expect(below).toBeLessThanOrEqual(z + 1e-3);
        expect(above).toBeGreaterThanOrEqual(z - 1e-3);
      }),
    );
  });

  it('scores a standard normal law at its mean with 0.2337, and a sharp miss with its distance', () => {
    expect(crpsOf([{ weight: 1, mean: 0, deviation: 1 }], 0)).toBeCloseTo((Math.SQRT2 - 1) / Math.sqrt(Math.PI), 6);
    expect(crpsOf([{ weight: 1, mean: 0, deviation: 1e-6 }], 5)).toBeCloseTo(5, 4);
  });
});
