import kafkajs, { type Kafka } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Change } from '../../core/sources/change.ts';
import { withAdmin } from '../../core/sources/kafka/client.ts';
import { type Published, Publisher } from '../../core/sources/kafka/publish/publisher.ts';
import { bidLine } from '../support/adStream.ts';
import { type BidsRun, startBidsRun } from '../support/bidsRun.ts';
import { type TestKafka, startKafka } from '../support/kafka/kafka.ts';
import { published, type PublishedRecord } from '../support/kafka/published.ts';
import {
  killedPublisher,
  publisherOf,
  publisherOptions,
  type PublishingPlace,
  saveFindings,
  storedFindings,
} from '../support/kafka/publishing.ts';
import { makeTopics, produce, records, testClient } from '../support/kafka/topics.ts';
import { until } from '../support/touchstoneChild.ts';

const START_MS = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;
const HOLE_MS = START_MS + 5 * MINUTE_MS;
const BIDS = {
  sequence: 'seq',
  fields: { ts: 'time', server: 'category', boot: 'integer', seq: 'integer' },
};

let kafka: TestKafka;
let world: BidsRun;
let client: Kafka;

beforeAll(async () => {
  [kafka, world] = await Promise.all([startKafka(), startBidsRun()]);
  client = testClient(kafka.brokers);
});

afterAll(async () => {
  await Promise.all([kafka.stop(), world.stop()]);
});

/** An event every three seconds, those with these numbers. */
const lines = (server: string, numbers: readonly number[]): string =>
  numbers.map((seq) => bidLine({ ts: START_MS + seq * 3_000, server, seq })).join('');
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);
/** Of the sixth minute. */
const isLate = (seq: number): boolean => seq >= 104 && seq < 114;

const keysAndTimes = (found: readonly PublishedRecord[], time: string): string[] =>
  found.map(({ key, value }) => `${key} ${String(value[time])}`);

describe('what is found in topics is told in topics', () => {
  const read = (topic: string): Promise<PublishedRecord[]> => published(client, `touchstone.${topic}`);
  const alertsOf = async (status: string): Promise<PublishedRecord[]> =>
    (await read('alerts')).filter(({ value }) => value.status === status);

  it('findings and alerts, and that late events have retracted and resolved them', async () => {
    await makeTopics(client, { bids: 1 });
    await produce(client, 'bids', records('s1', lines('s1', numbers(0, 140))));
    await produce(
      client,
      'bids',
      records(
        's2',
        lines(
          's2',
          numbers(0, 140).filter((seq) => !isLate(seq)),
        ),
      ),
    );
    const run = await world.start({
      source: { kind: 'kafka', brokers: kafka.brokers },
      streams: { bids: BIDS },
      plugins: { completeness: {} },
    });
    await until('the alert fires', async () => (await alertsOf('firing').catch(() => [])).length > 0);
    const [finding] = await read('findings');
    expect(finding).toMatchObject({
      ...{ key: finding!.value['id'], schema: 'finding/1' },
      value: { check: 'incomplete', labels: { server: 's2' }, startMs: HOLE_MS, revision: 0, retracted: false },
    });
    await produce(client, 'bids', records('s2', lines('s2', numbers(0, 140).filter(isLate))));
    await until('it is resolved', async () => (await alertsOf('resolved')).length > 0);
    await run.stop();
    const ofKey = (await read('findings')).filter(({ key }) => key === finding!.key);
    expect(ofKey.map(({ value }) => value.retracted)).toEqual([false, true]);
  });

  it('each alert with its text, evidence and finding, and the times of its episode', async () => {
    const [firing, resolved] = await read('alerts');
    const [finding] = await read('findings');
    expect(firing!.key).toBe(firing!.value['id']);
    expect(firing).toMatchObject({
      schema: 'alert/1',
      value: {
        ...{ status: 'firing', startsAt: new Date(HOLE_MS).toISOString(), endsAt: null },
        labels: { server: 's2', alertname: 'Touchstone' },
        evidenceSql: finding!.value['evidenceSql'],
        text: finding!.value['text'],
        finding: { findingId: finding!.key, startMs: HOLE_MS },
      },
    });
    expect(resolved).toMatchObject({
      key: firing!.key,
      value: { status: 'resolved', endsAt: new Date(HOLE_MS + MINUTE_MS).toISOString() },
    });
  });

  it('each window as it stands, in a compacted topic by stream and start', async () => {
    const windows = await read('windows');
    const key = `bids/${String(HOLE_MS)}`;
    const ofKey = windows.filter((record) => record.key === key);
    expect(ofKey.map(({ value }) => value.revision)).toEqual([0, 1]);
    expect(ofKey[1]).toMatchObject({
      schema: 'window/1',
      value: {
        ...{ stream: 'bids', startMs: HOLE_MS, endMs: HOLE_MS + MINUTE_MS, state: 'complete' },
        ...{ events: 40, serversExpected: 2, serversArrived: 2, eventsAnnounced: null },
      },
    });
    const stands = await world.engine.admin.query<{ key: string; revision: number }>(
      `SELECT concat(stream, '/', toString(toUnixTimestamp64Milli(windowStart))) AS key, revision FROM touchstone.windows ORDER BY key`,
    );
    const newest = new Map(windows.map((record) => [record.key, record.value.revision]));
    expect([...newest].sort()).toEqual(stands.map((row) => [row.key, row.revision]));
    const policies = await withAdmin(client, (admin) =>
      admin.describeConfigs({
        includeSynonyms: false,
        resources: ['windows', 'published', 'findings'].map((topic) => ({
          ...{ type: kafkajs.ConfigResourceTypes.TOPIC, name: `touchstone.${topic}`, configNames: ['cleanup.policy'] },
        })),
      }),
    );
    expect(policies.resources.map(({ configEntries }) => configEntries[0]?.configValue)).toEqual([
      'compact',
      'compact',
      'delete',
    ]);
  });
});

