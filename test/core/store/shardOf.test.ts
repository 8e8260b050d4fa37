import { describe, expect, it } from 'vitest';
import { shardOf } from '../../../core/store/eventShards.ts';

const urls = (...hosts: readonly string[]): { url: string }[] => hosts.map((host) => ({ url: `http://${host}:8123` }));
const PARTITIONS = Array.from({ length: 3_000 }, (_, at) => `requests-${String(at)}`);
const three = urls('a', 'b', 'c');

describe('the shard of a partition', () => {
  it('is not a matter of the order of the list', () => {
    for (const partition of PARTITIONS)
      expect(shardOf(three.toReversed(), partition).url).toBe(shardOf(three, partition).url);
  });

  it('is each of them about as often, though names differ in their last digits only', () => {
    for (const shard of three) {
      const share = PARTITIONS.filter((partition) => shardOf(three, partition) === shard).length;
      expect(share).toBeGreaterThan(900);
      expect(share).toBeLessThan(1_100);
    }
  });

  it('is the new one or the same as before, when there is one more', () => {
    const [added] = urls('d');
    const four = [...three, ...urls('d')];
    const moved = PARTITIONS.filter((partition) => shardOf(four, partition).url !== shardOf(three, partition).url);
    for (const partition of moved) expect(shardOf(four, partition)).toEqual(added);
    expect(moved.length / PARTITIONS.length).toBeCloseTo(1 / 4, 1);
  });

  it('stays what it is, from version to version', () => {
    expect(PARTITIONS.slice(0, 12).map((partition) => shardOf(three, partition).url[7])).toMatchInlineSnapshot(`
      [
        "c",
        "b",
        "c",
        "c",
        "a",
        "a",
        "c",
        "a",
        "b",
        "b",
        "c",
        "b",
      ]
    `);
  });
});
