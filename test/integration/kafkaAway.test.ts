import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bids } from '../support/bidsRun.ts';
import { type FaultyProxy, startFaultyProxy } from '../support/faultyProxy.ts';
import { type KafkaBids, startKafkaBids } from '../support/kafka/kafkaBids.ts';
import { makeTopics, produce, records } from '../support/kafka/topics.ts';
import { until, wait } from '../support/touchstoneChild.ts';
import type { WholeRun } from '../support/wholeRun.ts';

const SESSION_MS = 1_500;
let all: KafkaBids;
let proxy: FaultyProxy;
let run: WholeRun;

beforeAll(async () => {
  all = await startKafkaBids({ properties: ['group.min.session.timeout.ms=500'] });
  proxy = await startFaultyProxy(all.world.engine.engine.url);
  await makeTopics(all.client, { bids: 2 });
  run = await all.start({ sessionTimeoutMs: SESSION_MS, queueBytesMax: 1 << 20 }, {}, proxy.url);
});

afterAll(async () => {
  proxy.away = false;
  await run.stop();
  await proxy.stop();
  await all.stop();
});

/** Members of the group, by its coordinator. */
async function members(): Promise<string[]> {
  const admin = all.client.admin();
  await admin.connect();
  const { groups } = await admin.describeGroups(['touchstone']);
  await admin.disconnect();
  return groups[0]?.members.map(({ memberId }) => memberId) ?? [];
}

describe('while ClickHouse is away', () => {
  it('nothing more is consumed than the queue holds, the member stays, and it says that it is not ready; then it goes on by itself', async () => {
    await produce(all.client, 'bids', records('s1', bids('s1', 500)));
    await all.stored('bids', 500);
    const before = await members();
    expect(before).toHaveLength(1);
    proxy.away = true;
    const servers = Array.from({ length: 30 }, (_, at) => `t${String(at)}`);
    for (const server of servers) await produce(all.client, 'bids', records(server, bids(server, 1_000)));
    await until('it says so', () => run.running.notReady() === 'the store is away');
    await wait(3 * SESSION_MS);
    expect(await members()).toEqual(before);
    expect(run.running.backlogBytes()).toBeGreaterThan(1 << 19);
    expect(run.running.backlogBytes()).toBeLessThan(3 << 20);
    proxy.away = false;
    await all.stored('bids', 30_500);
    await until('it is ready', () => run.running.notReady() === undefined);
  });
});

describe('while the broker is away', () => {
  it('what is stored can be asked for, and it goes on by itself when the broker is back', async () => {
    await all.kafka.kill(0);
    await wait(2_000);
    expect((await all.rows('bids')).rows).toBe(30_500);
    await all.kafka.revive(0);
    await produce(all.client, 'bids', records('s1', bids('s1', 500, 500)));
    await all.stored('bids', 31_000);
  });
});
