import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MIGRATIONS } from '../../cli/openStore.ts';
import type { EventType } from '../../core/alerts/eventType.ts';
import type { Notice } from '../../core/alerts/notice.ts';
import { WindowNews } from '../../core/pipeline/control/windowNews.ts';
import { ArrivalStore } from '../../core/store/arrivalStore.ts';
import { ControlStore, type Receiver } from '../../core/store/controlStore.ts';
import { migrate } from '../../core/store/migrate.ts';
import { NEWS_TABLES, NewsStore } from '../../core/store/newsStore.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';

const MINUTE = 60_000;
const START_MS = Date.UTC(2026, 10, 24, 12);
const database = 'touchstone';

let running: TestEngine;

beforeAll(async () => {
  running = await startTestEngine();
  await migrate(running.admin, { dir: MIGRATIONS, database, ttlDays: 3_650 });
});

afterAll(() => running.stop());

/** An estimate of the window that begins so many minutes after the start, so long after its end. */
async function estimated(minute: number, ageMs: number, isEnough: boolean): Promise<void> {
  const startMs = START_MS + minute * MINUTE;
  const endMs = startMs + MINUTE;
  await new ArrivalStore(running.admin, database).saveEstimates('requests', [
    {
      ...{ startMs, endMs, nowMs: endMs + ageMs, observed: 99, value: 100, basis: 'peers', silentShare: 0 },
      ...{ missing: [], metrics: [], memo: '', serversExpected: 2, serversArrived: 1, isEnough },
      intervals: [
        { confidence: 0.8, low: 99, high: 100.5 },
        { confidence: 0.95, low: 99, high: isEnough ? 101 : Infinity },
      ],
    },
  ]);
}

const judged = (minute: number, ageMs: number): Promise<void> =>
  running.admin.command(
    `INSERT INTO ${database}.window_revisions (stream, windowStart, windowEnd, state, events, serversExpected, serversArrived, judgedAt)
     SELECT 'requests', fromUnixTimestamp64Milli({startMs:Int64}), fromUnixTimestamp64Milli({startMs:Int64} + ${String(MINUTE)}), 'complete', 100, 2, 2, fromUnixTimestamp64Milli({judgedMs:Int64})`,
    { startMs: START_MS + minute * MINUTE, judgedMs: START_MS + (minute + 1) * MINUTE + ageMs },
  );

const receiver = (events: readonly EventType[]): Receiver => ({
  ...{ id: 'r', name: 'r', url: 'http://127.0.0.1:9', secrets: [], enabled: true, streams: [] },
  ...{ events: [...events], sinceMs: START_MS },
});

/** A member that begins where the store says; `tell` is a beat of it that ends with what it makes being written down. */
async function member(receivers = [receiver(['window.ready', 'window.complete'])]) {
  const store = new NewsStore(running.admin, { database });
  const control = new ControlStore(running.admin, { database });
  const news = new WindowNews({ store, cursors: await store.cursors(), materialRatioOf: () => 0 });
  const next = (nowMs: number): Promise<readonly Notice[]> => news.next(receivers, nowMs);
  return {
    next,
    async tell(nowMs: number): Promise<string[]> {
      const notices = await next(nowMs);
      await control.save(
        notices.map((notice) => ({ notice, receivers: ['r'] })),
        [],
      );
      await store.saveCursors(news.cursors, nowMs);
      return notices.map(({ type, data }) => `${type} ${String((Number(data['startMs']) - START_MS) / MINUTE)}`).sort();
    },
  };
}

describe('a window is told as ready', () => {
  it('when its estimate becomes close enough for the contract, once, whoever tells it and whenever it is judged', async () => {
    const first = await member();
    const at = START_MS + MINUTE;
    await estimated(0, 1_000, false);
    expect(await first.tell(at + 2_000)).toEqual([]);
    await estimated(0, 61_000, true);
    // Another member that took over at the same moment makes the same message.
    const other = await member();
    const [mine, theirs] = [await (await member()).next(at + 62_000), await other.next(at + 62_000)];
    expect(mine.map(({ id }) => id)).toEqual(theirs.map(({ id }) => id));
    expect(mine).toMatchObject([
      {
        type: 'window.ready',
        about: `window/requests/${String(START_MS)}`,
        data: {
          ...{ stream: 'requests', startMs: START_MS, endMs: at, state: 'ready', revision: 0, events: 99 },
          ...{ serversExpected: 2, serversArrived: 1 },
          estimate: {
            ...{ value: 100, basis: 'peers' },
            intervals: [
              { confidence: 0.8, low: 99, high: 100.5 },
              { confidence: 0.95, low: 99, high: 101 },
            ],
          },
        },
      },
    ]);
    expect(await first.tell(at + 62_000)).toEqual(['window.ready 0']);

    await estimated(0, 121_000, true);
    expect(await first.tell(at + 122_000)).toEqual([]);
    await judged(0, 130_000);
    expect(await first.tell(at + 131_000)).toEqual(['window.complete 0']);
    expect(await (await member()).tell(at + 200_000)).toEqual([]);
  });

  it('also when both are found at once, or it is judged first', async () => {
    const both = await member();
    await estimated(5, 1_000, true);
    await judged(5, 1_500);
    await judged(6, 1_500);
    const at = START_MS + 7 * MINUTE;
    expect(await both.tell(at + 2_000)).toEqual([
      'window.complete 5',
      'window.complete 6',
      'window.ready 5',
      'window.ready 6',
    ]);
    await estimated(6, 61_000, true);
    expect(await both.tell(at + 62_000)).toEqual([]);
  });

  it('not to who asks for other things, nor of a window that ended before somebody asked', async () => {
    await estimated(-2, 600_000, true);
    await estimated(9, 1_000, true);
    expect(await (await member([receiver(['window.complete'])])).tell(START_MS + 11 * MINUTE)).toEqual([]);
    expect(await (await member()).tell(START_MS + 11 * MINUTE)).toEqual(['window.ready 9']);
  });
});

describe('the version of a feed', () => {
  const all = Object.entries(NEWS_TABLES).flatMap(([feed, tables]) => tables.map((table) => [feed, table] as const));

  it.each(all)('%s is another after a row of %s', async (feed, table) => {
    const version = (): Promise<string> =>
      new NewsStore(running.admin, { database }).version(feed as keyof typeof NEWS_TABLES);
    const before = await version();
    expect(await version()).toBe(before);
    await running.admin.command(`INSERT INTO ${database}.${table} (stream) VALUES ('nobody')`);
    expect(await version()).not.toBe(before);
  });
});
