import kafkajs, { type Kafka, type Message } from 'kafkajs';
import { kafkaClient } from '../../../core/sources/kafka/client.ts';
import { pino } from 'pino';

/** A client for tests: it tells nothing, and knows every codec. */
export const testClient = (brokers: readonly string[]): Kafka =>
  kafkaClient({ brokers: [...brokers], clientId: 'test', tls: false }, pino({ level: 'silent' }));

/** Makes topics, and waits until every partition has a leader. */
export async function makeTopics(
  kafka: Kafka,
  topics: Readonly<Record<string, number>>,
  config: Readonly<Record<string, string>> = {},
): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
  await admin.createTopics({
    waitForLeaders: false,
    topics: Object.entries(topics).map(([topic, numPartitions]) => ({
      topic,
      numPartitions,
      replicationFactor: -1,
      configEntries,
    })),
  });
  for (const [topic, partitions] of Object.entries(topics)) await untilLed(admin, topic, partitions);
  await admin.disconnect();
}

async function untilLed(admin: ReturnType<Kafka['admin']>, topic: string, partitions: number): Promise<void> {
  for (;;) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      if (topics[0]?.partitions.filter(({ leader }) => leader >= 0).length === partitions) return;
    } catch {
      // It is not known everywhere yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Writes records to a topic, each line by its server's key. */
export async function produce(
  kafka: Kafka,
  topic: string,
  messages: readonly Message[],
  compression: kafkajs.CompressionTypes = kafkajs.CompressionTypes.None,
): Promise<void> {
  const producer = kafka.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    maxInFlightRequests: 1,
    idempotent: true,
  });
  await producer.connect();
  await producer.send({ topic, messages: [...messages], compression });
  await producer.disconnect();
}

/** Lines of one server as records. */
export const records = (server: string, lines: string): Message[] =>
  lines
    .split('\n')
    .filter((line) => line !== '')
    .map((value) => ({ key: server, value }));
