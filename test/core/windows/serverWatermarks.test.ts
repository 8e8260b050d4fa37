import { describe, expect, it } from 'vitest';
import type { EventBatch } from '../../../core/events/batch.ts';
import { ServerWatermarks } from '../../../core/windows/serverWatermarks.ts';
import { bidLine, bidsIngest, bytesOf } from '../../support/adStream.ts';

const stream = bidsIngest();
const TS = Date.UTC(2026, 0, 1);
/** Events of servers at so many ms. */
const batchOf = (events: readonly (readonly [server: string, ms: number])[]): EventBatch => {
  const lines = events.map(([server, ms]) => bidLine({ server, ts: TS + ms })).join('');
  return stream.decode({ partition: 'bids-0', bytes: bytesOf(lines), offset: 0 }, TS + 1_000_000);
};

describe('how far each server has come in a shared partition', () => {
  it('is its newest event, and never goes back', () => {
    const watermarks = new ServerWatermarks();
    const advance = (events: Parameters<typeof batchOf>[0]): void => {
      watermarks.advance(batchOf(events), 'server');
    };
    advance([]);
    expect(watermarks.byServer()).toEqual({});
    advance([
      ['s1', 5],
      ['s2', 9],
      ['s1', 3],
    ]);
    advance([
      ['s2', 1],
      ['s3', 2],
    ]);
    expect(watermarks.byServer()).toEqual({ s1: TS + 5, s2: TS + 9, s3: TS + 2 });
  });

  it('goes on from what was stored', () => {
    const watermarks = new ServerWatermarks({ s1: TS + 50, s2: TS + 1 });
    watermarks.advance(
      batchOf([
        ['s1', 7],
        ['s2', 7],
      ]),
      'server',
    );
    expect(watermarks.byServer()).toEqual({ s1: TS + 50, s2: TS + 7 });
  });

  it('cannot be told by a field that names no server', () => {
    expect(() => {
      new ServerWatermarks().advance(batchOf([['s1', 1]]), 'priceMicros');
    }).toThrow('declare priceMicros as category');
  });
});
