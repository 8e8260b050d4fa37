import { expect, it } from 'vitest';
import { KnownIncidents } from '../../../../core/pipeline/judge/knownIncidents.ts';
import type { IncidentMark } from '../../../../core/windows/incidentMark.ts';
import { BIDS, planned } from '../../windows/planning.ts';

const MINUTE = 60_000;
const minute = (at: number): number => at * MINUTE;
const mark = (from: number, to: number, labels = {}): IncidentMark => ({
  ...{ startMs: minute(from), endMs: minute(to), labels },
});
/** Ten judged hours. */
const JUDGED = { fromMs: 0, toMs: minute(600) };

/** The windows that are to be judged again, in minutes, at each look: of the marks that there are by then. */
async function looks(...marks: readonly (readonly IncidentMark[])[]): Promise<number[][]> {
  const known = new KnownIncidents();
  const moved: number[][] = [];
  for (const there of marks) {
    const store = { incidents: () => Promise.resolve(there) };
    moved.push((await known.moved(store, planned(BIDS), JUDGED)).map((ms) => ms / MINUTE));
  }
  return moved;
}

it('are judged again from an incident on that was marked since, however long ago it was', async () => {
  expect(await looks([], [mark(20, 40)], [mark(20, 40)])).toEqual([[], [20], []]);
});

it('are judged again when a mark is taken back, or is of something else', async () => {
  expect(await looks([mark(20, 40)], [])).toEqual([[], [20]]);
  expect(await looks([mark(20, 40)], [mark(20, 40, { exchange: 'x1' })])).toEqual([[], [20, 20]]);
});

it('begin with a window, and with the first that may still change', async () => {
  expect(await looks([], [{ ...mark(20, 40), startMs: minute(20) + 59_999 }])).toEqual([[], [20]]);
  expect(await looks([], [mark(-30, 10)])).toEqual([[], [0]]);
});

it('are none for what lies before or after what was judged', async () => {
  expect(await looks([], [mark(-30, 0), mark(600, 700)])).toEqual([[], []]);
});
