import { describe, expect, it } from 'vitest';
import { fileDir } from '../../cli/export/exportDir.ts';
import { sealedWindows } from '../../cli/export/sealedWindows.ts';
import type { JudgedBaseWindow } from '../../core/store/export/exportStore.ts';

const base = (startMs: number, of: Partial<JudgedBaseWindow> = {}): JudgedBaseWindow => ({
  startMs,
  endMs: startMs + 10,
  revision: 0,
  state: 'sealed',
  events: 5,
  serversExpected: 3,
  serversArrived: 3,
  eventsAnnounced: 5,
  tooLate: 0,
  ...of,
});

describe('larger windows', () => {
  it('join what is known of those that they are merged of', () => {
    const parts = [base(0, { revision: 2, serversArrived: 1 }), base(10, { serversExpected: 4, tooLate: 7 })];
    expect(sealedWindows(parts, 20, 20)).toEqual({
      sealed: [
        {
          ...{ startMs: 0, endMs: 20, revision: 2, state: 'sealed', events: 10, serversExpected: 4, serversArrived: 1 },
          ...{ eventsAnnounced: 10, tooLate: 7 },
        },
      ],
      openMs: [],
    });
    const unsure = sealedWindows([base(0), base(10, { eventsAnnounced: null })], 20, 20);
    expect(unsure.sealed).toMatchObject([{ eventsAnnounced: null }]);
  });

  it.each([
    ['one of them is open', [base(0), base(10, { state: 'complete' })], 100, [0]],
    ['their time is not past', [base(0)], 10, [0]],
    ['others are', [base(0), base(20, { state: 'ready' }), base(40)], 100, [20]],
  ])('are not sealed when %s', (_, parts, sealedUntilMs, openMs) => {
    expect(sealedWindows(parts, 20, sealedUntilMs).openMs).toEqual(openMs);
  });

  it('are sealed although nothing was ever judged of a part of their time', () => {
    expect(sealedWindows([base(10)], 20, 20)).toMatchObject({ sealed: [{ startMs: 0, events: 5 }], openMs: [] });
  });
});

it.each([
  [Date.UTC(2026, 0, 31, 23, 59), 60_000, 'date=2026-01-31/hour=23'],
  [Date.UTC(2028, 1, 29), 1_000, 'date=2028-02-29/hour=00'],
  [Date.UTC(2026, 0, 31, 7), 3_600_000, 'date=2026-01-31'],
])('a window of %d that is %d ms long is in %s', (startMs, windowMs, dir) => {
  expect(fileDir(startMs, windowMs)).toBe(dir);
});
