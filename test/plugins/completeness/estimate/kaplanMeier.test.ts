import { describe, expect, it } from 'vitest';
import { GapLaw } from '../../../../plugins/completeness/estimate/silence/gapLaw.ts';
import { courseOf } from '../../../../plugins/completeness/estimate/silence/kaplanMeier.ts';

describe('the survival of gaps', () => {
  it('is that of Kaplan and Meier, by hand', () => {
    // 10 gaps: at the first time 1 late and 1 dead; then 2 censored; then 2 late; then 1 dead and 1 censored; 2 never end.
    const { survival, lateBy, atRisk } = courseOf({
      late: [1, 0, 2, 0, 0],
      dead: [1, 0, 0, 1, 0],
      open: [0, 2, 0, 1, 2],
    });
    expect(atRisk).toEqual([10, 8, 6, 4, 2]);
    // 8/10, 8/10, 8/10 * 4/6, 8/10 * 4/6 * 3/4, the same.
    [0.8, 0.8, 8 / 15, 0.4, 0.4].forEach((expected, at) => expect(survival[at]).toBeCloseTo(expected, 12));
    // 1/10, and 8/10 * 2/6 more.
    [0.1, 0.1, 11 / 30, 11 / 30, 11 / 30].forEach((expected, at) => expect(lateBy[at]).toBeCloseTo(expected, 12));
  });

  it('gives the times of leukaemia remission of the 6-MP group of Freireich 1963', () => {
    // Remissions that ended in week 6 (3), 7, 10, 13, 16, 22, 23; censored in 6, 9, 10, 11, 17, 19, 20, 25, 32 (2), 34, 35.
    const weeks = [6, 7, 9, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 34, 35];
    const ended = new Map([[6, 3], ...[7, 10, 13, 16, 22, 23].map((week) => [week, 1] as const)]);
    const censored = new Map([[32, 2], ...[6, 9, 10, 11, 17, 19, 20, 25, 34, 35].map((week) => [week, 1] as const)]);
    const { survival } = courseOf({
      late: weeks.map((week) => ended.get(week) ?? 0),
      dead: weeks.map(() => 0),
      open: weeks.map((week) => censored.get(week) ?? 0),
    });
    const at = (week: number): number => Math.round(1000 * (survival[weeks.indexOf(week)] ?? 0)) / 1000;
    expect([6, 7, 10, 13, 16, 22, 23].map(at)).toEqual([0.857, 0.807, 0.753, 0.69, 0.627, 0.538, 0.448]);
  });
});

describe('whether the data of a gap still comes', () => {
  const place = { server: 'a', region: 'r' };
  const learned = (): GapLaw => {
    const law = new GapLaw();
    for (let gap = 0; gap < 50; gap++) law.ended(place, { minutes: 5, isLate: true, weight: 1 });
    for (let gap = 0; gap < 50; gap++) law.ended(place, { minutes: 200, isLate: false, weight: 1 });
    return law;
  };

  it('is a toss before anything is known', () => {
    expect(new GapLaw().lateProbability(place, 10)).toBe(0.5);
  });

  it('falls the longer it lasts', () => {
    const law = learned();
    expect(law.lateProbability(place, 2)).toBeCloseTo(0.5, 1);
    expect(law.lateProbability(place, 60)).toBeLessThan(0.02);
  });

  it('leans on the region and the fleet where a server has no gaps of its own', () => {
    const law = learned();
    for (const other of [
      { server: 'b', region: 'r' },
      { server: 'c', region: 'elsewhere' },
    ])
      expect(law.lateProbability(other, 60)).toBeLessThan(0.05);
  });

  it('does not take gaps that are still open for ended ones', () => {
    const law = learned();
    const before = law.lateProbability(place, 60);
    law.setOpen(Array.from({ length: 100 }, () => ({ ...place, minutes: 3, weight: 1 })));
    expect(law.lateProbability(place, 60)).toBeCloseTo(before, 2);
  });
});
