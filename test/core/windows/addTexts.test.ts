import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/findings/random.ts';
import type { TopTexts } from '../../../core/sketch/topK.ts';
import { PartitionCells } from '../../../core/windows/partitionCells.ts';
import { bidLine, bidsIngest, bytesOf } from '../../support/adStream.ts';

describe('the texts of a stream', () => {
  const START_MS = Date.UTC(2026, 0, 1);
  const aggregates = { urls: { distinct: 'url' }, exchanges: { distinct: 'exchange' }, top: { topK: 'url', k: 2 } };

  /** Readings of the whole and of each exchange, after events that came in batches of some size. */
  const readingsOf = (events: readonly Record<string, unknown>[], batch: number): Map<string, unknown[]> => {
    const ingest = bidsIngest({ cuts: [[], ['exchange']], aggregates, metrics: { urls: { value: 'urls' } } });
    const cells = new PartitionCells(ingest.windows);
    for (let at = 0, offset = 0; at < events.length; at += batch) {
      const bytes = bytesOf(
        events
          .slice(at, at + batch)
          .map((event) => bidLine({ ts: START_MS, ...event }))
          .join(''),
      );
      const decoded = ingest.decode({ partition: 's1/a', bytes, offset }, START_MS);
      expect(decoded.problems).toEqual([]);
      cells.grow(decoded);
      offset += bytes.length;
    }
    const { cuts } = ingest.windows.plan;
    return new Map(
      cells.takeChanged().flatMap(({ cutAt, series, states }) => {
        const cut = cuts[cutAt];
        if (cut?.role !== 'judged') return [];
        const readings = cut.aggregates.map(({ name, aggregate: { aggregator } }, at): [string, unknown] => {
          const bytes = aggregator.encode(states[at]);
          return [name, aggregator.read(aggregator.decode(bytes))];
        });
        const { urls, exchanges, top } = Object.fromEntries(readings);
        return [
          [series, [urls, exchanges, (top as TopTexts).texts.map(({ text, count }) => `${text} ${String(count)}`)]],
        ];
      }),
    );
  };

  it.each([1, 3, 1_000])('are told apart by their bytes, absent ones left out, in batches of %i', (batch) => {
    const events = [
      { exchange: 'x1', url: 'a' },
      { exchange: 'x2', url: 'a' },
      { exchange: 'x2', url: 'é "quoted"' },
      { exchange: 'x2', url: 'é "quoted"' },
      { exchange: 'x2', url: '' },
      { exchange: null, url: null },
      { exchange: 'x1', url: undefined },
      { exchange: 'x2', url: 'é "quoted"' },
    ];
    const readings = readingsOf(events, batch);
    expect([...readings].sort()).toEqual([
      ['', [3, 2, ['é "quoted" 3', 'a 2']]],
      ['exchange=', [0, 0, []]],
      ['exchange=x1', [1, 1, ['a 1']]],
      ['exchange=x2', [3, 1, ['é "quoted" 3', ' 1']]],
    ]);
  });

  it('are counted alike however the events were cut into batches', () => {
    const random = seededRandom('stream');
    const events = Array.from({ length: 3_000 }, () => ({
      exchange: `x${String(Math.floor(random() * 40))}`,
      url: `https://a.example/\n${String(Math.floor(1_000 * random() ** 3))}`,
    }));
    const whole = readingsOf(events, events.length);
    const exact = new Set(events.filter(({ exchange }) => exchange === 'x7').map(({ url }) => url));
    expect(whole.get('exchange=x7')?.slice(0, 2)).toEqual([exact.size, 1]);
    expect(whole.get('')?.[1]).toBe(40);
    for (const batch of [7, 500]) expect(readingsOf(events, batch)).toEqual(whole);
  });
});
