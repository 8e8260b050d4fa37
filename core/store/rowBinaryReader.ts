const DECODER = new TextDecoder();
/** Longer texts are not remembered. */
const NAME_BYTES_MAX = 64;
/** Places for texts that are remembered; a power of two. */
const PLACES = 4_096;

/** Reads values of ClickHouse's RowBinary format, one after another. Source: ClickHouse documentation, "RowBinary". */
export class RowBinaryReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #names: ({ readonly bytes: Uint8Array; readonly text: string } | undefined)[] = [];
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Whether everything was read. */
  get atEnd(): boolean {
    return this.#position >= this.#bytes.length;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#view.getUint8(this.#position++);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  /** Bytes of a String; a view, valid as long as the answer is. */
  string(): Uint8Array {
    const length = this.varint();
    const start = this.#position;
    this.#position += length;
    return this.#bytes.subarray(start, this.#position);
  }

  /** A String as text. Names come again and again: one that came lately in this answer is found by its bytes. */
  text(): string {
    const bytes = this.string();
    if (bytes.length > NAME_BYTES_MAX) return DECODER.decode(bytes);
    let hash = bytes.length;
    for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
    const place = (hash ^ (hash >>> 15)) & (PLACES - 1);
    const known = this.#names[place];
    if (known !== undefined && equal(known.bytes, bytes)) return known.text;
    const text = DECODER.decode(bytes);
    this.#names[place] = { bytes, text };
    return text;
  }

  /** Int64 or UInt64 below 2^53 as a number. */
  int64(): number {
    return Number(this.#take(8, () => this.#view.getBigInt64(this.#position, true)));
  }

  uint64(): bigint {
    return this.#take(8, () => this.#view.getBigUint64(this.#position, true));
  }

  /** A Map(String, String) with its values as bytes. */
  map(): Map<string, Uint8Array> {
    const entries = new Map<string, Uint8Array>();
    for (let left = this.varint(); left > 0; left--) {
      const key = this.text();
      entries.set(key, this.string());
    }
    return entries;
  }

  #take<Value>(bytes: number, read: () => Value): Value {
    const value = read();
    this.#position += bytes;
    return value;
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
