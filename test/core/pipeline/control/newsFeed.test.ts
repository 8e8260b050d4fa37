import { describe, expect, it } from 'vitest';
import { NewsFeed } from '../../../../core/pipeline/control/newsFeed.ts';
import type { Place } from '../../../../core/time/changeCursor.ts';

const START_MS = Date.UTC(2026, 0, 1);

/** A table of places, its version, and how often it was read. */
function table() {
  const rows: Place[] = [];
  let version = 0;
  const source = {
    reads: 0,
    read: (after: Place, limit: number): Promise<Place[]> => {
      source.reads++;
      const behind = rows.filter(({ ms, key }) => ms > after.ms || (ms === after.ms && key > after.key));
      return Promise.resolve(behind.sort((a, b) => a.ms - b.ms || (a.key < b.key ? -1 : 1)).slice(0, limit));
    },
    version: () => Promise.resolve(String(version)),
  };
  return {
    source,
    insert: (key: string, ms: number) => {
      rows.push({ ms, key });
      version++;
    },
    insertUnseen: (key: string, ms: number) => rows.push({ ms, key }),
  };
}

const feedOf = ({ source }: ReturnType<typeof table>): NewsFeed<Place> =>
  new NewsFeed(source, { ms: START_MS, key: '' });
const keys = async (feed: NewsFeed<Place>, nowMs: number): Promise<string[]> =>
  (await feed.next(nowMs)).map(({ key }) => key);

describe('a feed of news', () => {
  it('reads a table in which it found nothing only when that has changed', async () => {
    const told = table();
    const feed = feedOf(told);
    for (let at = 0; at < 20; at++) expect(await keys(feed, START_MS + at * 300)).toEqual([]);
    expect(told.source.reads).toBe(1);
    told.insert('a', START_MS + 5_000);
    expect(await keys(feed, START_MS + 6_000)).toEqual(['a']);
  });

  it('reads on as long as it finds something', async () => {
    const told = table();
    const feed = feedOf(told);
    for (let at = 0; at < 5_000; at++) told.insert(`k${String(at)}`, START_MS + 1 + at);
    const found = [];
    for (let beat = 0; beat < 4; beat++) found.push(...(await keys(feed, START_MS + 60_000)));
    expect(new Set(found).size).toBe(5_000);
    expect(found).toHaveLength(5_000);
  });

  it('takes what appears behind what was taken, within the overlap, once', async () => {
    const told = table();
    const feed = feedOf(told);
    told.insert('b', START_MS + 20_000);
    expect(await keys(feed, START_MS + 21_000)).toEqual(['b']);
    told.insert('a', START_MS + 10_000);
    expect(await keys(feed, START_MS + 22_000)).toEqual(['a']);
    expect(await keys(feed, START_MS + 23_000)).toEqual([]);
  });

  it('does not believe for ever that nothing has changed', async () => {
    const told = table();
    const feed = feedOf(told);
    expect(await keys(feed, START_MS)).toEqual([]);
    told.insertUnseen('a', START_MS + 100);
    expect(await keys(feed, START_MS + 9_999)).toEqual([]);
    expect(await keys(feed, START_MS + 10_000)).toEqual(['a']);
  });
});
