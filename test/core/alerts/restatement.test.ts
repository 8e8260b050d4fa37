import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { materialOnes, type Restatement } from '../../../core/alerts/restatement.ts';

/** Restatements of one window that had these events, one after the other; the first is what it was judged with. */
const through = (...events: readonly number[]): Restatement[] =>
  events.slice(1).map((now, index) => ({
    ...{ stream: 'bids', startMs: 0, endMs: 60_000, revision: index + 1, events: now },
    ...{ revisionBefore: index, eventsBefore: events[index] ?? 0 },
  }));
const told = (ratio: number, ...events: readonly number[]): string[] =>
  materialOnes(through(...events), ratio).map(
    (one) => `${String(one.revisionBefore)}:${String(one.eventsBefore)} ${String(one.revision)}:${String(one.events)}`,
  );

describe('restatements that matter', () => {
  it.each<[string, number, number[], string[]]>([
    ['one that changes more', 0.01, [100, 150], ['0:100 1:150']],
    ['one that changes exactly so much', 0.01, [100, 101], ['0:100 1:101']],
    ['not one that changes less', 0.01, [1_000, 1_009], []],
    ['small ones when they add up, as one', 0.01, [1_000, 1_004, 1_008, 1_012], ['0:1000 3:1012']],
    ['not what went and came again', 0.01, [1_000, 1_005, 1_000], []],
    ['events that went', 0.01, [100, 50], ['0:100 1:50']],
    ['the first events of an empty window', 1, [0, 1], ['0:0 1:1']],
    ['with 0 each, also one of other things than events', 0, [10, 10, 11], ['0:10 1:10', '1:10 2:11']],
  ])('%s', (_, ratio, events, expected) => {
    expect(told(ratio, ...events)).toEqual(expected);
  });

  it('lead from the first judgement to within the ratio of the last', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(counts, fc.double({ min: 0.001, max: 0.5, noNaN: true }), (events, ratio) => {
        let at = events[0] ?? 0;
        for (const one of materialOnes(through(...events), ratio)) {
          expect(one.eventsBefore).toBe(at);
          at = one.events;
        }
        const offBy = Math.abs((events.at(-1) ?? 0) - at);
        expect(offBy === 0 || offBy < ratio * at).toBe(true);
      }),
    );
  });
});
