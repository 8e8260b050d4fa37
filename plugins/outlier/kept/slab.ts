/** An array of numbers of one size. */
export type Numbers = Float64Array | Float32Array | Uint8Array;

/** A part of an array: it begins at `from`, and is as long as all parts of its slab. */
export interface Part<Of extends Numbers> {
  readonly store: Of;
  readonly from: number;
}

/** Parts of one array. */
const PARTS = 64;

/**
 * Equal parts, cut out of arrays that hold many of them (a slab allocator: Bonwick 1994). An array of its own would take some 200 bytes beside its numbers, and the garbage collector
 * would look at each. Who takes a part gives it back when it is no longer used.
 */
export class Slab<Of extends Numbers> {
  readonly #size: number;
  readonly #array: (length: number) => Of;
  /** Where free parts begin, by their array. */
  readonly #free = new Map<Of, number[]>();

  /** `size`: numbers of a part; `array` makes an array of zeros. */
  constructor(size: number, array: (length: number) => Of) {
    this.#size = size;
    this.#array = array;
  }

  /** A part of zeros. */
  take(): Part<Of> {
    const [[store, free] = this.#cut()] = this.#free;
    const from = free.pop() ?? 0;
    if (free.length === 0) this.#free.delete(store);
    return { store, from };
  }

  /** Takes a part back. An array of which nothing is used is let go. */
  give({ store, from }: Part<Of>): void {
    store.fill(0, from, from + this.#size);
    const free = this.#free.get(store) ?? [];
    free.push(from);
    if (free.length === PARTS) this.#free.delete(store);
    else this.#free.set(store, free);
  }

  #cut(): [store: Of, free: number[]] {
    const store = this.#array(PARTS * this.#size);
    const free = Array.from({ length: PARTS }, (_, part) => (PARTS - 1 - part) * this.#size);
    this.#free.set(store, free);
    return [store, free];
  }
}
