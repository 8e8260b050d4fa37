import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArrivedCells, type ArrivedEvents } from '../../../../plugins/completeness/estimate/arrivedCells.ts';
import { type Estimate, estimateWindow } from '../../../../plugins/completeness/estimate/estimateWindow.ts';
import { History } from '../../../../plugins/completeness/estimate/history.ts';
import { eventsOf, MINUTES, pastOf, rosterOf } from './simulatedPast.ts';

const WINDOWS = 40;
const START = WINDOWS * MINUTES;

function estimated(servers: number, events: readonly ArrivedEvents[], history: History): Estimate {
  const cells = new ArrivedCells(START, MINUTES, rosterOf(servers));
  for (const event of events) cells.add(event);
  return estimateWindow(cells.known(START + MINUTES), history);
}

/** Numbers of an estimate that must be numbers; infinite only where nothing is known. */
const numbersOf = ({ observed, value, intervals, standing, law, bounds }: Estimate): number[] => [
  observed,
  value,
  ...intervals.flatMap(({ low, high }) => [low, high]),
  standing.silentShare,
  ...law.flatMap(({ weight, mean, deviation }) => [weight, mean, deviation]),
  ...bounds.values(),
];

describe('the estimate of an open window', () => {
  it('is the same whatever the order and the pieces in which events arrive', () => {
    const history = pastOf(9, WINDOWS);
    const events = eventsOf(9, START);
    const splitting = fc.record({
      kept: fc.subarray(events),
      cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 45, maxLength: 45 }),
    });
    fc.assert(
      fc.property(
        splitting.chain(({ kept, cuts }) => {
          const pieces = kept.flatMap((event, at) => {
            const first = Math.floor(event.count * (cuts[at] ?? 0));
            return [
              { ...event, count: first, isWhole: false },
              { ...event, count: event.count - first },
            ];
          });
          return fc.record({
            kept: fc.constant(kept),
            shuffled: fc.shuffledSubarray(pieces, { minLength: pieces.length }),
          });
        }),
        ({ kept, shuffled }) => {
          expect(estimated(9, shuffled, history)).toEqual(estimated(9, kept, history));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is never without a number and never below what is there', () => {
    const histories = [new History(60), pastOf(1, 1), pastOf(1, WINDOWS), pastOf(12, 1), pastOf(12, WINDOWS)];
    const event = fc.record({
      server: fc.integer({ min: 0, max: 14 }).map((at) => `s${at}`),
      minute: fc.integer({ min: START - 1, max: START + MINUTES }),
      count: fc.oneof(fc.constant(0), fc.nat(1_000), fc.constant(1e12)),
      isWhole: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...histories),
        fc.integer({ min: 0, max: 15 }),
        fc.array(event, { maxLength: 60 }),
        (history, servers, events) => {
          const estimate = estimated(servers, events, history);
          expect(numbersOf(estimate).some(Number.isNaN)).toBe(false);
          expect(estimate.value).toBeGreaterThanOrEqual(estimate.observed);
          for (const { low, high } of estimate.intervals) {
            expect(low).toBeGreaterThanOrEqual(estimate.observed);
            expect(high).toBeGreaterThanOrEqual(low);
          }
          const [narrow, wide] = estimate.intervals;
          expect((wide?.high ?? 0) - (wide?.low ?? 0)).toBeGreaterThanOrEqual((narrow?.high ?? 0) - (narrow?.low ?? 0));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is exact when everything is there', () => {
    const events = eventsOf(9, START);
    const total = events.reduce((sum, { count }) => sum + count, 0);
    expect(estimated(9, events, pastOf(9, WINDOWS))).toMatchObject({
      value: total,
      basis: 'whole',
      intervals: [
        { confidence: 0.8, low: total, high: total },
        { confidence: 0.95, low: total, high: total },
      ],
    });
  });

  it('imputes a server that is about to come by how high its peers run', () => {
    const events = eventsOf(9, START).map((event) => ({ ...event, count: 2 * event.count }));
    const total = events.reduce((sum, { count }) => sum + count, 0);
    const { value, basis, intervals } = estimated(
      9,
      events.filter(({ server }) => server !== 's4'),
      pastOf(9, WINDOWS),
    );
    expect(basis).toBe('peers');
    expect(Math.abs(value / total - 1)).toBeLessThan(0.02);
    expect(intervals[1]?.low).toBeLessThan(total);
    expect(intervals[1]?.high).toBeGreaterThan(total);
  });
});

describe('an estimate that knows little says so', () => {
  it('with nothing at all: anything from what is there', () => {
    expect(estimated(0, [], new History(60))).toMatchObject({
      value: 0,
      basis: 'nothing',
      intervals: [{ high: Infinity }, {}],
    });
    expect(estimated(5, [], new History(60))).toMatchObject({
      value: 0,
      basis: 'nothing',
      intervals: [{ high: Infinity }, {}],
    });
  });

  it('in the first window: the others are taken to be alike, with a wide interval', () => {
    const { basis, intervals, value } = estimated(
      10,
      eventsOf(10, START).filter(({ server }) => server !== 's3'),
      new History(60),
    );
    expect(basis).toBe('guess');
    const [, wide] = intervals;
    expect((wide?.high ?? 0) - (wide?.low ?? 0)).toBeGreaterThan(0.05 * value);
  });

  it.each([1, 9])('with all %d servers silent for half an hour: late or dead, so from nothing to all', (servers) => {
    const history = pastOf(servers, WINDOWS);
    history.silences.advance(START + 30);
    const { basis, intervals, standing } = estimated(servers, [], history);
    expect(basis).toBe('forecast');
    expect(standing.silentShare).toBeCloseTo(1, 9);
    const [, wide] = intervals;
    expect(wide?.low).toBeLessThan(20);
    expect(wide?.high).toBeGreaterThan(500 * servers);
  });
});
