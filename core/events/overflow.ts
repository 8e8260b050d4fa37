/** Texts that had to be unescaped, one after another in UTF-8. */
export class Overflow {
  #bytes: Uint8Array = new Uint8Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What was appended so far; valid until the next `append`. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Appends a text; answers where it begins. */
  append(text: string): number {
    const encoded = new TextEncoder().encode(text);
    if (this.#length + encoded.length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + encoded.length));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    const from = this.#length;
    this.#bytes.set(encoded, from);
    this.#length += encoded.length;
    return from;
  }

  clear(): void {
    this.#length = 0;
  }
}
