import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MIGRATIONS } from '../../cli/openStore.ts';
import { Outlook } from '../../core/pipeline/judge/outlook.ts';
import { WindowSums } from '../../core/pipeline/judge/windowSums.ts';
import type { ArrivalNews, Estimator, OpenWindow, WindowEstimate } from '../../core/plugin.ts';
import { saveServerCuts } from '../../core/store/aggregateKinds.ts';
import { ArrivalStore } from '../../core/store/arrivalStore.ts';
import { Claims } from '../../core/store/claims.ts';
import { type Fence, isFenced } from '../../core/store/fence.ts';
import { ServerSumsStore } from '../../core/store/serverSums.ts';
import { migrate } from '../../core/store/migrate.ts';
import { WindowStore } from '../../core/store/windowStore.ts';
import { asArrivalTimeMs } from '../../core/time/eventTime.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';

const WINDOW_MS = 60_000;
const NOON_MS = Date.UTC(2026, 10, 24, 12);
const minute = (at: number): number => NOON_MS + at * WINDOW_MS;

let running: TestEngine;

beforeAll(async () => {
  running = await startTestEngine();
  await migrate(running.admin, { dir: MIGRATIONS, database: 'touchstone', ttlDays: 3_650 });
  await saveServerCuts(
    running.admin,
    'touchstone',
    new Map(['one', 'two', 'packets'].map((stream) => [stream, 'server'])),
    NOON_MS,
  );
  await running.admin
    .command(`CREATE TABLE touchstone.events_packets (server LowCardinality(String), region LowCardinality(Nullable(String)), time DateTime64(3, 'UTC'))
    ENGINE = MergeTree ORDER BY time AS SELECT 'a', 'eu', fromUnixTimestamp64Milli(${String(NOON_MS - 5_000)})`);
});

afterAll(() => running.stop());

interface Arrived {
  readonly server: string;
  readonly at: number;
  readonly events: number;
  /** How long after the window's end. */
  readonly afterMs: number;
}

/** What servers' cells hold once that arrived: all their events of the window so far. */
async function arrive(stream: string, ...arrived: readonly Arrived[]): Promise<void> {
  await running.admin.command(
    `INSERT INTO touchstone.aggregate_cells
     SELECT {stream:String}, fromUnixTimestamp64Milli(a.2), 'server', concat('server=', a.1), a.1, 0, a.3,
       map('events', CAST(reinterpretAsFixedString(a.3), 'String')), fromUnixTimestamp64Milli(a.4)
     FROM (SELECT arrayJoin(arrayZip({servers:Array(String)}, {starts:Array(Int64)}, {events:Array(UInt64)}, {arrived:Array(Int64)})) AS a)`,
    {
      stream,
      servers: arrived.map(({ server }) => server),
      starts: arrived.map(({ at }) => minute(at)),
      events: arrived.map(({ events }) => events),
      arrived: arrived.map(({ at, afterMs }) => minute(at + 1) + afterMs),
    },
  );
}

/** Says that twice as much comes as is there, and remembers what it was told. */
class Doubling implements Estimator {
  told: ArrivalNews[] = [];
  settled: OpenWindow[] = [];
  sealed: Parameters<Estimator['seal']>[0][] = [];
  hear(news: ArrivalNews): void {
    this.told.push(news);
  }
  estimate({ servers }: OpenWindow): WindowEstimate {
    const observed = servers.reduce((sum, { received }) => sum + received, 0);
    const interval = { confidence: 0.95, low: observed, high: 2.02 * observed };
    const silent = servers.filter(({ received }) => received === 0);
    return {
      ...{ observed, value: 2 * observed, intervals: [interval], basis: 'peers', silentShare: 0 },
      metrics: [],
      missing: silent.map(({ server }) => ({ server, events: observed, lateProbability: 0.5 })),
      memo: `made of ${String(observed)}`,
    };
  }
  settle(open: OpenWindow): void {
    this.settled.push(open);
  }
  seal(final: Parameters<Estimator['seal']>[0]): void {
    this.sealed.push(final);
  }
  kept: ReadonlySet<string> = new Set();
  keepOnly(servers: ReadonlySet<string>): void {
    this.kept = servers;
  }
  snapshot(): string {
    return 'all I know';
  }
  restored: unknown;
  restore(state: unknown): void {
    this.restored = state;
  }
}

let nowMs = NOON_MS;
function outlookOf(stream: string, estimator: Estimator, broken: unknown[] = [], fence?: Fence): Outlook {
  return new Outlook({
    ...{
      stream,
      windowMs: WINDOW_MS,
      latenessMs: 4 * 3_600_000,
      packets: stream === 'one' ? 'packets' : undefined,
      estimator,
    },
    roster: { seenForMs: 86_400_000, declared: [] },
    ready: { metric: 'events', halfWidth: 0.3, confidence: 0.95, maxWaitMs: 600_000 },
    sums: new WindowSums({
      stream,
      cut: 'server',
      aggregates: [],
      store: new ServerSumsStore(running.admin, 'touchstone'),
    }),
    store: new ArrivalStore(running.admin, 'touchstone', fence),
    heardMs: () => nowMs,
    onBroken: (error) => broken.push(error),
  });
}

