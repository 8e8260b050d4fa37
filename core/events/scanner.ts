import { HASH_SEED } from './dictionary.ts';
import type { ProblemReason } from './problem.ts';
import {
  type Edge,
  type Node,
  type ShapeTrie,
  TYPE_ARRAY,
  TYPE_BOOLEAN,
  TYPE_NULL,
  TYPE_NUMBER,
  TYPE_OBJECT,
  TYPE_STRING,
} from './shapeTrie.ts';
import type { Slot } from './slot.ts';
import { RestRanges } from './restRanges.ts';
import { Overflow } from './overflow.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const BRACKET = 0x5b;
const MINUS = 0x2d;
const SPACE = 0x20;

/**
 * Reads one JSON object from bytes straight into columns. It accepts exactly what JSON.parse accepts (RFC 8259),
 * and goes on after a wrong value, so that the event's form and time are known all the same.
 */
export class Scanner {
  readonly rest = new RestRanges();
  readonly overflow = new Overflow();
  readonly #trie: ShapeTrie;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #row = 0;
  /** All bytes seen in texts, or-ed: above 127 where one is not ASCII. */
  #seen = 0;
  /** Why the line is no event; the first reason counts. */
  reason: ProblemReason | undefined;
  detail = '';

  constructor(trie: ShapeTrie) {
    this.#trie = trie;
  }

  /** Whether the line just read has bytes that are not ASCII. */
  get hasHighBytes(): boolean {
    return this.#seen > 0x7f;
  }

  /** Reads `bytes[start, end)` into the slots' row. Answers where its path ended; undefined when it is no JSON object (then `reason` tells why). */
  object(bytes: Uint8Array, start: number, end: number, row: number): Node | undefined {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#row = row;
    this.#seen = 0;
    this.reason = undefined;
    this.#skipSpace();
    if (this.#at >= end || bytes[this.#at] !== OPEN)
      return this.#fail(this.#isOtherJson(start) ? 'not-an-object' : 'not-json');
    this.#at++;
    const node = this.#members();
    if (node === undefined) return undefined;
    this.#skipSpace();
    return this.#at === end ? node : this.#fail('not-json');
  }

  #members(): Node | undefined {
    let node = this.#trie.root;
    this.#skipSpace();
    if (this.#bytes[this.#at] === CLOSE) {
      this.#at++;
      return node;
    }
    for (;;) {
      const memberStart = this.#at;
      const edge = this.#key(node);
      if (edge === undefined) return undefined;
      const type = edge.slot === undefined ? this.#undeclared(memberStart) : this.#declared(edge.slot);
      if (type < 0) return this.#fail('not-json');
      if (edge.isRepeated) this.#note('duplicate-key', edge.name);
      node = edge.targets[type] ?? this.#trie.target(node, edge, type);
      this.#skipSpace();
      const byte = this.#at < this.#end ? this.#bytes[this.#at++] : -1;
      if (byte === CLOSE) return node;
      if (byte !== COMMA) return this.#fail('not-json');
      this.#skipSpace();
    }
  }

