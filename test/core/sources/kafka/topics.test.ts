import { describe, expect, it } from 'vitest';
import { topicsOf } from '../../../../core/sources/kafka/topics.ts';

const config = { manifestsTopic: 'manifests', group: 'touchstone', topics: {} };
const read = (topics: Record<string, string[]>, existing: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(topicsOf({ ...config, topics }, ['bids', 'requests'], existing));

describe('topics that are read', () => {
  it.each<[string, Record<string, string[]>, readonly string[], Record<string, unknown>]>([
    ['have the names of streams', {}, ['bids', 'other', 'requests'], { bids: 'bids', requests: 'requests' }],
    ['and that of the manifests', {}, ['bids', 'manifests'], { bids: 'bids', manifests: undefined }],
    ['match a pattern', { bids: ['/^bids-.+$/'] }, ['bids', 'bids-eu'], { 'bids-eu': 'bids' }],
    [
      'belong to the stream that names them',
      { bids: ['/^.+$/'], requests: ['b'] },
      ['a', 'b'],
      { a: 'bids', b: 'requests' },
    ],
    ['are none of the cluster', { bids: ['/^.+$/'] }, ['__consumer_offsets', 'a'], { a: 'bids' }],
    [
      'are none of those that we write, but when they are named',
      { bids: ['/^.+$/'], requests: ['touchstone.windows'] },
      ['a', 'touchstone.findings', 'touchstone.published', 'touchstone.judge', 'touchstone.windows', 'touchstone.x'],
      { a: 'bids', 'touchstone.windows': 'requests', 'touchstone.x': 'bids' },
    ],
  ])('%s', (_, topics, existing, expected) => {
    expect(read(topics, existing)).toEqual(expected);
  });
});
