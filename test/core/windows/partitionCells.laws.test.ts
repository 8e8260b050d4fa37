import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cell } from '../../../core/windows/cell.ts';
import { PartitionCells } from '../../../core/windows/partitionCells.ts';
import type { StreamIngest } from '../../../core/pipeline/ingest/streamIngest.ts';
import { bidLine, bidsIngest, bytesOf } from '../../support/adStream.ts';

const START_MS = Date.UTC(2026, 0, 1);

const events = fc.array(
  fc.record({
    ts: fc.integer({ min: START_MS, max: START_MS + 300_000 }),
    exchange: fc.constantFrom('x1', 'x2', 'x3'),
    latencyMs: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    priceMicros: fc.integer({ min: -1e9, max: 1e9 }),
  }),
  { minLength: 1, maxLength: 600 },
);

const lines = (list: readonly Record<string, unknown>[]): string[] =>
  list.map((event, at) => bidLine({ seq: at, ...event }));

/** Grows the lines [from, to), told as lines per batch. */
function grow(
  stream: StreamIngest,
  cells: PartitionCells,
  all: readonly string[],
  range: { from: number; to: number; batch: number },
): void {
  for (let at = range.from; at < range.to; at += range.batch) {
    const text = all.slice(at, Math.min(range.to, at + range.batch)).join('');
    const offset = all.slice(0, at).join('').length;
    const batch = stream.decode({ partition: 's1/a', bytes: bytesOf(text), offset }, START_MS + 1_000_000);
    expect(batch.problems).toEqual([]);
    cells.grow(batch);
  }
}

/** All cells as comparable text. */
const written = (stream: StreamIngest, cells: Iterable<Cell>): string[] =>
  [...cells]
    .map((cell) => {
      const states = stream.windows.plan.cuts[cell.cutAt]?.aggregates.map(({ aggregate }, at) =>
        Buffer.from(aggregate.aggregator.encode(cell.states[at])).toString('hex'),
      );
      return JSON.stringify([cell.windowStartMs, cell.cutAt, cell.series, cell.since, cell.through, states]);
    })
    .sort();

/** What a store keeps: the last row of each key. */
const keyOf = (cell: Cell): string =>
  `${String(cell.windowStartMs)}|${String(cell.cutAt)}|${cell.series}|${String(cell.since)}`;

/** A cell as it comes back from the store. */
function readBack(stream: StreamIngest, cell: Cell): Cell {
  const aggregates = stream.windows.plan.cuts[cell.cutAt]?.aggregates ?? [];
  return {
    ...cell,
    changed: false,
    states: aggregates.map(({ aggregate }, at) =>
      aggregate.aggregator.decode(aggregate.aggregator.encode(cell.states[at])),
    ),
  };
}

describe('cells of a partition', () => {
  it('end the same to the last byte, however the events were cut into batches', () => {
    fc.assert(
      fc.property(events, fc.integer({ min: 1, max: 700 }), (list, batch) => {
        const stream = bidsIngest();
        const [whole, pieces] = [new PartitionCells(stream.windows), new PartitionCells(stream.windows)];
        grow(stream, whole, lines(list), { from: 0, to: list.length, batch: list.length });
        grow(stream, pieces, lines(list), { from: 0, to: list.length, batch });
        expect(written(stream, pieces.takeChanged())).toEqual(written(stream, whole.takeChanged()));
      }),
      { numRuns: 40 },
    );
  });

  it('end the same after a death between two stores, with cells ahead of the commit', () => {
    fc.assert(
      fc.property(events, fc.nat(), fc.nat(), (list, commitSeed, deathSeed) => {
        const all = lines(list);
        const death = deathSeed % (list.length + 1);
        const commit = death === 0 ? 0 : commitSeed % (death + 1);
        const stream = bidsIngest();
        const store = new Map<string, Cell>();
        const first = new PartitionCells(stream.windows);
        grow(stream, first, all, { from: 0, to: death, batch: 50 });
        for (const cell of first.takeChanged()) store.set(keyOf(cell), readBack(stream, cell));

        const second = new PartitionCells(stream.windows);
        second.restore([...store.values()], all.slice(0, commit).join('').length, Number.NEGATIVE_INFINITY);
        grow(stream, second, all, { from: commit, to: list.length, batch: 37 });
        for (const cell of second.takeChanged()) store.set(keyOf(cell), cell);

        const undisturbed = new PartitionCells(stream.windows);
        grow(stream, undisturbed, all, { from: 0, to: list.length, batch: list.length });
        expect(written(stream, store.values())).toEqual(written(stream, undisturbed.takeChanged()));
      }),
      { numRuns: 60 },
    );
  });
});
