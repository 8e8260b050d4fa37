import { describe, expect, it } from 'vitest';
import { sequenceAggregator, type SequenceReading } from '../../../core/windows/sequence.ts';
import { bidLine, bidsIngest, bytesOf } from '../../support/adStream.ts';

const TS = Date.UTC(2026, 0, 1);

/** Reads these sequence numbers, or [boot, number] pairs, as events of `bids`. */
function readingOf(numbers: readonly (number | null | readonly [boot: number | null, seq: number])[]): SequenceReading {
  const text = numbers
    .map((one) =>
      bidLine(typeof one === 'number' || one === null ? { ts: TS, seq: one } : { ts: TS, boot: one[0], seq: one[1] }),
    )
    .join('');
  const batch = bidsIngest().decode({ partition: 's1/a', bytes: bytesOf(text), offset: 0 }, TS);
  expect(batch.problems).toEqual([]);
  const aggregator = sequenceAggregator('seq');
  const state = aggregator.empty();
  for (let row = 0; row < batch.length; row++) aggregator.add(state, { batch, row });
  return aggregator.read(state);
}

describe('sequence numbers', () => {
  it.each<[string, Parameters<typeof readingOf>[0], number, number]>([
    ['without a gap', [1, 2, 3, 4], 0, 0],
    ['in any order', [4, 1, 3, 2], 0, 0],
    ['that begin anywhere', [1_000_001, 1_000_002], 0, 0],
    ['with holes', [1, 2, 5, 7], 3, 0],
    ['that came again', [1, 2, 2, 3, 3], 0, 2],
    ['with holes, all of which came again', [1, 2, 5, 7, 1, 2, 5, 7], 3, 4],
    ['with holes that were filled', [1, 2, 5, 7, 4, 3, 6], 0, 0],
    [
      'of two boots',
      [
        [1, 900],
        [1, 901],
        [2, 1],
        [2, 3],
      ],
      1,
      0,
    ],
    [
      'of no boot',
      [
        [null, 1],
        [null, 3],
      ],
      1,
      0,
    ],
    ['that are absent', [null, null], 0, 0],
    ['of more boots than are kept', Array.from({ length: 100 }, (_, boot) => [boot, 5] as const), 0, 36],
  ])('%s', (_, numbers, missing, repeated) => {
    expect(readingOf(numbers)).toMatchObject({ missing, repeated });
  });

  it('need a column of numbers', () => {
    const aggregator = sequenceAggregator('exchange');
    const batch = bidsIngest().decode({ partition: 's1/a', bytes: bytesOf(bidLine({ ts: TS })), offset: 0 }, TS);
    const state = aggregator.empty();
    aggregator.add(state, { batch, row: 0 });
    expect(aggregator.read(state)).toEqual({ missing: 0, repeated: 0, boots: [] });
  });
});
