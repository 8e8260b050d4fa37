import type { Kafka, KafkaMessage } from 'kafkajs';
import { withAdmin } from './client.ts';
import { topicEnds } from './topicEnds.ts';
import { readRange } from './topicRange.ts';

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
  const ends = await withAdmin(kafka, (admin) => topicEnds(admin, topic));
  const ranges = new Map([...ends].map(([number, { low, high }]) => [number, { from: low, to: high }]));
  for await (const { messages } of readRange(kafka, { topic, ranges, readUncommitted }))
    for (const message of messages) take(message);
}
