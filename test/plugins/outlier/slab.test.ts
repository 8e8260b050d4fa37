import { describe, expect, it } from 'vitest';
import { type Part, Slab } from '../../../plugins/outlier/kept/slab.ts';

const SIZE = 3;
const slabOf = (): Slab<Float64Array> => new Slab(SIZE, (length) => new Float64Array(length));
const taken = (slab: Slab<Float64Array>, parts: number): Part<Float64Array>[] =>
  Array.from({ length: parts }, () => slab.take());
const written = ({ store, from }: Part<Float64Array>, value: number): void => void store.fill(value, from, from + SIZE);
const read = ({ store, from }: Part<Float64Array>): number[] => [...store.subarray(from, from + SIZE)];

describe('parts of a slab', () => {
  it('are their takers’ own', () => {
    const parts = taken(slabOf(), 1_000);
    parts.forEach(written);
    expect(parts.map(read)).toEqual(parts.map((_, at) => new Array<number>(SIZE).fill(at)));
  });

  it('lie many in one array', () => {
    expect(new Set(taken(slabOf(), 1_000).map(({ store }) => store)).size).toBeLessThan(20);
  });

  it('are zeros again when they were given back', () => {
    const slab = slabOf();
    const [first, ...others] = taken(slab, 64);
    if (first === undefined) throw new Error('take one part at least');
    for (const part of [first, ...others]) written(part, 7);
    slab.give(first);
    expect(slab.take()).toEqual(first);
    expect(read(first)).toEqual([0, 0, 0]);
    expect(others.map(read)).toEqual(others.map(() => [7, 7, 7]));
  });

  it('need no new array while some are free', () => {
    const slab = slabOf();
    const parts = taken(slab, 640);
    const stores = new Set(parts.map(({ store }) => store));
    for (let round = 0; round < 5; round++) {
      const freed = parts.splice(100 * round, 50);
      for (const part of freed) slab.give(part);
      parts.push(...taken(slab, 50));
    }
    expect(new Set([...stores, ...parts.map(({ store }) => store)]).size).toBe(stores.size);
    expect(new Set(parts.map(({ store, from }) => `${String([...stores].indexOf(store))} ${String(from)}`)).size).toBe(
      640,
    );
  });

  it('let an array go of which none is used', () => {
    const slab = slabOf();
    const parts = taken(slab, 64);
    for (const part of parts) slab.give(part);
    expect(slab.take().store).not.toBe(parts[0]?.store);
  });
});
