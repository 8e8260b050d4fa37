/**
 * Writes ClickHouse's Native format: blocks of columns.
 * Source: ClickHouse documentation, "Native format"; SerializationLowCardinality and SerializationNullable in its sources.
 */
export class NativeWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacityBytes = FIRST_BYTES) {
    this.#bytes = new Uint8Array(capacityBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** What was written, without a copy; the writer starts anew with other memory. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = new Uint8Array(FIRST_BYTES);
    this.#view = new DataView(this.#bytes.buffer);
    this.#length = 0;
    return taken;
  }

  /** Begins a block of `columns` columns of `rows` rows. */
  block(columns: number, rows: number): void {
    this.varint(columns);
    this.varint(rows);
  }

  /** Begins a column: its name and ClickHouse type; its data follow. */
  column(name: string, type: string): void {
    this.text(name);
    this.text(type);
  }

  /** Unsigned LEB128. */
  varint(value: number): void {
    this.#reserve(10);
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  /** A String value. */
  text(value: string): void {
    let bytes = encodedTexts.get(value);
    if (bytes === undefined) {
      if (encodedTexts.size >= ENCODED_MAX) encodedTexts.clear();
      encodedTexts.set(value, (bytes = encoder.encode(value)));
    }
    this.string(bytes);
  }

  /** A String value from bytes. */
  string(bytes: Uint8Array): void {
    this.stringFrom(bytes, 0, bytes.length);
  }

  /** A String value from `source[start, end)`. */
  stringFrom(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.varint(length);
    this.rawFrom(source, start, end);
  }

  /** Bytes as they are, without a length. */
  rawFrom(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#reserve(length);
    const bytes = this.#bytes;
    let at = this.#length;
    if (length > 64) bytes.set(source.subarray(start, end), at);
    else for (let from = start; from < end; from++) bytes[at++] = source[from] ?? 0;
    this.#length += length;
  }

  /** One UInt8. */
  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** An Int64 or UInt64 from a safe integer. */
  int64(value: number): void {
    this.#reserve(8);
    this.#view.setUint32(this.#length, value >>> 0, true);
    this.#view.setInt32(this.#length + 4, Math.floor(value / 4_294_967_296), true);
    this.#length += 8;
  }

  /** A UInt64 from a bigint. */
  uint64(value: bigint): void {
    this.#reserve(8);
    this.#view.setBigUint64(this.#length, value, true);
    this.#length += 8;
  }

  /** A Float64. */
  float64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /**
   * Data of a LowCardinality column: its distinct keys and, per row, the index of a key, in the narrowest integer that holds them.
   * `keys[0]` stands for the type's default (and for NULL where the type is Nullable; then `keys[1]` is the empty text).
   */
  lowCardinality(keys: readonly Uint8Array[], indexes: Uint32Array, rows: number): void {
    const width = keys.length <= 0x100 ? 0 : keys.length <= 0x10000 ? 1 : 2;
    this.int64(SHARED_DICTIONARIES_WITH_ADDITIONAL_KEYS);
    this.int64(width | HAS_ADDITIONAL_KEYS | NEEDS_DICTIONARY_UPDATE);
    this.int64(keys.length);
    for (const key of keys) this.string(key);
    this.int64(rows);
    this.#reserve(rows << width);
    const view = this.#view;
    let at = this.#length;
    if (width === 0) for (let row = 0; row < rows; row++) this.#bytes[at++] = indexes[row] ?? 0;
    else if (width === 1) for (let row = 0; row < rows; row++, at += 2) view.setUint16(at, indexes[row] ?? 0, true);
    else for (let row = 0; row < rows; row++, at += 4) view.setUint32(at, indexes[row] ?? 0, true);
    this.#length = at;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + bytes));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

const encoder = new TextEncoder();
/** Names, series and partitions come again and again. */
const encodedTexts = new Map<string, Uint8Array>();
const ENCODED_MAX = 20_000;

/** Memory of a writer that was told nothing. */
const FIRST_BYTES = 1 << 16;

const SHARED_DICTIONARIES_WITH_ADDITIONAL_KEYS = 1;
const HAS_ADDITIONAL_KEYS = 1 << 9;
const NEEDS_DICTIONARY_UPDATE = 1 << 10;
