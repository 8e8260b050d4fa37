import type { Kafka } from 'kafkajs';
import { topicEnds } from '../topicEnds.ts';
import { readRange } from '../topicRange.ts';
import type { ShipPosition } from './shipBatch.ts';

/** Reads a compacted topic of positions from end to end: by file, the newest. */
export async function readPositions(kafka: Kafka, topic: string): Promise<Map<string, ShipPosition>> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = await topicEnds(admin, topic);
  await admin.disconnect();
  const ranges = new Map([...ends].map(([number, { low, high }]) => [number, { from: low, to: high }]));
  const positions = new Map<string, ShipPosition>();
  for await (const { messages } of readRange(kafka, topic, ranges))
    for (const { key, value } of messages)
      if (key !== null && value !== null)
        positions.set(key.toString('utf8'), JSON.parse(value.toString('utf8')) as ShipPosition);
  return positions;
}
