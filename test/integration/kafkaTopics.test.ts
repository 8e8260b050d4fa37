import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bids } from '../support/bidsRun.ts';
import { type KafkaBids, startKafkaBids } from '../support/kafka/kafkaBids.ts';
import { makeTopics, produce, records } from '../support/kafka/topics.ts';
import { until, wait } from '../support/touchstoneChild.ts';
import type { WholeRun } from '../support/wholeRun.ts';

let all: KafkaBids;
let run: WholeRun | undefined;

beforeAll(async () => {
  all = await startKafkaBids();
});

afterEach(async () => {
  await run?.stop();
  run = undefined;
});

afterAll(() => all.stop());

const some = (from: number): ReturnType<typeof records> => records('s1', bids('s1', 50, from));
const findings = (): Promise<{ check: string; text: string }[]> =>
  all.world.engine.admin.query('SELECT check::String AS check, text FROM touchstone.findings ORDER BY foundAt');

async function admin<Value>(act: (admin: ReturnType<KafkaBids['client']['admin']>) => Promise<Value>): Promise<Value> {
  const asked = all.client.admin();
  await asked.connect();
  const value = await act(asked);
  await asked.disconnect();
  return value;
}

describe('topics', () => {
  it('that come later, and partitions that are added, are read without a restart', async () => {
    run = await all.start({ group: 'g1', topics: { bids: ['/^late-.+$/'] } });
    await makeTopics(all.client, { 'late-a': 1 });
    await produce(all.client, 'late-a', some(0));
    await all.stored('late-a', 50);
    await admin((asked) => asked.createPartitions({ topicPartitions: [{ topic: 'late-a', count: 4 }] }));
    await makeTopics(all.client, { 'late-b': 2 });
    await until('the added partitions take records', async () => {
      const metadata = await admin((asked) => asked.fetchTopicMetadata({ topics: ['late-a'] }));
      return metadata.topics[0]?.partitions.length === 4;
    });
    for (let partition = 1; partition < 4; partition++)
      await produce(
        all.client,
        'late-a',
        some(50 * partition).map((record) => ({ ...record, partition })),
      );
    await produce(all.client, 'late-b', some(200));
    await all.stored('late-a', 200);
    await all.stored('late-b', 50);
  });

  it('are begun behind what is there when the config says so, and this is remembered', async () => {
    await makeTopics(all.client, { newest: 1 });
    await produce(all.client, 'newest', some(0));
    const source = { group: 'g2', topics: { bids: ['newest'] }, start: 'latest' };
    run = await all.start(source);
    await until('it has begun', async () => {
      const rows = await all.world.engine.admin.query(
        `SELECT offset FROM touchstone.partitions WHERE partition = 'newest-0'`,
      );
      return rows.length === 1;
    });
    await run.stop();
    await produce(all.client, 'newest', some(50));
    run = await all.start(source);
    await all.stored('newest', 50);
  });

  it('are begun at a time', async () => {
    await makeTopics(all.client, { timed: 1 });
    const at = (iso: string, from: number) =>
      some(from).map((record) => ({ ...record, timestamp: String(Date.parse(iso)) }));
    await produce(all.client, 'timed', at('2026-03-01T00:00:00Z', 0));
    await produce(all.client, 'timed', at('2026-03-01T01:00:00Z', 50));
    run = await all.start({ group: 'g3', topics: { bids: ['timed'] }, start: '2026-03-01T00:30:00Z' });
    await all.stored('timed', 50);
  });

  it('are read on whatever becomes of the offsets that the group has committed', async () => {
    await makeTopics(all.client, { reset: 1 });
    await produce(all.client, 'reset', some(0));
    const source = { group: 'g4', topics: { bids: ['reset'] } };
    run = await all.start(source);
    await all.stored('reset', 50);
    await run.stop();
    run = undefined;
    for (const offset of ['0', '30', '5000']) {
      await admin((asked) =>
        asked.setOffsets({ groupId: 'g4', topic: 'reset', partitions: [{ partition: 0, offset }] }),
      );
      const before = (await all.rows('reset')).rows;
      await produce(all.client, 'reset', some(before));
      run = await all.start(source);
      await all.stored('reset', before + 50);
      await run.stop();
      run = undefined;
    }
  });

  it('that lost records before they were read are read on, and a finding says which', async () => {
    await makeTopics(all.client, { expired: 1 });
    await produce(all.client, 'expired', some(0));
    const source = { group: 'g5', topics: { bids: ['expired'] } };
    run = await all.start(source);
    await all.stored('expired', 50);
    await run.stop();
    await produce(all.client, 'expired', some(50));
    await admin(async (asked) => {
      await asked.fetchTopicMetadata({ topics: ['expired'] });
      await asked.deleteTopicRecords({ topic: 'expired', partitions: [{ partition: 0, offset: '80' }] });
    });
    run = await all.start(source);
    await all.stored('expired', 70);
    await until('a finding tells of it', async () =>
      (await findings()).some(
        ({ check, text }) => check === 'records-expired' && text.includes('the records 50 to 79 were deleted'),
      ),
    );
  });

  it('that were made anew under the same name are not read, and a finding says why', async () => {
    await makeTopics(all.client, { anew: 1 });
    await produce(all.client, 'anew', some(0));
    const source = { group: 'g6', topics: { bids: ['anew'] } };
    run = await all.start(source);
    await all.stored('anew', 50);
    await run.stop();
    await admin((asked) => asked.deleteTopics({ topics: ['anew'] }));
    await wait(1_000);
    await makeTopics(all.client, { anew: 1 });
    await produce(all.client, 'anew', some(0).slice(0, 10));
    run = await all.start(source);
    await until('a finding tells of it', async () =>
      (await findings()).some(({ text }) => text.includes('it ends at offset 10 and is stored up to 50')),
    );
    expect(await all.rows('anew')).toEqual({ rows: 50, distinct: 50 });
  });
});
