import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CellRow, mergeWindow, seriesOf } from '../../../core/windows/mergeWindow.ts';
import { PartitionCells } from '../../../core/windows/partitionCells.ts';
import { cutText } from '../../../core/windows/series.ts';
import { streamWindowsOf } from '../../../core/windows/streamWindows.ts';
import { bidLine, bidsIngest, bytesOf } from '../../support/adStream.ts';

const MINUTE_MS = 60_000;
/** Two minutes before the end of a leap day. */
const START_MS = Date.UTC(2028, 1, 29, 23, 58);
const ingest = bidsIngest({
  cuts: [[], ['exchange']],
  aggregates: {
    revenueMicros: { sum: 'priceMicros' },
    cheapest: { min: 'priceMicros' },
    dearest: { max: 'priceMicros' },
    latencyMs: { qDigest: 'latencyMs', from: -10, unit: 0.125, bits: 20 },
    urls: { distinct: 'url' },
  },
  metrics: {
    events: { value: 'events' },
    ...Object.fromEntries(['revenueMicros', 'cheapest', 'dearest', 'urls'].map((name) => [name, { value: name }])),
    latencyMsP50: { quantile: ['latencyMs', 0.5] },
  },
});
const { plan } = ingest.windows;

const arrival = fc.record({
  ts: fc.integer({ min: START_MS, max: START_MS + 4 * MINUTE_MS - 1 }),
  exchange: fc.constantFrom('x1', 'x2', 'x3'),
  priceMicros: fc.option(fc.integer({ min: -1e9, max: 1e9 })),
  latencyMs: fc.integer({ min: 0, max: 800 }).map((eighths) => eighths / 8),
  url: fc.constantFrom('/a', '/b', '/c', '/d'),
  /** Where it comes, and in which order. */
  partition: fc.nat(2),
  place: fc.double({ noNaN: true }),
});
type Arrival = typeof arrival extends fc.Arbitrary<infer One> ? One : never;

/** What a partition stores of its events, told `batch` lines at a time; with room for few windows cells are closed and opened again. */
function rowsOf(events: readonly Arrival[], name: string, batch: number, openWindowsMax: number): CellRow[] {
  const cells = new PartitionCells(streamWindowsOf(plan, { seriesMax: 1_000, openWindowsMax }));
  const lines = events.map(({ partition: _p, place: _o, ...event }, seq) => bidLine({ ...event, seq }));
  for (let at = 0, offset = 0; at < lines.length; at += batch) {
    const bytes = bytesOf(lines.slice(at, at + batch).join(''));
    cells.grow(ingest.decode({ partition: name, bytes, offset }, START_MS + 3_600_000));
    offset += bytes.length;
  }
  return [...cells.takeChanged()]
    .sort((a, b) => a.since - b.since)
    .map((cell) => {
      const cut = plan.cuts[cell.cutAt]!;
      const states = cut.aggregates.map(
        ({ name, aggregate }, at) => [name, aggregate.aggregator.encode(cell.states[at])] as const,
      );
      const { windowStartMs, series } = cell;
      return { windowStartMs, cut: cutText(cut.dimensions), series, states: new Map(states) };
    });
}

/** All windows as they are read once everything is there. */
function sealed(rows: readonly CellRow[]) {
  return [...Map.groupBy(rows, ({ windowStartMs }) => windowStartMs)]
    .sort(([a], [b]) => a - b)
    .map(([startMs, own]) => {
      const merged = mergeWindow(plan, { startMs, endMs: startMs + MINUTE_MS }, own);
      return {
        startMs,
        series: seriesOf(plan, merged, new Map()).map(({ series, events, metrics }) => [series, events, [...metrics]]),
      };
    });
}

describe('a sealed window', () => {
  it('is the same in whatever order, over whatever partitions and in whatever pieces its events came', () => {
    fc.assert(
      fc.property(
        fc.array(arrival, { minLength: 1, maxLength: 120 }),
        fc.integer({ min: 1, max: 130 }),
        fc.integer({ min: 1, max: 4 }),
        (events, batch, openWindowsMax) => {
          const inOrder = sealed(
            rowsOf(
              events.toSorted((a, b) => a.ts - b.ts),
              's1/a',
              events.length,
              100,
            ),
          );
          const shuffled = events.toSorted((a, b) => a.place - b.place);
          const scattered = [0, 1, 2].flatMap((partition) =>
            rowsOf(
              shuffled.filter((event) => event.partition === partition),
              `s${String(partition)}/a`,
              batch,
              openWindowsMax,
            ),
          );
          expect(sealed(scattered)).toEqual(inOrder);
          const counted = inOrder.map(({ startMs, series }) => [startMs, series.find(([text]) => text === '')?.[1]]);
          const there = Map.groupBy(events, ({ ts }) => Math.floor(ts / MINUTE_MS) * MINUTE_MS);
          expect(counted).toEqual(
            [...there].map(([startMs, own]) => [startMs, own.length]).toSorted((a, b) => a[0]! - b[0]!),
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});
