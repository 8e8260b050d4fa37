import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bids } from '../support/bidsRun.ts';
import { type FaultyProxy, startFaultyProxy } from '../support/faultyProxy.ts';
import { type KafkaBids, startKafkaBids } from '../support/kafka/kafkaBids.ts';
import { makeTopics, produce, records } from '../support/kafka/topics.ts';
import { until } from '../support/touchstoneChild.ts';

let all: KafkaBids;
let proxy: FaultyProxy;

beforeAll(async () => {
  all = await startKafkaBids();
  proxy = await startFaultyProxy(all.world.engine.engine.url);
  await makeTopics(all.client, { bids: 2 });
});

afterAll(async () => {
  await proxy.stop();
  await all.stop();
});

async function deadLetters(): Promise<number> {
  const [row] = await all.world.engine.admin.query<{ n: string }>('SELECT count() AS n FROM touchstone.dead_letters');
  return Number(row?.n);
}

async function committed(): Promise<number> {
  const [row] = await all.world.engine.admin.query<{ n: string }>('SELECT sum(offset) AS n FROM touchstone.partitions');
  return Number(row?.n);
}

/** Lines of a server, each with a campaign. */
const withCampaigns = (server: string, count: number, from: number): ReturnType<typeof records> =>
  records(server, bids(server, count, from)).map((record) => ({
    ...record,
    value: String(record.value).replace(/}$/, ',"campaign":"c1"}'),
  }));

/** The stream with a field more, and a number that is a text now. */
const CHANGED = {
  streams: {
    bids: {
      fields: {
        ...{ ts: 'time', server: 'category', exchange: 'category', priceMicros: 'integer', url: 'text' },
        ...{ latencyMs: 'text', campaign: 'category' },
      },
      cuts: [[], ['exchange']],
      aggregates: { priceMicros: { sum: 'priceMicros' } },
      metrics: { events: { value: 'events' } },
    },
  },
};

describe('declared fields that are changed while a batch is in doubt', () => {
  it('change nothing of what is stored: it is not stored or counted again', async () => {
    const before = await all.start({}, { ingest: { idleMsMax: 0 } }, proxy.url);
    await produce(all.client, 'bids', [...records('s1', bids('s1', 100)), ...records('s2', bids('s2', 100))]);
    await all.stored('bids', 200);
    // A commit that is refused would hold back all that comes after it.
    await until('they are committed', async () => (await committed()) === 200);
    proxy.harm = (table) => (table.endsWith('.partition_commits') ? 'refused' : undefined);
    await produce(all.client, 'bids', [...withCampaigns('s1', 300, 100), ...withCampaigns('s2', 300, 100)]);
    await until('some are stored, and in doubt', async () => (await all.rows()).rows > 200);
    await before.stop();
    proxy.harm = () => undefined;
    const inDoubt = (await all.rows()).rows - (await committed());
    expect(inDoubt).toBeGreaterThan(0);
    const after = await all.start({}, CHANGED, proxy.url);
    // What was not stored yet is read by the new types, in which a latency is no number; what was stored stays what it is.
    await until('the rest is dead letters', async () => (await deadLetters()) === 600 - inDoubt);
    const spoken = records('s3', bids('s3', 100).replace(/"latencyMs":([\d.]+)/g, '"latencyMs":"$1"'));
    await produce(all.client, 'bids', spoken);
    await until('all is committed', async () => (await committed()) === 900);
    expect((await all.rows()).rows).toBe(300 + inDoubt);
    const counted = await all.world.engine.admin.query(
      `SELECT cut, sum(value) AS events FROM touchstone.aggregates WHERE aggregate = 'events' AND cut IN ('', 'exchange') GROUP BY cut ORDER BY cut`,
    );
    expect(counted).toEqual(['', 'exchange'].map((cut) => ({ cut, events: 300 + inDoubt })));
    expect(await deadLetters()).toBe(600 - inDoubt);
    await after.stop();
  });
});