describe('the outlook of a stream', () => {
  it('hears what arrives while it looks, estimates windows as they grow old, and what was known when can be asked in SQL', async () => {
    // What was there before anybody looked says nothing of delays, but of levels.
    const past = Array.from({ length: 130 }, (_, at) => ({ at: at - 130, events: 10, afterMs: 0 }));
    await arrive('one', ...past.flatMap((each) => ['a', 'b'].map((server) => ({ server, ...each }))));
    const estimator = new Doubling();
    const outlook = outlookOf('one', estimator);
    nowMs = minute(0) + 1_000;
    await outlook.look();
    expect(estimator.told.flatMap(({ whole }) => whole)).toEqual([]);
    expect([...estimator.kept]).toEqual(['a', 'b']);
    expect(estimator.settled.map(({ startMs }) => startMs)).toEqual(
      Array.from({ length: 70 }, (_, at) => minute(at - 130)),
    );

    for (const [at, server, afterMs] of [
      [0, 'a', 1_000],
      [1, 'a', 2_000],
      [0, 'b', 180_000],
    ] as const) {
      nowMs = minute(at) + WINDOW_MS + afterMs + 1_000;
      await arrive('one', { server, at, events: 10, afterMs });
      await outlook.look();
    }
    await arrive('one', { server: 'b', at: 1, events: 10, afterMs: 130_000 });
    await arrive('packets', { server: 'a', at: 3, events: 1, afterMs: 0 });
    nowMs += 10_000;
    await outlook.look();
    expect(estimator.told.flatMap(({ whole }) => whole.map(({ server, startMs }) => [server, startMs]))).toEqual([
      ['a', minute(0)],
      ['b', minute(0)],
    ]);
    expect(estimator.told.flatMap(({ whole }) => whole.map(({ region }) => region))).toEqual(['eu', '']);
    expect(estimator.told.flatMap(({ beats }) => beats)).toEqual([{ server: 'a', arrivedAtMs: minute(4) }]);

    const known = await new WindowStore(running.admin, 'touchstone').estimate({ stream: 'one', startMs: minute(0) });
    expect(known).toMatchObject({ observed: 20, value: 40, basis: 'peers', isEnough: true });
    const asOf = async (timeMs: number) =>
      await running.admin.query(
        `SELECT events, servers, state, estimate, low95, high95 FROM touchstone.windows_as_of(at = '${new Date(timeMs).toISOString().slice(0, 23)}')
         WHERE stream = 'one' AND windowStart = fromUnixTimestamp64Milli({startMs:Int64})`,
        { startMs: minute(0) },
      );
    expect(await asOf(minute(1))).toEqual([]);
    expect(await asOf(minute(1) + 3_000)).toEqual([
      { events: '10', servers: '1', state: 'open', estimate: 20, low95: 10, high95: 20.2 },
    ]);
    expect(await asOf(minute(5))).toMatchObject([{ events: '20', servers: '2', estimate: 40 }]);
  });

  it('goes on from the store: what was told before is not told again', async () => {
    await arrive('two', ...[0, 1, 2].map((at) => ({ server: 'a', at, events: 10, afterMs: 500 })));
    nowMs = minute(0);
    const before = new Doubling();
    const first = outlookOf('two', before);
    await first.look();
    nowMs = minute(3) + 1_000;
    await first.look();
    expect(before.told.flatMap(({ whole }) => whole)).toHaveLength(2);
    await first.save();

    await arrive('two', { server: 'a', at: 3, events: 10, afterMs: 500 });
    nowMs = minute(4) + 2_000;
    const after = new Doubling();
    await outlookOf('two', after).look();
    expect(after.restored).toBe('all I know');
    expect(after.told.flatMap(({ whole }) => whole.map(({ startMs }) => startMs))).toEqual([minute(2)]);
  });

  it('tells the estimator what became of its estimates, once the windows are final', async () => {
    await running.admin.command(
      `INSERT INTO touchstone.window_revisions (stream, windowStart, windowEnd, state, events, serversExpected, serversArrived, judgedAt)
       VALUES ('two', '2026-11-24 12:01:00', '2026-11-24 12:02:00', 'sealed', 12, 3, 1, '2026-11-24 12:10:00')`,
    );
    nowMs = minute(5 * 60);
    const estimator = new Doubling();
    await outlookOf('two', estimator).look();
    expect(estimator.sealed).toHaveLength(1);
    expect(estimator.sealed[0]).toMatchObject({ events: 12, empty: 2 });
    expect(estimator.sealed[0]?.memos).toContain('made of 10');
  });

  it('goes on without an estimator that throws, and tells so once', async () => {
    const broken: unknown[] = [];
    const estimator = new Doubling();
    estimator.hear = () => {
      throw new Error('a bug');
    };
    const outlook = outlookOf('one', estimator, broken);
    nowMs += 60_000;
    await outlook.look();
    nowMs += 60_000;
    await outlook.look();
    expect(broken).toEqual([new Error('a bug')]);
  });

  it('writes while the stream is its own to judge, and is refused when it is another’s', async () => {
    const claimed = async (owner: string) => {
      const claims = new Claims(running.admin, { database: 'touchstone', owner });
      return new Map([['judge/two', await claims.claim(['judge/two'], asArrivalTimeMs(nowMs))]]);
    };
    const outlook = outlookOf('two', new Doubling(), [], await claimed('this process'));
    nowMs += 600_000;
    await arrive('two', { server: 'a', at: Math.floor((nowMs - NOON_MS) / WINDOW_MS) - 2, events: 10, afterMs: 500 });
    await outlook.look();
    await outlook.save();
    await claimed('another');
    nowMs += 600_000;
    await expect(outlook.look()).rejects.toSatisfy(isFenced);
  });
});
