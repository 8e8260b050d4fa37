import { describe, expect, it } from 'vitest';
import { PartitionCells } from '../../../core/windows/partitionCells.ts';
import { type StreamWindows, streamWindowsOf } from '../../../core/windows/streamWindows.ts';
import { bidLine, bidsIngest, bytesOf } from '../../support/adStream.ts';

const START_MS = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;
/** Offsets at which old windows leave memory. */
const EPOCH = 2 ** 26;

const ingest = bidsIngest();
const limited = (openWindowsMax: number): StreamWindows =>
  streamWindowsOf(ingest.windows.plan, { seriesMax: 1_000, openWindowsMax });
/** Grows events, given by their fields, at consecutive lines from an offset on. */
function grow(cells: PartitionCells, events: readonly Record<string, unknown>[], offset = 0): void {
  const bytes = bytesOf(events.map((event) => bidLine({ ts: START_MS, ...event })).join(''));
  const batch = ingest.decode({ partition: 's1/a', bytes, offset }, START_MS + 24 * HOUR_MS);
  expect(batch.problems).toEqual([]);
  cells.grow(batch);
}
const at = (ms: number): Record<string, unknown> => ({ ts: START_MS + ms });

describe('the cells of a partition', () => {
  it('know the newest time, and which windows changed since they were taken', () => {
    const cells = new PartitionCells(limited(100));
    expect(cells.newestMs).toBe(Number.NEGATIVE_INFINITY);
    grow(cells, [at(61_000), at(0), at(59_999)]);
    expect([cells.newestMs, cells.openWindows]).toEqual([START_MS + 61_000, 2]);
    expect([...cells.changedWindows()].sort()).toEqual([START_MS, START_MS + 60_000]);
    cells.takeChanged();
    expect([cells.changedWindows().size, cells.takeChanged().length]).toEqual([0, 0]);
  });

  it('are held for a bounded number of windows: the oldest leaves, is counted, and opens anew', () => {
    const stream = limited(2);
    const cells = new PartitionCells(stream);
    grow(cells, [at(0), at(60_000), at(120_000)]);
    expect([cells.openWindows, stream.windowsDropped]).toEqual([2, 1]);
    cells.takeChanged();
    grow(cells, [at(180_000), at(60_000)], 10_000);
    const again = cells
      .takeChanged()
      .filter(({ windowStartMs, cutAt }) => windowStartMs === START_MS + 60_000 && cutAt === 0);
    expect(again.map(({ since }) => since > 10_000)).toEqual([true]);
  });

  it('leave memory at fixed offsets when they are far behind', () => {
    const cells = new PartitionCells(limited(100));
    grow(cells, [at(0), at(2 * HOUR_MS)], EPOCH - 10_000);
    expect(cells.openWindows).toBe(2);
    grow(cells, [at(2 * HOUR_MS)], EPOCH);
    expect(cells.openWindows).toBe(1);
  });

  it('do so in the middle of a batch, too', () => {
    const cells = new PartitionCells(limited(100));
    const length = bidLine(at(0)).length;
    grow(cells, [at(0), at(2 * HOUR_MS), at(2 * HOUR_MS), at(2 * HOUR_MS)], EPOCH - 2 * length);
    expect(cells.openWindows).toBe(1);
  });

  it('count thousands of series and rows in one go', () => {
    const cells = new PartitionCells(streamWindowsOf(ingest.windows.plan, { seriesMax: 10_000, openWindowsMax: 10 }));
    grow(
      cells,
      Array.from({ length: 3_000 }, (_, row) => ({ exchange: `x${String(row % 1_500)}` })),
    );
    const changed = cells.takeChanged();
    const ofExchange = changed.filter(({ cutAt }) => cutAt === 1);
    expect(ofExchange).toHaveLength(1_500);
    expect(new Set(ofExchange.map(({ states }) => JSON.stringify(states[0])))).toEqual(new Set(['{"count":2}']));
  });
});
