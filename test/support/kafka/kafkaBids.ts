import type { Kafka } from 'kafkajs';
import { type BidsRun, startBidsRun } from '../bidsRun.ts';
import { until } from '../touchstoneChild.ts';
import type { WholeRun } from '../wholeRun.ts';
import { type KafkaOptions, startKafka, type TestKafka } from './kafka.ts';
import { testClient } from './topics.ts';

/** A stream `bids` that comes from topics of a real broker, with an engine of its own. */
export interface KafkaBids {
  readonly kafka: TestKafka;
  readonly client: Kafka;
  readonly world: BidsRun;
  /** Starts everything over the topics; `url` is where ClickHouse is found. */
  start(source?: Record<string, unknown>, overrides?: Record<string, unknown>, url?: string): Promise<WholeRun>;
  /** Rows, and distinct places among them, of one topic or of all. */
  rows(topic?: string): Promise<{ readonly rows: number; readonly distinct: number }>;
  /** Waits until a topic has so many rows, and holds that there are no more, each once. */
  stored(topic: string, rows: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startKafkaBids(options: KafkaOptions = {}): Promise<KafkaBids> {
  const [kafka, world] = await Promise.all([startKafka(options), startBidsRun()]);
  const rows: KafkaBids['rows'] = async (topic) => {
    const [row] = await world.engine.admin.query<{ rows: string; distinct: string }>(
      `SELECT count() AS rows, uniqExact(partition, offset) AS distinct FROM touchstone.events_bids
       WHERE {topic:String} = '' OR topic = {topic:String}`,
      { topic: topic ?? '' },
    );
    return { rows: Number(row?.rows), distinct: Number(row?.distinct) };
  };
  return {
    kafka,
    client: testClient(kafka.brokers),
    world,
    rows,
    start: (source = {}, overrides = {}, url = world.engine.engine.url) =>
      world.start(
        {
          source: { kind: 'kafka', brokers: kafka.brokers, lookMs: 500, ...source },
          limits: { horizonDays: 36_500 },
          ...overrides,
        },
        url,
      ),
    async stored(topic, wanted) {
      await until(`${topic} has ${String(wanted)} rows`, async () => (await rows(topic)).rows >= wanted);
      const there = await rows(topic);
      if (there.rows !== wanted || there.distinct !== wanted)
        throw new Error(`${topic} has ${JSON.stringify(there)}, not ${String(wanted)}`);
    },
    stop: async () => {
      await Promise.all([kafka.stop(), world.stop()]);
    },
  };
}
