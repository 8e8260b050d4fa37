import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../core/findings/random.ts';
import { Conformal } from '../../../../plugins/completeness/estimate/law/conformal.ts';
import { zAbove } from '../../../../plugins/completeness/estimate/law/normalQuantile.ts';

const calm = { ageMinutes: 1, silentShare: 0 };
const silent = { ageMinutes: 1, silentShare: 0.2 };
const CONFIDENCES = [0.8, 0.95] as const;

/** Shows errors of that many deviations; gives the share of the last half that was within the bounds stated, by confidence. */
function coverageOf(conformal: Conformal, deviationAt: (at: number) => number, standing = calm): number[] {
  const random = seededRandom('errors');
  const hits = CONFIDENCES.map(() => 0);
  const rounds = 4_000;
  for (let at = 0; at < rounds; at++) {
    const bounds = new Map(CONFIDENCES.map((confidence) => [confidence, conformal.bound(standing, confidence)]));
    const z = -zAbove(Math.min(1 - 1e-9, Math.max(1e-9, random()))) * deviationAt(at);
    if (at >= rounds / 2)
      CONFIDENCES.forEach((confidence, which) => {
        if (Math.abs(z) <= (bounds.get(confidence) ?? 0)) hits[which] = (hits[which] ?? 0) + 1;
      });
    conformal.learn(standing, z, bounds);
  }
  return hits.map((count) => count / (rounds / 2));
}

describe('calibrated bounds', () => {
  it('are cautious before anything is known', () => {
    expect(new Conformal().bound(calm, 0.95)).toBeGreaterThan(1.96);
  });

  it.each([0.3, 1, 5])('hold what they state when the law is %d times too narrow', (times) => {
    const [of80 = 0, of95 = 0] = coverageOf(new Conformal(), () => times);
    expect(Math.abs(of80 - 0.8)).toBeLessThan(0.03);
    expect(Math.abs(of95 - 0.95)).toBeLessThan(0.02);
  });

  it('hold it while the errors grow all the time', () => {
    const [of80 = 0, of95 = 0] = coverageOf(new Conformal(), (at) => Math.exp(at / 1_000));
    expect(of80).toBeGreaterThan(0.75);
    expect(of95).toBeGreaterThan(0.93);
  });

  it('are those of windows that were as silent', () => {
    const conformal = new Conformal();
    coverageOf(conformal, () => 1);
    coverageOf(conformal, () => 4, silent);
    expect(conformal.bound(calm, 0.95)).toBeLessThan(2.3);
    expect(conformal.bound(silent, 0.95)).toBeGreaterThan(6);
  });
});
