import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Said } from '../../../../plugins/completeness/estimate/history.ts';
import { memoOf, saidIn } from '../../../../plugins/completeness/estimate/memo.ts';
import { zOf } from '../../../../plugins/completeness/estimate/law/normalMixture.ts';

const said = fc
  .record({
    ageMinutes: fc.double({ min: 0, max: 1e4, noNaN: true }),
    silentShare: fc.double({ min: 0, max: 1, noNaN: true }),
    bound: fc.double({ min: 0.1, max: 20, noNaN: true }),
    parts: fc.array(
      fc.record({
        weight: fc.double({ min: 1e-5, max: 1, noNaN: true }),
        mean: fc.double({ min: 0, max: 1e12, noNaN: true }),
        deviation: fc.double({ min: 0.5, max: 1e9, noNaN: true }),
      }),
      { minLength: 1, maxLength: 32 },
    ),
  })
  .map(({ ageMinutes, silentShare, bound, parts }): Said => {
    const total = parts.reduce((sum, { weight }) => sum + weight, 0);
    return {
      basis: 'peers',
      standing: { ageMinutes, silentShare },
      bounds: new Map([[0.95, bound]]),
      law: parts.map((part) => ({ ...part, weight: part.weight / total })),
    };
  });

describe('a memo', () => {
  it('gives back the standing, the bounds and, to a hundredth, the z of whatever comes true', () => {
    fc.assert(
      fc.property(said, fc.nat(31), fc.double({ min: -4, max: 4, noNaN: true }), (estimate, which, z) => {
        const { mean, deviation } = estimate.law[which % estimate.law.length]!;
        const truth = mean + z * deviation;
        const back = saidIn(memoOf(estimate));
        expect(back).toMatchObject({
          basis: estimate.basis,
          standing: estimate.standing,
          bounds: estimate.bounds,
        });
        expect(Math.abs(zOf(back!.law, truth) - zOf(estimate.law, truth))).toBeLessThan(0.01);
      }),
    );
  });

  it('of 32 scenarios of a large fleet has about a kilobyte', () => {
    const law = Array.from({ length: 32 }, (_, at) => ({
      weight: 1 / 32 + at * 1e-7,
      mean: 123_456_789.123 + 1_234_567.891 * at,
      deviation: 54_321.987 + at,
    }));
    const standing = { ageMinutes: 12.345_678_901_2, silentShare: 0.123_456_789_012_3 };
    const bounds = new Map([0.8, 0.95].map((confidence) => [confidence, 1.234_567_890_123]));
    expect(memoOf({ basis: 'peers', standing, bounds, law }).length).toBeLessThan(1_200);
  });

  it('of what nothing is learned of is empty', () => {
    const [one] = fc.sample(said, 1);
    for (const basis of ['whole', 'guess', 'nothing'] as const) {
      expect(memoOf({ ...one!, basis })).toBe('');
      expect(saidIn('')).toBeUndefined();
    }
  });

  it.each(['{', '[]', '["peers",0,0,[],[]]', '["peers",0,0,[],[[1,1,0]]]', 'null', '[2,"peers"]'])(
    'that another version wrote is passed over: %s',
    (text) => {
      expect(saidIn(text)).toBeUndefined();
    },
  );
});
