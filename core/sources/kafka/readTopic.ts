import type { Kafka, KafkaMessage } from 'kafkajs';
import { withAdmin } from './client.ts';
import { topicEnds } from './topicEnds.ts';

/** Reads a compacted topic of positions: by key, the newest. What an open transaction holds is not among them. */
export async function readPositions<Position>(kafka: Kafka, topic: string): Promise<Map<string, Position>> {
  const positions = new Map<string, Position>();
  await readTopic(kafka, { topic }, ({ key, value }) => {
    if (key !== null && value !== null)
      positions.set(key.toString('utf8'), JSON.parse(value.toString('utf8')) as Position);
  });
  return positions;
}

/** What of a topic is read. */
export interface TopicReading {
  readonly topic: string;
  /** Whether records of transactions that are open, or were aborted, are read too. */
  readonly readUncommitted?: boolean;
}

/** Reads a topic from end to end, as it is now. */
export async function readTopic(
  kafka: Kafka,
  { topic, readUncommitted = false }: TopicReading,
  take: (message: KafkaMessage) => void,
): Promise<void> {
  await withAdmin(kafka, async (admin) => {
    const ends = await topicEnds(admin, topic);
    const waited = new Map(
      [...ends].filter(([, { low, high }]) => high > low).map(([number, { high }]) => [number, high]),
    );
    if (waited.size === 0) return;
    const groupId = `touchstone-reader-${crypto.randomUUID()}`;
    await readUntil(kafka, { topic, groupId, readUncommitted, waited }, take);
    await admin.deleteGroups([groupId]).catch(() => undefined);
  });
}

interface ReadingUntil extends Required<TopicReading> {
  readonly groupId: string;
  /** Where each partition ended. */
  readonly waited: Map<number, number>;
}

/** Consumes until every partition is read to where it ended. Rejects when the consumer stops before. */
async function readUntil(
  kafka: Kafka,
  { topic, groupId, readUncommitted, waited }: ReadingUntil,
  take: (message: KafkaMessage) => void,
): Promise<void> {
  const consumer = kafka.consumer({ groupId, readUncommitted, maxWaitTimeInMs: 100 });
  const whole = Promise.withResolvers<undefined>();
  const passed = (partition: number, lastOffset: string): void => {
    if (Number(lastOffset) + 1 >= (waited.get(partition) ?? 0)) waited.delete(partition);
    if (waited.size === 0) whole.resolve(undefined);
  };
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    if (!restart) whole.reject(error);
  });
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
    passed(partition, lastOffset);
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: ({ batch }) => {
        for (const message of batch.messages) take(message);
        return Promise.resolve();
      },
    });
    await whole.promise;
  } finally {
    await consumer.disconnect();
  }
}
