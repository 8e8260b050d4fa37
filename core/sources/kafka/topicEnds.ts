import type { Admin } from 'kafkajs';
import { partitionName, type TopicMap } from './topics.ts';

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

/** Where the partitions of every stream begin and end: by stream, by partition. A stream without a topic has none. */
export type StreamBounds = ReadonlyMap<string, ReadonlyMap<string, PartitionEnds>>;

/** The same of all topics that are read for streams. */
export async function streamBounds(admin: Admin, streams: readonly string[], topics: TopicMap): Promise<StreamBounds> {
  const bounds = new Map(streams.map((stream) => [stream, new Map<string, PartitionEnds>()]));
  const asked = [...topics].map(async ([topic, stream]) => {
    if (stream === undefined) return;
    for (const [number, ends] of await topicEnds(admin, topic))
      bounds.get(stream)?.set(partitionName(topic, number), ends);
  });
  await Promise.all(asked);
  return bounds;
}

/** Offset of the first record at or after a time, by partition; where there is none, the end. */
export async function offsetsAt(admin: Admin, topic: string, atMs: number): Promise<ReadonlyMap<number, number>> {
  const rows = await admin.fetchTopicOffsetsByTimestamp(topic, atMs);
  return new Map(rows.map(({ partition, offset }) => [partition, Number(offset)]));
}
