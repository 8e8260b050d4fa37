import { describe, expect, it } from 'vitest';
import { OwnedPartition } from '../../../../core/sources/kafka/ownedPartition.ts';
import { openingOf } from '../../../../core/sources/kafka/partitionOpening.ts';
import { partitionName, topicPartition } from '../../../../core/sources/kafka/topics.ts';

describe('a partition that is opened', () => {
  const opened = (offset: number, fileHead?: string): ReturnType<typeof openingOf> =>
    openingOf({ offset, closed: false, fileHead }, 'cluster-a', { low: 10, high: 20 });

  it.each([10, 15, 20])('is begun where the store says: %i', (offset) => {
    expect(opened(offset, 'cluster-a')).toEqual({ offset, damage: undefined });
    expect(opened(offset)).toEqual({ offset, damage: undefined });
  });

  it('is begun behind what was deleted, which is told', () => {
    expect(opened(3, 'cluster-a')).toMatchObject({ offset: 10, damage: { reason: 'expired' } });
  });

  it.each([
    ['that ends before what is stored', 21, 'cluster-a', 'shrunk'],
    ['of another cluster', 15, 'cluster-b', 'head-changed'],
  ])('is not begun %s', (_, offset, fileHead, reason) => {
    expect(opened(offset, fileHead)).toMatchObject({ offset: undefined, damage: { reason } });
  });
});

describe('a partition that is ours', () => {
  it('has stalled when records are there and none came for a minute', () => {
    const partition = new OwnedPartition('bids', 0, 'bids');
    expect(partition.isStalled(5, 1e9)).toBe(false);
    partition.advance(3, 1_000);
    expect([partition.isStalled(5, 61_000), partition.isStalled(5, 61_001), partition.isStalled(3, 1e9)]).toEqual([
      false,
      true,
      false,
    ]);
    partition.advance(4, 61_001);
    expect(partition.isStalled(5, 62_000)).toBe(false);
    partition.close();
    expect(partition.isStalled(5, 1e9)).toBe(false);
  });

  it.each([
    ['bids', 0],
    ['bids-eu-1', 12],
  ])('has a name that says its topic and number: %s, %i', (topic, partition) => {
    expect(topicPartition(partitionName(topic, partition))).toEqual({ topic, partition });
  });
});
