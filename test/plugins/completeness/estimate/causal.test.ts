import { expect, it } from 'vitest';
import { Replay } from '../../../../bench/completeness/replay.ts';
import { simulatedFleet, type SimulatedFleet } from '../../../../bench/completeness/simulatedFleet.ts';

const LATENESS_MINUTES = 120;
const fleet = simulatedFleet({ servers: 12, regions: 3, days: 1, seed: 'causal' });
const records = (of: SimulatedFleet) => {
  const replay = new Replay(of, LATENESS_MINUTES, 'beats');
  replay.run();
  return replay.records;
};

it('the same stream gives the same estimates', () => {
  const [one, another] = [records(fleet), records(fleet)];
  expect(one.map(({ ours, fillRates }) => [ours, fillRates])).toEqual(
    another.map(({ ours, fillRates }) => [ours, fillRates]),
  );
});

it('nothing that arrives later changes an estimate', () => {
  const cut = 900;
  const counts = fleet.counts.map((count, cell) => ((fleet.arrivedMinute[cell] ?? Infinity) > cut ? 7 * count : count));
  const saidBefore = (all: ReturnType<typeof records>) =>
    all.filter(({ startMinute }) => startMinute + 5 + 30 <= cut).map(({ ours }) => ours);
  const [before, after] = [saidBefore(records(fleet)), saidBefore(records({ ...fleet, counts }))];
  expect(before.length).toBeGreaterThan(100);
  expect(after).toEqual(before);
});
