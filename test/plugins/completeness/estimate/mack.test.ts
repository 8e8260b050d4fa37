import { expect, it } from 'vitest';
import { mackLadder } from '../../../../bench/completeness/mack.ts';

/** `UKMotor` of R's ChainLadder: S. Christofides 1997, "Regression models based on log-incremental payments", Claims Reserving Manual 2, D5. */
const UK_MOTOR = [
  [3511, 6726, 8992, 10704, 11763, 12350, 12690],
  [4001, 7703, 9981, 11161, 12117, 12746],
  [4355, 8287, 10233, 11755, 12993],
  [4295, 7750, 9773, 11093],
  [4150, 7897, 10217],
  [5102, 9650],
  [6283],
];
const rounded = (value: number): number => Math.round(100 * value) / 100;

it("the peer's standard errors are those published of the ukmotor triangle", () => {
  const { standardErrors, totalStandardError } = mackLadder(UK_MOTOR);
  expect(standardErrors.map(rounded)).toEqual([0, 27.25, 36.52, 144.53, 427.63, 693.17, 901.41]);
  expect(rounded(totalStandardError)).toBe(1424.53);
});

it('gives nothing that is no number for empty, single and zero rows', () => {
  for (const rows of [[], [[5]], [[0, 0], [0]], [[0, 0, 0], [0, 0], [0]]]) {
    const { ultimates, standardErrors, totalStandardError } = mackLadder(rows);
    expect([...ultimates, ...standardErrors, totalStandardError].every(Number.isFinite)).toBe(true);
  }
});
