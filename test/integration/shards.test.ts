import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evidenceSql } from '../../core/findings/evidence.ts';
import { auditStream } from '../../core/store/auditStore.ts';
import { connectClickHouse } from '../../core/store/clickhouse.ts';
import type { Connection } from '../../core/store/connection.ts';
import { readStoredEvents } from '../../core/store/storedEvents.ts';
import { BIDS, type BidsRun, bids, startBidsRun } from '../support/bidsRun.ts';
import { startFaultyProxy } from '../support/faultyProxy.ts';
import { truthOf } from '../support/logTruth.ts';
import * as stored from '../support/storedTotals.ts';
import { until } from '../support/touchstoneChild.ts';
import { SCHEMA, startTwoShards, type TwoShards } from '../support/twoShards.ts';
import type { WholeRun } from '../support/wholeRun.ts';

const LOGS = Array.from({ length: 24 }, (_, at) => `s${String(at)}/a`);
const ROWS = 'touchstone.event_rows_bids';
let two: TwoShards;
let world: BidsRun;
let run: WholeRun | undefined;
let bytes = 0;
const written = new Map(LOGS.map((log) => [log, 0]));

beforeAll(async () => {
  two = await startTwoShards();
  world = await startBidsRun(() => Promise.resolve({ ...two.home, stop: () => Promise.resolve() }));
});

afterAll(async () => {
  await run?.stop();
  await world.stop();
  await two.stop();
});

const start = async (...as: Parameters<TwoShards['clickhouse']>): Promise<void> => {
  run = await world.start({ clickhouse: two.clickhouse(...as), plugins: { completeness: {} } });
};

async function stop(): Promise<void> {
  await run?.stop();
  run = undefined;
}

/** `count` more events in each log. */
function append(count: number): void {
  for (const log of LOGS) {
    const from = written.get(log) ?? 0;
    const text = bids(log.slice(0, -2), count, from);
    written.set(log, from + count);
    bytes += Buffer.byteLength(text);
    world.append(log, text);
  }
}

async function count(connection: Connection, table: string): Promise<{ rows: number; unique: number }> {
  const [row] = await connection.query<{ rows: string; unique: string }>(
    `SELECT count() AS rows, uniqExact(partition, offset) AS unique FROM ${table}`,
  );
  return { rows: Number(row?.rows), unique: Number(row?.unique) };
}

/** Rows on each shard, after a look at all of them together: each is there once, and every aggregate is that of the files. */
async function spread(): Promise<readonly number[]> {
  const truth = truthOf([world.logs], { bids: BIDS });
  const all = await count(two.home.admin, 'touchstone.events_bids');
  expect(all.unique).toBe([...written.values()].reduce((sum, each) => sum + each, 0));
  expect(all.rows).toBe(all.unique);
  expect(await stored.rawTotals(two.home.admin, 'bids', BIDS)).toEqual(stored.told(truth.servers));
  for (const [aggregate, cut] of [
    ['events', 'server'],
    ['priceMicros', ''],
  ] as const)
    expect(await stored.aggregateValues(two.home.admin, { stream: 'bids', cut, aggregate })).toEqual(
      stored.trueValues(truth, 'bids', aggregate, cut),
    );
  const each = await Promise.all([two.home.admin, two.other.admin].map((connection) => count(connection, ROWS)));
  expect(each.reduce((sum, { rows }) => sum + rows, 0)).toBe(all.rows);
  return each.map(({ rows }) => rows);
}

/** Partitions of which both shards have rows. */
async function onBoth(): Promise<number> {
  const [first = [], second = []] = await Promise.all(
    [two.home.admin, two.other.admin].map(async (connection) =>
      (await connection.query<{ partition: string }>(`SELECT DISTINCT partition FROM ${ROWS}`)).map(
        ({ partition }) => partition,
      ),
    ),
  );
  return first.filter((partition) => second.includes(partition)).length;
}

describe('raw events over two servers', () => {
  it('are on both, each once', async () => {
    await start();
    append(300);
    await world.stored(bytes);
    const each = await spread();
    for (const rows of each) expect(rows % 300).toBe(0);
    expect(Math.min(...each)).toBeGreaterThan(0);
  });

  it('are read together: by an investigator’s evidence, and partition by partition', async () => {
    const { engine } = two.home;
    const reader = connectClickHouse({ url: engine.url, ...engine.investigator, readOnly: true });
    const columns = new Set(['exchange', 'server']);
    const window = { startMs: Date.UTC(2026, 0, 1), endMs: Date.UTC(2026, 0, 1, 0, 1) };
    const draft = { messageId: 'x', series: 'exchange=x1', labels: {}, values: {} };
    const evidence = await reader.query<{ server: string }>(
      evidenceSql({ database: 'touchstone', stream: 'bids', columns }, window, draft as never),
    );
    await reader.close();
    expect(evidence).toHaveLength(2 * LOGS.length);
    expect(new Set(evidence.map(({ server }) => server)).size).toBe(LOGS.length);
    let lines = 0;
    for await (const part of readStoredEvents(two.home.admin, 'touchstone', SCHEMA, { fromMs: 0, toMs: 2e12 }))
      lines += part.records.offsets.length;
    expect(lines).toBe(300 * LOGS.length);
  });

  it('are read back after a death between their insert and the commit, on whichever shard they are; also when partitions belong on another by now', async () => {
    const proxy = await startFaultyProxy(two.home.engine.url);
    await stop();
    await start('127.0.0.1', proxy.url);
    proxy.harm = (table) => (table === 'touchstone.partition_commits' ? 'refused' : undefined);
    append(200);
    await until(
      'rows are there',
      async () => (await count(two.home.admin, 'touchstone.events_bids')).rows > 300 * LOGS.length,
    );
    proxy.away = true;
    await stop();
    await proxy.stop();
    expect(await onBoth()).toBe(0);
    await start('localhost');
    append(100);
    await world.stored(bytes);
    await spread();
    expect(await onBoth()).toBeGreaterThan(0);
  });

  it('are an error while one is away, never fewer; what is read meanwhile waits, and is stored when it is back', async () => {
    await two.otherEnds();
    await expect(count(two.home.admin, 'touchstone.events_bids')).rejects.toThrow('refused');
    append(200);
    await until('it says so', () => run?.running.notReady() === 'the store is away');
    await two.otherComes();
    await world.stored(bytes);
    await spread();
  });

  it('are audited over all', async () => {
    for (const log of LOGS) world.close(log);
    const audited = { stream: 'bids', kind: 'events', serverCut: 'server', closedWithinS: 3_600 } as const;
    const audit = (): ReturnType<typeof auditStream> => auditStream(two.home.admin, 'touchstone', audited);
    await until('all are closed', async () => (await audit()).committed === 800 * LOGS.length);
    expect(await audit()).toMatchObject({ holds: true, rows: 800 * LOGS.length });
  });
});
