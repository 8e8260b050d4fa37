import { expect, it } from 'vitest';
import { Silences } from '../../../../plugins/completeness/estimate/silence/silences.ts';

/** A server that has stalled 20 times with its packets coming and died 20 times without them, and is silent since minute 5,000. */
function silentAt(hasPulse: boolean): number {
  const silences = new Silences(1_440);
  const place = { server: 'a', region: 'r' };
  const live = (from: number, until: number): void => {
    for (let minute = from; minute < until; minute++) {
      silences.arrived(place, minute, minute + 1.5);
      silences.beat('a', minute + 1);
    }
  };
  for (let round = 0; round < 40; round++) {
    const from = round * 100;
    const isStall = round % 2 === 0;
    live(from, from + 60);
    for (let now = from + 61; now < from + 100; now++) {
      if (isStall) silences.beat('a', now);
      silences.advance(now);
    }
    if (isStall)
      for (let minute = from + 60; minute < from + 100; minute++) silences.arrived(place, minute, from + 101);
  }
  live(4_000, 5_000);
  for (let now = 5_000; now < 5_030; now++) {
    if (hasPulse) silences.beat('a', now);
    silences.advance(now);
  }
  return silences.of('a')?.lateProbability ?? NaN;
}

it('a silent server whose packets come is late, one whose packets do not is dead', () => {
  expect(silentAt(true)).toBeGreaterThan(0.9);
  expect(silentAt(false)).toBeLessThan(0.1);
});
