import type { ProblemReason } from './problem.ts';
import { TYPE_ARRAY, TYPE_BOOLEAN, TYPE_NULL, TYPE_NUMBER, TYPE_OBJECT, TYPE_STRING } from './shapeTrie.ts';

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const COLON = 0x3a;
export const COMMA = 0x2c;
export const OPEN = 0x7b;
export const CLOSE = 0x7d;
export const MINUS = 0x2d;
export const SPACE = 0x20;
const BRACKET = 0x5b;

/** Goes over JSON text in bytes, accepting exactly what JSON.parse accepts (RFC 8259). Each method begins at `at` and leaves it after what it read. */
export class JsonReader {
  protected bytes: Uint8Array = new Uint8Array(0);
  protected at = 0;
  protected end = 0;
  /** All bytes seen in texts, or-ed: above 127 where one is not ASCII. */
  protected seen = 0;
  /** A text had half of a surrogate pair, escaped. */
  protected hasHalf = false;
  /** Where the second half of a pair begins, at its `u`. */
  #secondHalf = -1;
  /** Why the line is no event; the first reason counts. */
  reason: ProblemReason | undefined;
  detail = '';

  protected note(reason: ProblemReason, detail: string): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    this.detail = detail;
  }

  /** Reads a number after JSON's grammar. Whole numbers and short decimals are put together here, exactly; others by Number(). */
  protected numberValue(): number | undefined {
    const bytes = this.bytes;
    const start = this.at;
    let at = start;
    if (bytes[at] === MINUS) at++;
    const first = at;
    let mantissa = 0;
    let byte = bytes[at] ?? 0;
    for (; byte >= 0x30 && byte <= 0x39 && at < this.end; byte = bytes[++at] ?? 0)
      mantissa = mantissa * 10 + (byte - 0x30);
    const digits = at - first;
    if (digits === 0 || (digits > 1 && bytes[first] === 0x30)) return undefined;
    const isWhole = byte !== 0x2e && byte !== 0x65 && byte !== 0x45;
    if (isWhole && digits <= 15) {
      this.at = at;
      return first === start ? mantissa : -mantissa;
    }
    const end = isWhole ? at : this.#fractionEnd(at);
    if (end < 0) return undefined;
    this.at = end;
    return Number(textOf(bytes.subarray(start, end)));
  }

  /** End of a fraction and exponent that begin at `at`; negative where JSON does not allow them. */
  #fractionEnd(from: number): number {
    let at = from;
    if (this.bytes[at] === 0x2e) {
      const digits = this.#digits(at + 1);
      if (digits === at + 1) return -1;
      at = digits;
    }
    const byte = this.bytes[at];
    if (at < this.end && (byte === 0x65 || byte === 0x45)) {
      const sign = this.bytes[at + 1];
      const first = sign === 0x2b || sign === MINUS ? at + 2 : at + 1;
      const digits = this.#digits(first);
      return digits === first ? -1 : digits;
    }
    return at;
  }

  #digits(from: number): number {
    let at = from;
    while (at < this.end && (this.bytes[at] ?? 0) >= 0x30 && (this.bytes[at] ?? 0) <= 0x39) at++;
    return at;
  }

  /** Reads any value, checking it. Answers its type, negative when it is none. */
  protected value(depth: number): number {
    const byte = this.at < this.end ? this.bytes[this.at] : -1;
    if (byte === QUOTE) return this.text() < 0 ? -1 : TYPE_STRING;
    if (byte === OPEN) return this.#nested(CLOSE, depth) ? TYPE_OBJECT : -1;
    if (byte === BRACKET) return this.#nested(BRACKET + 2, depth) ? TYPE_ARRAY : -1;
    if (byte === 0x74) return this.#word('true') ? TYPE_BOOLEAN : -1;
    if (byte === 0x66) return this.#word('false') ? TYPE_BOOLEAN : -1;
    if (byte === 0x6e) return this.#word('null') ? TYPE_NULL : -1;
    const start = this.at;
    const number = this.numberValue();
    if (number === undefined) return -1;
    if (!(Math.abs(number) < INT64_LIMIT)) this.#checkRange(start, number);
    return TYPE_NUMBER;
  }

  /** The store's JSON holds 64-bit integers and doubles; a number beyond them would make it refuse the whole insert. */
  #checkRange(start: number, number: number): void {
    const text = textOf(this.bytes.subarray(start, this.at));
    const isHeld = /[.eE]/.test(text)
      ? Number.isFinite(number)
      : BigInt(text) >= -(2n ** 63n) && BigInt(text) < 2n ** 64n;
    if (!isHeld) this.note('out-of-range', `a number is beyond 64 bits: ${text.slice(0, 60)}`);
  }

  /** Reads an object or array up to its closing byte. */
  #nested(close: number, depth: number): boolean {
    if (depth >= DEPTH_MAX) return false;
    this.at++;
    this.skipSpace();
    if (this.bytes[this.at] === close) {
      this.at++;
      return true;
    }
    for (;;) {
      if (close === CLOSE) {
        if (this.bytes[this.at] !== QUOTE || this.text() < 0) return false;
        this.skipSpace();
        if (this.bytes[this.at++] !== COLON) return false;
        this.skipSpace();
      }
      if (this.value(depth + 1) < 0) return false;
      this.skipSpace();
      const byte = this.at < this.end ? this.bytes[this.at++] : -1;
      if (byte === close) return true;
      if (byte !== COMMA) return false;
      this.skipSpace();
    }
  }

  /** Reads a text; answers the place of its closing quote, negative when it is none. */
  protected text(): number {
    const bytes = this.bytes;
    for (let at = this.at + 1; at < this.end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) {
        this.at = at + 1;
        return at;
      }
      if (byte < SPACE) return -1;
      this.seen |= byte;
      if (byte === BACKSLASH && !this.#isEscape(++at)) return -1;
    }
    return -1;
  }

  #isEscape(at: number): boolean {
    const byte = this.bytes[at] ?? 0;
    if (byte !== 0x75) return '"\\/bfnrt'.includes(String.fromCharCode(byte));
    const unit = this.#codeUnit(at);
    if (unit !== undefined && unit >= 0xd800 && unit <= 0xdfff && at !== this.#secondHalf) this.#pair(at, unit);
    return unit !== undefined;
  }

  /** Whether a half of a surrogate pair is followed by its other half. */
  #pair(at: number, unit: number): void {
    const next = this.bytes[at + 5] === BACKSLASH && this.bytes[at + 6] === 0x75 ? this.#codeUnit(at + 6) : undefined;
    if (unit <= 0xdbff && next !== undefined && next >= 0xdc00 && next <= 0xdfff) this.#secondHalf = at + 6;
    else this.hasHalf = true;
  }

  /** The four hexadecimal digits after the `u` at a place. */
  #codeUnit(at: number): number | undefined {
    const digits = latin1(this.bytes.subarray(at + 1, Math.min(at + 5, this.end)));
    return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
  }

  #word(word: string): boolean {
    for (let at = 0; at < word.length; at++) if (this.bytes[this.at + at] !== word.charCodeAt(at)) return false;
    this.at += word.length;
    return this.at <= this.end;
  }

  protected skipSpace(): void {
    const bytes = this.bytes;
    while (this.at < this.end) {
      const byte = bytes[this.at] ?? 0;
      if (byte > SPACE || (byte !== SPACE && byte !== 9 && byte !== 13 && byte !== 10)) return;
      this.at++;
    }
  }

  protected isOtherJson(start: number): boolean {
    this.at = start;
    this.skipSpace();
    if (this.value(0) < 0) return false;
    this.skipSpace();
    return this.at === this.end;
  }
}

const INT64_LIMIT = 2 ** 63;

/** Nesting of undeclared values that is still read. */
const DEPTH_MAX = 64;

/** A byte order mark inside of a text is part of it. */
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

/** The text of a JSON string's inside. Half of a surrogate pair, which JSON may escape but UTF-8 cannot hold, becomes U+FFFD. */
export const textOf = (inside: Uint8Array): string => {
  const text = DECODER.decode(inside);
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string).toWellFormed() : text;
};

export const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
