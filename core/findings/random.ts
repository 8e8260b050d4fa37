import { fnv1a64 } from './fnv1a64.ts';

/** Numbers uniform in [0, 1) that depend on the seed text alone (mulberry32 by T. Ettinger, public domain, seeded by FNV-1a). */
export function seededRandom(seed: string): () => number {
  let state = Number.parseInt(fnv1a64(seed).slice(8), 16) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
