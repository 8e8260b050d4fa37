import { describe, expect, it } from 'vitest';
import { CellLoss } from '../../../../plugins/completeness/estimate/law/cellLoss.ts';

/** So many cells came, and of every hundred one was passed over; some of these came after all. */
function learned(cells: number, filled = 0): CellLoss {
  const loss = new CellLoss();
  for (let at = 0; at < cells; at++) loss.came({ skipped: Number(at % 100 === 0), isFilling: false });
  for (let at = 0; at < filled; at++) loss.came({ skipped: 0, isFilling: true });
  return loss;
}

describe('a cell that is not here', () => {
  it('is lost as often as cells are while all others are not here either', () => {
    expect(learned(100_000).probability(1)).toBeCloseTo(0.01, 3);
  });

  it('is the likelier lost the longer it would usually be here', () => {
    const loss = learned(100_000);
    expect(loss.probability(0.01)).toBeCloseTo(0.5, 1);
    expect(loss.probability(1e-6)).toBeGreaterThan(0.99);
  });

  it('is seldom lost where those that were passed over come later', () => {
    expect(learned(100_000, 1_000).probability(1)).toBeLessThan(1e-4);
  });

  it('is neither sure to come nor sure to be lost where nothing is known', () => {
    expect(new CellLoss().probability(1)).toBeCloseTo(0.0005, 9);
    expect(new CellLoss().probability(1e-9)).toBeLessThan(1);
  });
});