  /** Reads `"key":` and the space around it. */
  #key(node: Node): Edge | undefined {
    const bytes = this.#bytes;
    if (this.#at >= this.#end || bytes[this.#at] !== QUOTE) return this.#fail('not-json');
    const start = this.#at + 1;
    let edge = node.last;
    if (edge !== undefined) {
      const key = edge.key;
      let at = 0;
      while (at < key.length && bytes[start + at] === key[at]) at++;
      if (at === key.length && bytes[start + at] === QUOTE) this.#at = start + at + 1;
      else edge = undefined;
    }
    if (edge === undefined) {
      const end = this.#text();
      if (end < 0) return this.#fail('not-json');
      const key = bytes.subarray(start, end);
      edge = this.#trie.edge(node, key, textOf(key));
    }
    this.#skipSpace();
    if (bytes[this.#at] !== COLON) return this.#fail('not-json');
    this.#at++;
    this.#skipSpace();
    return edge;
  }

  /** Reads a value that goes to `rest` as it is. Answers its type, negative when it is no value. */
  #undeclared(memberStart: number): number {
    const type = this.#value(0);
    if (type >= 0) this.rest.add(memberStart, this.#at);
    return type;
  }

  /** Reads a value into a slot. */
  #declared(slot: Slot): number {
    const byte = this.#bytes[this.#at] ?? 0;
    const start = this.#at;
    if (byte === QUOTE) {
      if (slot.type === 'category') return this.#category(slot);
      if (slot.type === 'text') return this.#freeText(slot);
      const end = this.#text();
      if (end < 0) return end;
      if (slot.type === 'time') slot.values[this.#row] = Date.parse(textOf(this.#bytes.subarray(start + 1, end)));
      if (slot.type !== 'time' || Number.isNaN(slot.values[this.#row])) this.#wrongType(slot, start);
      return TYPE_STRING;
    }
    if ((byte >= 0x30 && byte <= 0x39) || byte === MINUS) return this.#number(slot);
    const type = this.#value(0);
    if (type === TYPE_NULL) slot.setAbsent(this.#row);
    else if (type === TYPE_BOOLEAN && slot.type === 'boolean') slot.values[this.#row] = byte === 0x74 ? 1 : 0;
    else if (type >= 0) this.#wrongType(slot, start);
    return type;
  }

  #category(slot: Slot): number {
    const bytes = this.#bytes;
    const start = this.#at + 1;
    const end = this.#end;
    let hash = HASH_SEED;
    let seen = 0;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) {
        this.#at = at + 1;
        this.#seen |= seen;
        slot.ids[this.#row] = slot.dictionary.intern(bytes, start, at, hash >>> 0);
        return TYPE_STRING;
      }
      if (byte === BACKSLASH || byte < SPACE) break;
      seen |= byte;
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
    const textEnd = this.#text();
    if (textEnd < 0) return textEnd;
    slot.ids[this.#row] = slot.dictionary.internText(textOf(bytes.subarray(start, textEnd)));
    return TYPE_STRING;
  }

  #freeText(slot: Slot): number {
    const bytes = this.#bytes;
    const start = this.#at + 1;
    const end = this.#end;
    let seen = 0;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) {
        this.#at = at + 1;
        this.#seen |= seen;
        slot.starts[this.#row] = start;
        slot.ends[this.#row] = at;
        return TYPE_STRING;
      }
      if (byte === BACKSLASH || byte < SPACE) break;
      seen |= byte;
    }
    const textEnd = this.#text();
    if (textEnd < 0) return textEnd;
    const from = this.overflow.append(textOf(bytes.subarray(start, textEnd)));
    slot.starts[this.#row] = bytes.length + from;
    slot.ends[this.#row] = bytes.length + this.overflow.length;
    return TYPE_STRING;
  }

  #number(slot: Slot): number {
    const start = this.#at;
    const value = this.#numberValue();
    if (value === undefined) return -1;
    switch (slot.type) {
      case 'integer':
      case 'time':
        if (!Number.isSafeInteger(value))
          this.#note(
            Number.isInteger(value) || !Number.isFinite(value) ? 'out-of-range' : 'wrong-type',
            `${slot.name} is to be a whole number below 2^53, got ${this.#shown(start)}`,
          );
        slot.values[this.#row] = value;
        break;
      case 'number':
        if (!Number.isFinite(value))
          this.#note('out-of-range', `${slot.name} is beyond what a double holds: ${this.#shown(start)}`);
        slot.values[this.#row] = value;
        break;
      case 'category':
      case 'text':
      case 'boolean':
        this.#wrongType(slot, start);
        break;
    }
    return TYPE_NUMBER;
  }

  /** Reads a number after JSON's grammar. Whole numbers and short decimals are put together here, exactly; others by Number(). */
  #numberValue(): number | undefined {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    if (bytes[at] === MINUS) at++;
    const first = at;
    let mantissa = 0;
    let byte = bytes[at] ?? 0;
    for (; byte >= 0x30 && byte <= 0x39 && at < this.#end; byte = bytes[++at] ?? 0)
      mantissa = mantissa * 10 + (byte - 0x30);
    const digits = at - first;
    if (digits === 0 || (digits > 1 && bytes[first] === 0x30)) return undefined;
    const isWhole = byte !== 0x2e && byte !== 0x65 && byte !== 0x45;
    if (isWhole && digits <= 15) {
      this.#at = at;
      return first === start ? mantissa : -mantissa;
    }
    const end = isWhole ? at : this.#fractionEnd(at);
    if (end < 0) return undefined;
    this.#at = end;
    return Number(textOf(bytes.subarray(start, end)));
  }

  /** End of a fraction and exponent that begin at `at`; negative where JSON does not allow them. */
  #fractionEnd(from: number): number {
    let at = from;
    if (this.#bytes[at] === 0x2e) {
      const digits = this.#digits(at + 1);
      if (digits === at + 1) return -1;
      at = digits;
    }
    const byte = this.#bytes[at];
    if (at < this.#end && (byte === 0x65 || byte === 0x45)) {
      const sign = this.#bytes[at + 1];
      const first = sign === 0x2b || sign === MINUS ? at + 2 : at + 1;
      const digits = this.#digits(first);
      return digits === first ? -1 : digits;
    }
    return at;
  }

  #digits(from: number): number {
    let at = from;
    while (at < this.#end && (this.#bytes[at] ?? 0) >= 0x30 && (this.#bytes[at] ?? 0) <= 0x39) at++;
    return at;
  }

  /** Reads any value, checking it. Answers its type, negative when it is none. */
  #value(depth: number): number {
    const byte = this.#at < this.#end ? this.#bytes[this.#at] : -1;
    if (byte === QUOTE) return this.#text() < 0 ? -1 : TYPE_STRING;
    if (byte === OPEN) return this.#nested(CLOSE, depth) ? TYPE_OBJECT : -1;
    if (byte === BRACKET) return this.#nested(BRACKET + 2, depth) ? TYPE_ARRAY : -1;
    if (byte === 0x74) return this.#word('true') ? TYPE_BOOLEAN : -1;
    if (byte === 0x66) return this.#word('false') ? TYPE_BOOLEAN : -1;
    if (byte === 0x6e) return this.#word('null') ? TYPE_NULL : -1;
    return this.#numberValue() === undefined ? -1 : TYPE_NUMBER;
  }

  /** Reads an object or array up to its closing byte. */
  #nested(close: number, depth: number): boolean {
    if (depth >= DEPTH_MAX) return false;
    this.#at++;
    this.#skipSpace();
    if (this.#bytes[this.#at] === close) {
      this.#at++;
      return true;
    }
    for (;;) {
      if (close === CLOSE) {
        if (this.#bytes[this.#at] !== QUOTE || this.#text() < 0) return false;
        this.#skipSpace();
        if (this.#bytes[this.#at++] !== COLON) return false;
        this.#skipSpace();
      }
      if (this.#value(depth + 1) < 0) return false;
      this.#skipSpace();
      const byte = this.#at < this.#end ? this.#bytes[this.#at++] : -1;
      if (byte === close) return true;
      if (byte !== COMMA) return false;
      this.#skipSpace();
    }
  }

  /** Reads a text; answers the place of its closing quote, negative when it is none. */
  #text(): number {
    const bytes = this.#bytes;
    for (let at = this.#at + 1; at < this.#end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) {
        this.#at = at + 1;
        return at;
      }
      if (byte < SPACE) return -1;
      this.#seen |= byte;
      if (byte === BACKSLASH && !this.#isEscape(++at)) return -1;
    }
    return -1;
  }

  #isEscape(at: number): boolean {
    const byte = this.#bytes[at] ?? 0;
    if (byte === 0x75)
      return /^[0-9a-fA-F]{4}$/.test(latin1(this.#bytes.subarray(at + 1, Math.min(at + 5, this.#end))));
    return '"\\/bfnrt'.includes(String.fromCharCode(byte));
  }

  #word(word: string): boolean {
    for (let at = 0; at < word.length; at++) if (this.#bytes[this.#at + at] !== word.charCodeAt(at)) return false;
    this.#at += word.length;
    return this.#at <= this.#end;
  }

  #skipSpace(): void {
    const bytes = this.#bytes;
    while (this.#at < this.#end) {
      const byte = bytes[this.#at] ?? 0;
      if (byte > SPACE || (byte !== SPACE && byte !== 9 && byte !== 13 && byte !== 10)) return;
      this.#at++;
    }
  }

  #isOtherJson(start: number): boolean {
    this.#at = start;
    this.#skipSpace();
    if (this.#value(0) < 0) return false;
    this.#skipSpace();
    return this.#at === this.#end;
  }

  #wrongType(slot: Slot, start: number): void {
    slot.setAbsent(this.#row);
    this.#note('wrong-type', `${slot.name} is declared as ${slot.type}, got ${this.#shown(start)}`);
  }

  /** A value's beginning, for a message. */
  #shown(start: number): string {
    return latin1(this.#bytes.subarray(start, Math.min(this.#at, start + 60, this.#end)));
  }

  #note(reason: ProblemReason, detail: string): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    this.detail = detail;
  }

  #fail(reason: ProblemReason): undefined {
    this.reason = reason;
    this.detail = `at byte ${String(this.#at)} of the slice`;
    return undefined;
  }
}

/** Nesting of undeclared values that is still read. */
const DEPTH_MAX = 64;

/** The text of a JSON string's inside. */
const textOf = (inside: Uint8Array): string => {
  const text = new TextDecoder().decode(inside);
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
};

const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
