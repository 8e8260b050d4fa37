/** Reads values of ClickHouse's RowBinary format, one after another. Source: ClickHouse documentation, "RowBinary". */
export class RowBinaryReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
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

  text(): string {
    return new TextDecoder().decode(this.string());
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