describe('a publisher', () => {
  const save = (at: readonly number[], retracted = false): Promise<void> => saveFindings(world.engine, at, retracted);
  const place = (group: string): PublishingPlace => ({ engine: world.engine, brokers: kafka.brokers, group });

  it('that is killed between its records and their acknowledgment leaves none twice and none out', async () => {
    await save(numbers(0, 3_300));
    for (const [at, dies] of (['before', 'after', 'before', 'after', 'before', 'after'] as const).entries()) {
      await save(numbers(3_300 + at * 10, 3_310 + at * 10));
      expect(await killedPublisher(place('kills'), dies, at < 2 ? 2 : 1)).toBe('SIGKILL');
    }
    await save(numbers(0, 5), true);
    const last = publisherOf(place('kills'));
    const read = (): Promise<PublishedRecord[]> => published(client, 'kills.findings');
    await until('all are retracted', async () =>
      (await read()).some(({ key, value }) => key === 'f4' && value.retracted),
    );
    await last.stop();
    const times = keysAndTimes(await read(), 'foundAt');
    expect(new Set(times).size).toBe(times.length);
    expect(times).toEqual(expect.arrayContaining(await storedFindings(world.engine)));
    const all = await published(client, 'kills.findings', { readUncommitted: true });
    expect(all.length, 'no kill was in doubt').toBeGreaterThan(times.length);
  });

  it('that is open alone can send, and knows all that was sent before it: the earlier one holds nothing any more', async () => {
    const [earlier, later] = [1, 2].map(() => new Publisher(publisherOptions(place('held'))));
    const sent = (key: string): [Change[], Published] => {
      const change: Change = { kind: 'findings', key, ms: 1, value: {} };
      return [[change], new Map([['findings', { ms: 1, key, taken: {} }]])];
    };
    await earlier!.open();
    await earlier!.send(...sent('a'));
    const standing = await later!.open();
    await expect(earlier!.send(...sent('b'))).rejects.toThrow('epoch');
    expect(standing.get('findings')?.key).toBe('a');
    await later!.send(...sent('c'));
    // A commit is answered before its marks are written, and until then nobody sees it.
    const keys = async (): Promise<string[]> => (await published(client, 'held.findings')).map(({ key }) => key);
    await until('c is there', async () => (await keys()).includes('c'));
    expect(await keys()).toEqual(['a', 'c']);
    await Promise.all([earlier!.close(), later!.close()]);
  });

  it('that was taken to be dead gives up when another has taken over, and none is told twice', async () => {
    let isOurs = true;
    const givenUp = new AbortController();
    const zombie = publisherOf(place('two'), {
      isOurs: () => Promise.resolve(isOurs),
      onFenced: () => {
        givenUp.abort();
      },
    });
    const read = (): Promise<PublishedRecord[]> => published(client, 'two.findings').catch(() => []);
    const isThere = (key: string): Promise<void> =>
      until(`${key} is there`, async () => (await read()).some((record) => record.key === key));
    await isThere('f0');
    isOurs = false;
    const other = publisherOf(place('two'));
    for (let at = 4_000; !givenUp.signal.aborted; at++) {
      await save([at]);
      await isThere(`f${String(at)}`);
    }
    await save([6_000]);
    await isThere('f6000');
    await Promise.all([zombie.stop(), other.stop()]);
    const times = keysAndTimes(await read(), 'foundAt');
    expect(new Set(times).size).toBe(times.length);
    expect(times).toEqual(expect.arrayContaining(await storedFindings(world.engine)));
  });

  it('goes on by itself when the cluster was away', async () => {
    const publisher = publisherOf(place('away'));
    const read = (): Promise<PublishedRecord[]> => published(client, 'away.findings');
    await until('it publishes', async () => (await read().catch(() => [])).length > 1_000);
    await kafka.kill(0);
    await save(numbers(5_000, 5_010));
    await kafka.revive(0);
    await until(
      'it has gone on',
      async () => (await read().catch(() => [])).some(({ key }) => key === 'f5009'),
      120_000,
    );
    await publisher.stop();
    const times = keysAndTimes(await read(), 'foundAt');
    expect(new Set(times).size).toBe(times.length);
  });
});
