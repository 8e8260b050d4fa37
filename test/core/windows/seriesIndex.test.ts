import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PairIndex } from '../../../core/windows/pairIndex.ts';
import { seriesName } from '../../../core/windows/series.ts';
import { OTHER_SERIES, SeriesIndex } from '../../../core/windows/seriesIndex.ts';
import { bidLine, bidsIngest, bytesOf } from '../../support/adStream.ts';

const TS = Date.UTC(2026, 0, 1);
const batchOf = (...events: object[]): ReturnType<ReturnType<typeof bidsIngest>['decode']> =>
  bidsIngest().decode(
    { partition: 's1/a', bytes: bytesOf(events.map((event) => bidLine({ ts: TS, ...event })).join('')), offset: 0 },
    TS,
  );

/** Series texts of the rows of a batch. */
function textsOf(index: SeriesIndex, batch: ReturnType<typeof batchOf>): string[] {
  const ids = new Uint32Array(batch.length);
  index.fill(batch, 0, batch.length, ids);
  return [...ids].map((id) => index.text(id));
}

describe('the series of a cut', () => {
  it('of nothing is the whole stream', () => {
    const index = new SeriesIndex([], 10);
    expect(textsOf(index, batchOf({}, {}))).toEqual(['', '']);
    expect(index.size).toBe(1);
  });

  it('are the combinations of its values, absent ones too', () => {
    const index = new SeriesIndex(['exchange', 'server'], 10);
    const batch = batchOf({ exchange: 'x1' }, { exchange: null }, { exchange: 'a,b=c\\' }, { exchange: 'x1' });
    expect(textsOf(index, batch)).toEqual([
      'exchange=x1,server=s1',
      'exchange=,server=s1',
      'exchange=a\\,b\\=c\\\\,server=s1',
      'exchange=x1,server=s1',
    ]);
    expect(index.size).toBe(3);
  });

  it('are bounded: what comes after the limit is (other), what was known stays', () => {
    const index = new SeriesIndex(['exchange'], 2);
    const batch = batchOf({ exchange: 'x1' }, { exchange: 'x2' });
    expect([textsOf(index, batch), index.isFull]).toEqual([['exchange=x1', 'exchange=x2'], false]);
    expect(
      textsOf(index, batchOf({ exchange: 'x1' }, { exchange: 'x2' }, { exchange: 'x3' }, { exchange: 'x4' })),
    ).toEqual(['exchange=x1', 'exchange=x2', OTHER_SERIES, OTHER_SERIES]);
    expect(index.isFull).toBe(true);
  });

  it('know a text that came from the store, also beyond the limit', () => {
    const index = new SeriesIndex(['exchange'], 1);
    expect([index.idOfText('exchange=x9'), index.idOfText('exchange=x8'), index.idOfText('exchange=x9')]).toEqual([
      0, 1, 0,
    ]);
    expect(textsOf(index, batchOf({ exchange: 'x8' }))).toEqual(['exchange=x8']);
    expect(index.text(99)).toBe('');
  });

  it.each(['priceMicros', 'url', 'nothing'])('cannot be cut by %s', (field) => {
    expect(() => textsOf(new SeriesIndex([field], 10), batchOf({}))).toThrow(RangeError);
  });

  it('have a name across streams', () => {
    expect([seriesName('bids', ''), seriesName('bids', 'exchange=x7')]).toEqual(['bids', 'bids{exchange=x7}']);
  });
});

describe('ids of pairs', () => {
  it('are counted up from 0, one for each distinct pair', () => {
    const number = fc.oneof(fc.nat(5), fc.integer({ min: 0, max: 0xffffffff }));
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number), { maxLength: 300, size: 'max' }), (pairs) => {
        const index = new PairIndex();
        const texts = pairs.map((pair) => pair.join(' '));
        const distinct = [...new Set(texts)];
        expect(pairs.map(([first, second]) => index.idOf(first, second))).toEqual(
          texts.map((text) => distinct.indexOf(text)),
        );
        expect(index.size).toBe(distinct.length);
      }),
    );
  });
});
