/** Gives unsigned 32-bit integers, evenly spread; the same seed gives the same row of them. */
export type Random = () => number;

/** A generator of its own for each combination of parts (sfc32 by Chris Doty-Humphrey; passes PractRand). */
export function randomOf(...parts: readonly (string | number)[]): Random {
  const seed = hashOf(parts.join('\u0000'));
  const state = Int32Array.of(
    seed,
    Math.imul(seed, 0x85ebca6b) ^ 0x9e3779b9,
    Math.imul(seed, 0xc2b2ae35) ^ 0x243f6a88,
    1,
  );
  const next = (): number => {
    const a = state[0] ?? 0;
    const b = state[1] ?? 0;
    const c = state[2] ?? 0;
    const d = state[3] ?? 0;
    const result = (a + b + d) | 0;
    state[3] = d + 1;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + result;
    return result >>> 0;
  };
  for (let warmUp = 0; warmUp < 12; warmUp++) next();
  return next;
}

/** A number in (0, 1), never 0 and never 1. */
export const unitOf = (random: Random): number => (random() + 0.5) / 0x1_0000_0000;

/** The items in an order drawn from `random` (sorted by a random key each). */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const keyed = items.map((item) => ({ item, key: random() }));
  return keyed.sort((left, right) => left.key - right.key).map(({ item }) => item);
}

/** FNV-1a over the text, its bits mixed once more (the finaliser of MurmurHash3), 32 bits. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
