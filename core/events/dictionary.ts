/** Interns byte strings: equal texts get equal small ids. Id 0 is the absent value. Grows only. */
export class Dictionary {
  #texts: string[] = [''];
  #encoded: Uint8Array[] = [new Uint8Array(0)];
  #hashes: Uint32Array = new Uint32Array(64);
  #slots: Uint32Array = new Uint32Array(64);

  /** Number of ids given out, the absent one included. */
  get size(): number {
    return this.#texts.length;
  }

  /** Text of an id. */
  text(id: number): string {
    return this.#texts[id] ?? '';
  }

  /** UTF-8 bytes of an id. */
  bytes(id: number): Uint8Array {
    return this.#encoded[id] ?? new Uint8Array(0);
  }

  /** Id of the text `source[start, end)`. `hash` is {@link hashBytes} of it, which the caller has from its own pass. */
  intern(source: Uint8Array, start: number, end: number, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = this.#slots[slot] ?? 0;
      if (id === 0) return this.#add(source.slice(start, end), hash, slot);
      if (this.#hashes[id] === hash && this.#equals(id, source, start, end)) return id;
    }
  }

  /** Id of a JavaScript string. */
  internText(text: string): number {
    const bytes = new TextEncoder().encode(text);
    return this.intern(bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length));
  }

  #equals(id: number, source: Uint8Array, start: number, end: number): boolean {
    const known = this.#encoded[id];
    if (known?.length !== end - start) return false;
    for (let i = 0; i < known.length; i++) if (known[i] !== source[start + i]) return false;
    return true;
  }

  #add(bytes: Uint8Array, hash: number, slot: number): number {
    const id = this.#texts.length;
    this.#texts.push(DECODER.decode(bytes));
    this.#encoded.push(bytes);
    if (id >= this.#hashes.length) this.#hashes = grown(this.#hashes);
    this.#hashes[id] = hash;
    this.#slots[slot] = id;
    if (this.#texts.length * 2 > this.#slots.length) this.#rehash();
    return id;
  }

  #rehash(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    for (let id = 1; id < this.#texts.length; id++) {
      let slot = (this.#hashes[id] ?? 0) & (slots.length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = id;
    }
    this.#slots = slots;
  }
}

/** A byte order mark at the beginning is part of a text. */
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

/** Start value of {@link hashByte}: FNV-1a, 32 bit (Fowler, Noll, Vo). */
export const HASH_SEED = 0x811c9dc5;

/** One step of the hash over a byte; the result is unsigned only after `>>> 0`. */
export const hashByte = (hash: number, byte: number): number => Math.imul(hash ^ byte, 0x01000193);

/** FNV-1a of `source[start, end)`, unsigned 32 bit. */
export function hashBytes(source: Uint8Array, start: number, end: number): number {
  let hash = HASH_SEED;
  for (let i = start; i < end; i++) hash = hashByte(hash, source[i] ?? 0);
  return hash >>> 0;
}

function grown(array: Uint32Array): Uint32Array {
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}
