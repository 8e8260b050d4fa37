/** Gives each distinct pair of unsigned 32-bit numbers a small id, counted up from 0. Open addressing in typed arrays: no allocation per look-up. */
export class PairIndex {
  #firsts: Uint32Array = new Uint32Array(16);
  #seconds: Uint32Array = new Uint32Array(16);
  #slots = new Int32Array(32).fill(-1);
  #size = 0;

  /** Number of ids given out. */
  get size(): number {
    return this.#size;
  }

  /** Id of the pair, a new one when it was not seen before. */
  idOf(first: number, second: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = mix(first, second) & mask; ; slot = (slot + 1) & mask) {
      const id = this.#slots[slot] ?? -1;
      if (id === -1) return this.#add(first, second, slot);
      if (this.#firsts[id] === first && this.#seconds[id] === second) return id;
    }
  }

  #add(first: number, second: number, slot: number): number {
    const id = this.#size++;
    if (id >= this.#firsts.length) {
      this.#firsts = doubled(this.#firsts);
      this.#seconds = doubled(this.#seconds);
    }
    this.#firsts[id] = first;
    this.#seconds[id] = second;
    this.#slots[slot] = id;
    if (this.#size * 2 > this.#slots.length) this.#rehash();
    return id;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1);
    for (let id = 0; id < this.#size; id++) {
      let slot = mix(this.#firsts[id] ?? 0, this.#seconds[id] ?? 0) & (slots.length - 1);
      while (slots[slot] !== -1) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = id;
    }
    this.#slots = slots;
  }
}

/** Spreads a pair over 32 bits (multiplicative hashing after Knuth, with a final shift). */
function mix(first: number, second: number): number {
  const hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}

function doubled(array: Uint32Array): Uint32Array {
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}
