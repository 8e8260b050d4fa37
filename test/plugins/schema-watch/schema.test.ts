import { describe, expect, it } from 'vitest';
import { sequenceAggregator } from '../../../core/windows/sequence.ts';
import { schemaAggregator } from '../../../plugins/schema-watch/schema.ts';
import { bidLine, bidsIngest, bytesOf } from '../../support/adStream.ts';

const lines = Array.from({ length: 300 }, (_, at) =>
  bidLine({
    ts: 1_000_000 + at,
    boot: 1 + Math.floor(at / 120),
    seq: (at * 7) % 150,
    exchange: at % 40 === 0 ? null : `x${String(at % (at < 150 ? 5 : 60))}`,
    latencyMs: at % 11 === 0 ? null : at / 3 - 20,
    ...(at % 13 < 2 ? { extra: at % 2 === 0 ? 'a' : at } : {}),
  }),
);
const batch = bidsIngest().decode({ partition: 's1/a', bytes: bytesOf(lines.join('')), offset: 0 }, 2_000_000);

describe('adding a run of rows', () => {
  it.each([
    ['schema', schemaAggregator],
    ['sequence', sequenceAggregator('seq')],
  ] as const)('is the same as adding them in turn: %s', (_, aggregator) => {
    expect(batch.length).toBe(300);
    const inTurn = aggregator.empty();
    for (let row = 3; row < 297; row++) aggregator.add(inTurn as never, { batch, row });
    const inRuns = aggregator.empty();
    for (const [from, to] of [
      [3, 4],
      [4, 130],
      [130, 130],
      [130, 297],
    ] as const)
      aggregator.addRun(inRuns as never, batch, from, to);
    const bytes = aggregator.encode(inTurn as never);
    expect(bytes.length).toBeGreaterThan(60);
    expect(aggregator.encode(inRuns as never)).toEqual(bytes);
  });
});
