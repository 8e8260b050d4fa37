import type { Admin } from 'kafkajs';
import type { KafkaSourceConfig } from '../../config/sourceConfig.ts';
import type { DamageReason, FoundPartition, PartitionStart } from '../source.ts';
import type { OwnedPartition } from './ownedPartition.ts';
import { offsetsAt, type PartitionEnds } from './topicEnds.ts';

/** Where to go on with a partition, and what is wrong with it, if anything. */
export interface Opening {
  /** Undefined when it cannot be read on. */
  readonly offset: number | undefined;
  readonly damage: { readonly reason: DamageReason; readonly detail: string } | undefined;
}

/** What the store says, held against what the topic has. */
export function openingOf(
  { offset, fileHead: storedCluster = '' }: PartitionStart,
  clusterId: string,
  { low, high }: PartitionEnds,
): Opening {
  const damaged = (reason: DamageReason, detail: string, at?: number): Opening => ({
    offset: at,
    damage: { reason, detail },
  });
  if (storedCluster !== '' && storedCluster !== clusterId)
    return damaged('head-changed', `it is of the cluster ${clusterId}; what is stored came from ${storedCluster}`);
  if (offset > high)
    return damaged(
      'shrunk',
      `it ends at offset ${String(high)} and is stored up to ${String(offset)}: it was made anew, or has lost its newest records`,
    );
  if (offset < low)
    return damaged(
      'expired',
      `the records ${String(offset)} to ${String(low - 1)} were deleted before they were read`,
      low,
    );
  return { offset, damage: undefined };
}

/** A partition as the reader is asked about it; it is begun at `firstOffset` when the store does not know it. */
export const foundPartition = (
  { stream = '', topic, name }: OwnedPartition,
  fileHead: string,
  firstOffset: number,
): FoundPartition => ({ stream, topic, partition: name, server: '', fileHead, firstOffset });

/** Where the config wants a topic's partitions to be begun that the store does not know. */
export async function firstOffsets(
  admin: Admin,
  { start }: Pick<KafkaSourceConfig, 'start'>,
  topic: string,
  ends: ReadonlyMap<number, PartitionEnds>,
): Promise<ReadonlyMap<number, number>> {
  if (start !== 'earliest' && start !== 'latest') return offsetsAt(admin, topic, Date.parse(start));
  return new Map([...ends].map(([number, { low, high }]) => [number, start === 'earliest' ? low : high]));
}

/** Where the group has committed a topic's partitions; where it has not, or beyond what is there, the oldest record. */
export async function committedOffsets(
  admin: Admin,
  groupId: string,
  topic: string,
  ends: ReadonlyMap<number, PartitionEnds>,
): Promise<ReadonlyMap<number, number>> {
  const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
  const offsets = new Map(committed?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
  return new Map(
    [...ends].map(([number, { low, high }]) => {
      const offset = offsets.get(number) ?? -1;
      return [number, offset >= low && offset <= high ? offset : low];
    }),
  );
}
