import type { Kafka } from 'kafkajs';
import { withAdmin } from './client.ts';
import { topicEnds } from './topicEnds.ts';

/** Reads a compacted topic of positions from end to end: by key, the newest. What an open transaction holds is not among them. */
export async function readPositions<Position>(kafka: Kafka, topic: string): Promise<Map<string, Position>> {
  const positions = new Map<string, Position>();
  await withAdmin(kafka, async (admin) => {
    const ends = await topicEnds(admin, topic);
    const waited = new Map(
      [...ends].filter(([, { low, high }]) => high > low).map(([number, { high }]) => [number, high]),
    );
    if (waited.size === 0) return;
    const groupId = `touchstone-positions-${crypto.randomUUID()}`;
    await readUntil(kafka, { topic, groupId, waited }, (key, value) => {
      positions.set(key, JSON.parse(value) as Position);
    });
    await admin.deleteGroups([groupId]).catch(() => undefined);
  });
  return positions;
}

/** Consumes until every partition is read to where it ended. Rejects when the consumer stops before. */
async function readUntil(
  kafka: Kafka,
  { topic, groupId, waited }: { topic: string; groupId: string; waited: Map<number, number> },
  take: (key: string, value: string) => void,
): Promise<void> {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
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
        for (const { key, value } of batch.messages)
          if (key !== null && value !== null) take(key.toString('utf8'), value.toString('utf8'));
        return Promise.resolve();
      },
    });
    await whole.promise;
  } finally {
    await consumer.disconnect();
  }
}
