/** Ranges of undeclared members, by row; see EventBatch.rest*. Grows as needed, and is used again. */
export class RestRanges {
  starts: Uint32Array = new Uint32Array(64);
  ends: Uint32Array = new Uint32Array(64);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(start: number, end: number): void {
    if (this.#length === this.starts.length) {
      this.starts = doubled(this.starts);
      this.ends = doubled(this.ends);
    }
    this.starts[this.#length] = start;
    this.ends[this.#length++] = end;
  }

  /** Forgets ranges from `length` on. */
  truncate(length: number): void {
    this.#length = length;
  }
}

function doubled(array: Uint32Array): Uint32Array {
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}
