// Produces a fleet's requests to a topic by one client or the other. Prints `{ events, bytes, priceMicros, cpuS, wallS }`.
import kafkajs from 'kafkajs';
import { testClient } from '../../test/support/kafka/topics.ts';
import { loadPlatformatic } from './platformatic.ts';
import { topicRecords, type TopicRecord } from './topicRecords.ts';

/** What is produced, and how. */
export interface ProduceOptions {
  readonly client: 'kafkajs' | 'platformatic';
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly compression: 'none' | 'zstd';
  readonly logs: string;
  /** Of `@platformatic/kafka`. */
  readonly folder: string;
}

const options = JSON.parse(process.argv[2] ?? '{}') as ProduceOptions;
const { topic, brokers, compression, logs } = options;
const batches = [...topicRecords(logs)];
const send = options.client === 'kafkajs' ? await byKafkajs() : await byPlatformatic();

const before = process.cpuUsage();
const startedMs = performance.now();
for (const batch of batches) await send(batch);
const wallS = (performance.now() - startedMs) / 1_000;
const { user, system } = process.cpuUsage(before);
let events = 0;
let bytes = 0;
let priceMicros = 0;
for (const { value } of batches.flat()) {
  events++;
  bytes += Buffer.byteLength(value);
  priceMicros += (JSON.parse(value) as { priceMicros?: number }).priceMicros ?? 0;
}
process.stdout.write(JSON.stringify({ events, bytes, priceMicros, cpuS: (user + system) / 1e6, wallS }), () =>
  process.exit(0),
);

async function byKafkajs(): Promise<(batch: readonly TopicRecord[]) => Promise<unknown>> {
  const producer = testClient(brokers).producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const codec = compression === 'zstd' ? kafkajs.CompressionTypes.ZSTD : kafkajs.CompressionTypes.None;
  return (batch) => producer.send({ topic, messages: [...batch], compression: codec });
}

async function byPlatformatic(): Promise<(batch: readonly TopicRecord[]) => Promise<unknown>> {
  const { Producer } = await loadPlatformatic(options.folder);
  const producer = new Producer({ clientId: 'bench', bootstrapBrokers: brokers });
  return (batch) =>
    producer.send({
      messages: batch.map(({ partition, key, value }) => ({
        topic,
        partition,
        key: Buffer.from(key),
        value: Buffer.from(value),
      })),
      compression,
      acks: -1,
      idempotent: true,
    });
}
