import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bids, type BidsRun, startBidsRun } from '../support/bidsRun.ts';
import { type TestKafka, startKafka } from '../support/kafka/kafka.ts';
import { makeTopics, produce, records, testClient } from '../support/kafka/topics.ts';
import { until } from '../support/touchstoneChild.ts';

let kafka: TestKafka;
let world: BidsRun;

beforeAll(async () => {
  [kafka, world] = await Promise.all([startKafka(), startBidsRun()]);
});

afterAll(async () => {
  await Promise.all([kafka.stop(), world.stop()]);
});

const rows = async (): Promise<{ rows: number; distinct: number }> => {
  const [row] = await world.engine.admin.query<{ rows: string; distinct: string }>(
    'SELECT count() AS rows, uniqExact(partition, offset) AS distinct FROM touchstone.events_bids',
  );
  return { rows: Number(row?.rows), distinct: Number(row?.distinct) };
};

describe('events from a topic', () => {
  it('are stored once, and counted', async () => {
    const client = testClient(kafka.brokers);
    await makeTopics(client, { bids: 3 });
    for (const server of ['s1', 's2', 's3', 's4', 's5'])
      await produce(client, 'bids', records(server, bids(server, 400)));
    const run = await world.start({ source: { kind: 'kafka', brokers: kafka.brokers } });
    await until('all are stored', async () => (await rows()).rows >= 2_000);
    expect(await rows()).toEqual({ rows: 2_000, distinct: 2_000 });
    await run.judgedUntil(Date.UTC(2026, 0, 1) + 19 * 60_000);
    const counted = await world.engine.admin.query(
      `SELECT sum(value) AS n FROM touchstone.aggregates WHERE cut = '' AND aggregate = 'events'`,
    );
    expect(counted).toEqual([{ n: 2_000 }]);
    await run.stop();
  });
});
