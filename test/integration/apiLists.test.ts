import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDeadServersApi } from '../support/deadServersApi.ts';
import type { Reply, ReplyItem, WholeApi } from '../support/wholeApi.ts';

let fleet: Awaited<ReturnType<typeof startDeadServersApi>>;
let api: WholeApi;

beforeAll(async () => {
  fleet = await startDeadServersApi();
  ({ api } = fleet);
});

afterAll(() => fleet.stop());

describe('every list', () => {
  /** Members that name an item. */
  const NAMES: readonly (readonly [path: string, name: (item: ReplyItem) => string])[] = [
    ['/v1/windows', ({ stream, startMs }) => `${stream} ${String(startMs)}`],
    ['/v1/windows?stream=requests', ({ startMs }) => String(startMs)],
    ['/v1/series?stream=requests', ({ series }) => series],
    ['/v1/findings', ({ id }) => id],
    ['/v1/findings?severity=warning', ({ id }) => id],
    ['/v1/alerts', ({ id }) => id],
    ['/v1/deliveries', ({ noticeId, receiverId: to }) => `${noticeId} ${to}`],
  ];

  it.each(NAMES)('gives each item once, whatever the size of its pages: %s', async (path, name) => {
    const url = (query: string): string => `${path}${path.includes('?') ? '&' : '?'}${query}`;
    const whole = async (): Promise<string[]> => {
      const { status, body } = await api.ask('GET', url('limit=1000'));
      expect([status, body.next]).toEqual([200, null]);
      return body.items.map(name);
    };
    const paged = async (limit: number): Promise<string[]> => {
      const names: string[] = [];
      let next: string | null = '';
      while (next !== null) {
        const page: Reply = await api.ask('GET', url(`limit=${String(limit)}${next === '' ? '' : `&cursor=${next}`}`));
        expect(page.status).toBe(200);
        names.push(...page.body.items.map(name));
        next = page.body.next;
      }
      return names;
    };
    for (const limit of [1, 3]) {
      let [wanted, got] = [await whole(), await paged(limit)];
      // The fleet is judged on: pages are held against a list that was the same before and after them.
      while ((await whole()).join() !== wanted.join()) [wanted, got] = [await whole(), await paged(limit)];
      expect(wanted.length).toBeGreaterThan(3);
      expect(new Set(wanted).size).toBe(wanted.length);
      expect(got, `pages of ${String(limit)}`).toEqual(wanted);
    }
  });

  it('is tested with items that share their time', async () => {
    for (const [path, time] of [
      ['/v1/windows', (item: ReplyItem) => item.startMs],
      ['/v1/findings', (item: ReplyItem) => item.window.startMs],
    ] as const) {
      const { items } = (await api.ask('GET', `${path}?limit=1000`)).body;
      expect(new Set(items.map(time)).size, path).toBeLessThan(items.length);
    }
  });

  it.each(['nonsense', '%', Buffer.from('{}').toString('base64url'), Buffer.from('[1]').toString('base64url'), '17'])(
    'refuses a cursor that is none of its own: %s',
    async (cursor) => {
      for (const path of [
        '/v1/windows',
        '/v1/findings',
        '/v1/alerts',
        '/v1/deliveries',
        '/v1/series?stream=requests',
      ]) {
        const url = new URL(path, api.url);
        url.searchParams.set('cursor', cursor);
        const { status, type, body } = await api.ask('GET', url.pathname + url.search);
        expect({ path, status, type: type.split(';')[0] }).toEqual({
          path,
          status: 400,
          type: 'application/problem+json',
        });
        expect(body.detail).toContain('take the cursor from the member next');
      }
    },
  );
});
