import { describe, expect, it } from 'vitest';
import type { Cell } from '../../core/windows/cell.ts';
import { PartitionCells } from '../../core/windows/partitionCells.ts';
import { bidLine, bidsIngest, bytesOf } from '../support/adStream.ts';

const AT_MS = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;
/** Windows leave memory at multiples of it (core/windows/partitionCells.ts). */
const EPOCH = 2 ** 26;

/** An early event, one three hours later, and, beyond the epoch, one more of the early window: by then that window has left memory. */
const EVENTS = [
  { offset: 0, ts: AT_MS },
  { offset: 100, ts: AT_MS + 3 * HOUR_MS },
  { offset: EPOCH + 10, ts: AT_MS },
];

function grow(stream: ReturnType<typeof bidsIngest>, cells: PartitionCells, events: typeof EVENTS): readonly Cell[] {
  for (const { offset, ts } of events) {
    const bytes = bytesOf(bidLine({ ts, seq: 1 }));
    const slice = { partition: 's1/a', bytes, offset: 0, records: { offsets: Float64Array.of(offset) } };
    cells.grow(stream.decode(slice, AT_MS + 24 * HOUR_MS));
  }
  return cells.takeChanged().map((cell) => ({ ...cell, states: [...cell.states] }));
}

const countOf = (cells: Iterable<Cell>): number =>
  [...cells]
    .filter(({ cutAt }) => cutAt === 0)
    .reduce((sum, { states }) => sum + (states[0] as { count: number }).count, 0);

describe('a file of more than 64 MiB, whose process died after its cells were stored and before the commit', () => {
  // Known and told: the window that had left memory is open again, so the late event is counted in it a second time.
  it('counts an event once that came late for a window which had left memory', () => {
    const stream = bidsIngest();
    const store = new Map<string, Cell>();
    const keep = (cells: readonly Cell[]): void => {
      for (const cell of cells)
        store.set([cell.windowStartMs, cell.cutAt, cell.series, cell.since].join(' '), structuredClone(cell));
    };
    keep(grow(stream, new PartitionCells(stream.windows), EVENTS));
    expect(countOf(store.values())).toBe(3);
    const after = new PartitionCells(stream.windows);
    after.restore(
      [...store.values()].map((cell) => structuredClone(cell)),
      EPOCH + 5,
      AT_MS + 3 * HOUR_MS,
    );
    keep(grow(stream, after, EVENTS.slice(2)));
    expect(countOf(store.values())).toBe(3);
  });
});
