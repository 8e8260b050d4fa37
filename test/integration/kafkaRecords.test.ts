import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bids } from '../support/bidsRun.ts';
import { type KafkaBids, startKafkaBids } from '../support/kafka/kafkaBids.ts';
import { makeTopics, produce, records } from '../support/kafka/topics.ts';
import { until } from '../support/touchstoneChild.ts';
import type { WholeRun } from '../support/wholeRun.ts';

const { CompressionTypes, Partitioners } = kafkajs;
let all: KafkaBids;
let run: WholeRun;

beforeAll(async () => {
  all = await startKafkaBids();
  run = await all.start({ topics: { bids: ['/^bids/'] } });
});

afterAll(async () => {
  await run.stop();
  await all.stop();
});

describe('records of a topic', () => {
  it('are stored once, and counted by the window', async () => {
    await makeTopics(all.client, { bids: 3 });
    for (const server of ['s1', 's2', 's3', 's4', 's5'])
      await produce(all.client, 'bids', records(server, bids(server, 400)));
    await all.stored('bids', 2_000);
    await run.judgedUntil(Date.UTC(2026, 0, 1) + 19 * 60_000);
    const windows = await all.world.engine.admin.query(
      `SELECT count() AS windows, sum(value) AS events FROM touchstone.aggregates WHERE cut = '' AND aggregate = 'events'`,
    );
    expect(windows).toEqual([{ windows: '20', events: 2_000 }]);
  });

  it.each(['GZIP', 'Snappy', 'LZ4', 'ZSTD'] as const)('may be packed by %s', async (codec) => {
    const topic = `bids-${codec.toLowerCase()}`;
    await makeTopics(all.client, { [topic]: 1 });
    await produce(all.client, topic, records('s1', bids('s1', 300)), CompressionTypes[codec]);
    await all.stored(topic, 300);
  });

  it('may have no key, no value, line breaks within, and may be no events', async () => {
    await makeTopics(all.client, { 'bids-odd': 1 });
    const [first = '', second = ''] = bids('s1', 2).split('\n');
    await produce(all.client, 'bids-odd', [
      { value: first },
      { key: 's1', value: null },
      { key: 's9', value: 'no event' },
      { key: 's1', value: JSON.stringify(JSON.parse(second), null, 2) },
      { key: 's1', value: '' },
    ]);
    await all.stored('bids-odd', 2);
    const letters = await all.world.engine.admin.query(
      `SELECT offset, server, topic::String AS topic, partition, reason::String AS reason, raw FROM touchstone.dead_letters WHERE topic = 'bids-odd'`,
    );
    expect(letters).toEqual([
      { offset: '2', server: 's9', topic: 'bids-odd', partition: 'bids-odd-0', reason: 'not-json', raw: 'no event' },
    ]);
  });

  it('are passed over when their transaction was aborted, and marks of transactions hold nothing up', async () => {
    await makeTopics(all.client, { 'bids-tx': 1 });
    const producer = all.client.producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      transactionalId: 'test',
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    for (const [from, commits] of [
      [0, true],
      [100, false],
      [200, true],
      [300, false],
    ] as const) {
      const transaction = await producer.transaction();
      await transaction.send({ topic: 'bids-tx', messages: records('s1', bids('s1', 100, from)) });
      await (commits ? transaction.commit() : transaction.abort());
    }
    await producer.disconnect();
    await all.stored('bids-tx', 200);
    await until('the last mark is behind us', async () => {
      const [row] = await all.world.engine.admin.query<{ offset: string }>(
        `SELECT offset FROM touchstone.partitions WHERE partition = 'bids-tx-0'`,
      );
      return row?.offset === '404';
    });
  });

  it('may be as big as the broker takes, up to the config’s limit for a line', async () => {
    await makeTopics(all.client, { 'bids-big': 1 }, { 'max.message.bytes': '16000000' });
    const [line = ''] = bids('s1', 1).split('\n');
    const sized = (bytes: number): string =>
      JSON.stringify({ ...(JSON.parse(line) as object), url: 'x'.repeat(bytes) });
    await produce(all.client, 'bids-big', [{ value: sized(900_000) }, { value: sized(9_000_000) }, { value: line }]);
    await all.stored('bids-big', 2);
    const letters = await all.world.engine.admin.query<{ reason: string }>(
      `SELECT reason::String AS reason FROM touchstone.dead_letters WHERE topic = 'bids-big'`,
    );
    expect(letters).toEqual([{ reason: 'line-too-long' }]);
  });
});
