import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomOf, unitOf } from '../../fleet/rng.ts';
import { BIDS, bids, type BidsRun, startBidsRun } from '../support/bidsRun.ts';
import { type FaultyProxy, type ProxyFault, startFaultyProxy } from '../support/faultyProxy.ts';
import { truthOf } from '../support/logTruth.ts';
import * as stored from '../support/storedTotals.ts';
import { until, wait } from '../support/touchstoneChild.ts';

let world: BidsRun;
let proxy: FaultyProxy;
let bytes = 0;

beforeAll(async () => {
  world = await startBidsRun();
  proxy = await startFaultyProxy(world.engine.engine.url);
});

afterAll(async () => {
  await proxy.stop();
  await world.stop();
});

function append(log: string, text: string): void {
  world.append(log, text);
  bytes += Buffer.byteLength(text);
}

/** Everything that is stored is the truth of the files, once. */
async function expectTruth(): Promise<void> {
  const connection = world.engine.admin;
  const truth = truthOf([world.logs], { bids: BIDS });
  const { rows, unique } = await stored.rowCounts(connection, 'bids');
  expect([rows, unique]).toEqual([rows, rows]);
  expect(await stored.rawTotals(connection, 'bids', BIDS)).toEqual(stored.told(truth.servers));
  expect(stored.byName(await stored.storedFiles(connection))).toEqual(stored.byName(truth.files));
  for (const [aggregate, cut] of [
    ['events', 'server'],
    ['events', ''],
    ['priceMicros', ''],
  ] as const)
    expect(await stored.aggregateValues(connection, { stream: 'bids', cut, aggregate })).toEqual(
      stored.trueValues(truth, 'bids', aggregate, cut),
    );
}

describe('ingestion', () => {
  it.each(['reply lost', 'body cut', 'answer 500', 'refused'] as const)(
    'counts right when every other insert into every table ends in "%s"',
    async (fault) => {
      const server = fault.replace(' ', '-');
      const attempts = new Map<string, number>();
      const before = proxy.done.get(fault) ?? 0;
      const run = await world.start({}, proxy.url);
      proxy.harm = (table) => {
        attempts.set(table, (attempts.get(table) ?? 0) + 1);
        return (attempts.get(table) ?? 0) % 2 === 1 ? fault : undefined;
      };
      for (let at = 0; at < 5; at++) {
        append(`${server}/a`, `${bids(server, 100, at * 100)}{"no":"event"}\n`);
        await world.stored(bytes);
      }
      proxy.harm = () => undefined;
      await run.stop();
      for (const table of ['events_bids', 'aggregate_cells', 'dead_letter_rows', 'partition_commits'])
        expect(attempts.get(`touchstone.${table}`)).toBeGreaterThanOrEqual(5);
      expect((proxy.done.get(fault) ?? 0) - before).toBeGreaterThanOrEqual(12);
      await expectTruth();
    },
  );

  it('counts right when anything may happen to any insert', async () => {
    const random = randomOf(2, 'any');
    const faults: readonly ProxyFault[] = ['reply lost', 'body cut', 'answer 500', 'refused'];
    const run = await world.start({ ingest: { rowsMax: 400, idleMsMax: 0 } }, proxy.url);
    proxy.harm = () => (unitOf(random) < 0.5 ? faults[random() % faults.length] : undefined);
    for (let at = 0; at < 10; at++)
      for (const server of ['m1', 'm2', 'm3']) append(`${server}/a`, bids(server, 100, at * 100));
    await world.stored(bytes);
    await run.stop();
    proxy.harm = () => undefined;
    await expectTruth();
  });

  it('waits while ClickHouse is away, holds no more than two batches meanwhile, and goes on', async () => {
    const run = await world.start({}, proxy.url);
    append('big/a', bids('big', 1));
    await world.stored(bytes);
    proxy.away = true;
    const text = bids('big', 160_000, 1);
    append('big/a', text);
    await until('it has noticed', () => run.running.notReady() === 'the store is away');
    await wait(1_500);
    // Two batches of one slice (4 MiB) each, and the one that is being read.
    expect(run.running.backlogBytes()).toBeGreaterThan(text.length - 3 * (4 << 20));
    expect(text.length).toBeGreaterThan(4 * (4 << 20));
    proxy.away = false;
    await world.stored(bytes);
    expect(run.running.notReady()).toBeUndefined();
    expect(run.running.backlogBytes()).toBe(0);
    await run.stop();
    await expectTruth();
  });

  it('goes on when the engine is killed under it, again and again', async () => {
    const run = await world.start();
    for (let kills = 0; kills < 3; kills++) {
      for (let at = 0; at < 10; at++) {
        append(`killed/t${String(kills)}`, bids('killed', 100, (kills * 10 + at) * 100));
        await wait(20);
      }
      const pid = world.engine.engine.pid();
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
      await until(
        'another engine answers',
        async () => pid !== world.engine.engine.pid() && (await world.engine.admin.ping()),
      );
    }
    await world.stored(bytes);
    await run.stop();
    expect(world.engine.crashes).toHaveLength(3);
    await expectTruth();
  });

  it('ends within its patience when it is told to while ClickHouse is away, and stores the rest in its next life', async () => {
    const run = await world.start({}, proxy.url);
    await until('it is ready', () => run.running.notReady() === undefined);
    proxy.away = true;
    append('stopped/a', bids('stopped', 500));
    await until('it has noticed', () => run.running.notReady() === 'the store is away');
    const begunMs = Date.now();
    const stopping = run.stop();
    await wait(10_500);
    proxy.away = false;
    await stopping;
    expect(Date.now() - begunMs).toBeLessThan(20_000);
    const next = await world.start();
    await world.stored(bytes);
    await next.stop();
    await expectTruth();
  });
});
