import { addCounter, COUNTERS, emptyTopK, placeOf, type TopKState } from './topKState.ts';
import { hashedText } from './hashedText.ts';

/** ClickHouse keeps, by hash, how often texts without a counter came at most; for 64 counters it wants this many. */
const ALPHAS = 512;

/** The bytes of the most frequent texts: varuint n, n counters (text with its length, count, error), varuint 512, 512 times the floor. */
export function encodeTopK({ size, texts, counts, errors, floor }: TopKState): Uint8Array {
  if (size === 0) return new Uint8Array(2);
  const writer = new Writer();
  writer.number(size);
  for (let place = 0; place < size; place++) {
    const { bytes, length } = texts[place] ?? { bytes: NOTHING, length: 0 };
    writer.number(length);
    writer.bytes(bytes, length);
    writer.number(counts[place] ?? 0);
    writer.number(errors[place] ?? 0);
  }
  writer.number(ALPHAS);
  for (let at = 0; at < ALPHAS; at++) writer.number(floor);
  return writer.written();
}

/** The inverse of {@link encodeTopK}; takes ClickHouse's own states as well. */
export function decodeTopK(bytes: Uint8Array): TopKState {
  const reader = new Reader(bytes);
  const size = reader.number();
  if (size > COUNTERS) throw new RangeError(`a topK state has up to ${String(COUNTERS)} counters, got ${String(size)}`);
  const state = emptyTopK();
  for (let place = 0; place < size; place++) {
    const text = hashedText(reader.bytes(reader.number()));
    if (placeOf(state, text) >= 0) throw new RangeError('a topK state counts each text once, got one twice');
    addCounter(state, text, reader.number(), reader.number());
  }
  for (let rest = reader.number(); rest > 0; rest--) state.floor = Math.max(state.floor, reader.number());
  reader.expectEnd();
  return state;
}

const NOTHING = new Uint8Array(0);

/** Bytes in growth. */
class Writer {
  #bytes = new Uint8Array(2_048);
  #length = 0;

  /** A whole number in groups of 7 bits, lowest first. */
  number(value: number): void {
    this.#reserve(8);
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
    this.#bytes[this.#length++] = rest;
  }

  bytes(source: Uint8Array, length: number): void {
    this.#reserve(length);
    this.#bytes.set(source.subarray(0, length), this.#length);
    this.#length += length;
  }

  written(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * this.#bytes.length);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** Reads what a Writer wrote. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  number(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 0x80) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw this.#tooShort();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a topK state has counts below 2^56, got a greater one');
  }

  bytes(length: number): Uint8Array {
    const bytes = this.#bytes.slice(this.#at, this.#at + length);
    this.#at += length;
    if (bytes.length < length) throw this.#tooShort();
    return bytes;
  }

  expectEnd(): void {
    if (this.#at !== this.#bytes.length)
      throw new RangeError(
        `a topK state ends after its counters, got ${String(this.#bytes.length - this.#at)} bytes more`,
      );
  }

  #tooShort(): RangeError {
    return new RangeError(`a topK state has its counters and bounds, got ${String(this.#bytes.length)} bytes`);
  }
}
