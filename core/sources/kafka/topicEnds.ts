import type { Admin } from 'kafkajs';

/** Offsets of the first record that is there, and of the next one that will be written. */
export interface PartitionEnds {
  readonly low: number;
  readonly high: number;
}

/** Where each partition of a topic begins and ends now. Throws when the cluster does not tell. */
export async function topicEnds(admin: Admin, topic: string): Promise<ReadonlyMap<number, PartitionEnds>> {
  const rows = await admin.fetchTopicOffsets(topic);
  return new Map(rows.map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }]));
}

/** Offset of the first record at or after a time, by partition; where there is none, the end. */
export async function offsetsAt(admin: Admin, topic: string, atMs: number): Promise<ReadonlyMap<number, number>> {
  const rows = await admin.fetchTopicOffsetsByTimestamp(topic, atMs);
  return new Map(rows.map(({ partition, offset }) => [partition, Number(offset)]));
}
