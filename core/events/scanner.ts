import { HASH_SEED } from './dictionary.ts';
import type { ProblemReason } from './problem.ts';
import { BACKSLASH, CLOSE, COLON, COMMA, JsonReader, latin1, MINUS, OPEN, QUOTE, SPACE, textOf } from './jsonReader.ts';
import {
  type Edge,
  type Node,
  type ShapeTrie,
  TYPE_BOOLEAN,
  TYPE_NULL,
  TYPE_NUMBER,
  TYPE_STRING,
} from './shapeTrie.ts';
import type { Slot } from './slot.ts';
import { RestRanges } from './restRanges.ts';
import { Overflow } from './overflow.ts';
import { timeOfText } from './timeText.ts';

/**
 * Reads one JSON object from bytes straight into columns. It goes on after a wrong value, so that the event's form and time are known all the same.
 */
export class Scanner extends JsonReader {
  readonly rest = new RestRanges();
  readonly overflow = new Overflow();
  readonly #trie: ShapeTrie;
  #view: DataView = new DataView(new ArrayBuffer(0));
  #row = 0;

  constructor(trie: ShapeTrie) {
    super();
    this.#trie = trie;
  }

  /** Whether the line just read has bytes that are not ASCII. */
  get hasHighBytes(): boolean {
    return this.seen > 0x7f;
  }

  /** Reads `bytes[start, end)` into the slots' row. Answers where its path ended; undefined when it is no JSON object (then `reason` tells why). */
  object(bytes: Uint8Array, start: number, end: number, row: number): Node | undefined {
    if (bytes !== this.bytes) this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    this.#row = row;
    this.seen = 0;
    this.reason = undefined;
    this.skipSpace();
    if (this.at >= end || bytes[this.at] !== OPEN)
      return this.#fail(this.isOtherJson(start) ? 'not-an-object' : 'not-json');
    this.at++;
    const node = this.#members();
    if (node === undefined) return undefined;
    this.skipSpace();
    return this.at === end ? node : this.#fail('not-json');
  }

  #members(): Node | undefined {
    let node = this.#trie.root;
    this.skipSpace();
    if (this.bytes[this.at] === CLOSE) {
      this.at++;
      return node;
    }
    for (;;) {
      const memberStart = this.at;
      const edge = this.#key(node);
      if (edge === undefined) return undefined;
      const type = edge.slot === undefined ? this.#undeclared(memberStart, edge) : this.#declared(edge.slot);
      if (type < 0) return this.#fail('not-json');
      if (edge.isRepeated) this.note('duplicate-key', edge.name);
      node = edge.targets[type] ?? this.#trie.target(node, edge, type);
      if (this.bytes[this.at] !== COMMA) this.skipSpace();
      const byte = this.at < this.end ? this.bytes[this.at++] : -1;
      if (byte === CLOSE) return node;
      if (byte !== COMMA) return this.#fail('not-json');
      if (this.bytes[this.at] !== QUOTE) this.skipSpace();
    }
  }

  /** Reads `"key":` and the space around it. */
  #key(node: Node): Edge | undefined {
    const bytes = this.bytes;
    if (this.at >= this.end || bytes[this.at] !== QUOTE) return this.#fail('not-json');
    const start = this.at + 1;
    let edge = node.last;
    if (edge !== undefined && this.#isNext(edge, start)) {
      this.at = start + edge.pattern.length;
      if ((bytes[this.at] ?? 0) <= SPACE) this.skipSpace();
      return edge;
    }
    this.hasHalf = false;
    const end = this.text();
    if (end < 0) return this.#fail('not-json');
    const key = bytes.subarray(start, end);
    edge = this.#trie.edge(node, key, textOf(key));
    edge.hasHalf = this.hasHalf;
    this.skipSpace();
    if (bytes[this.at] !== COLON) return this.#fail('not-json');
    this.at++;
    this.skipSpace();
    return edge;
  }

  /** Whether the edge's key stands here, with its colon and no space between. */
  #isNext({ words, pattern }: Edge, start: number): boolean {
    if (start + pattern.length > this.end) return false;
    let at = start;
    for (let word = 0; word < words.length; word++, at += 4)
      if (this.#view.getInt32(at, true) !== words[word]) return false;
    for (let left = words.length * 4; left < pattern.length; left++, at++)
      if (this.bytes[at] !== pattern[left]) return false;
    return true;
  }

  /** Reads a value that goes to `rest` as it is, where half of a surrogate pair cannot go. Answers its type, negative when it is no value. */
  #undeclared(memberStart: number, { hasHalf }: Edge): number {
    this.hasHalf = hasHalf;
    const type = this.value(0);
    if (this.hasHalf) this.note('bad-utf8', 'half of a surrogate pair, which UTF-8 cannot hold');
    if (type >= 0) this.rest.add(memberStart, this.at);
    return type;
  }

  /** Reads a value into a slot. */
  #declared(slot: Slot): number {
    const byte = this.bytes[this.at] ?? 0;
    const start = this.at;
    if (byte === QUOTE) {
      if (slot.type === 'category') return this.#category(slot);
      if (slot.type === 'text') return this.#freeText(slot);
      const end = this.text();
      if (end < 0) return end;
      if (slot.type === 'time') slot.values[this.#row] = timeOfText(textOf(this.bytes.subarray(start + 1, end)));
      if (slot.type !== 'time' || Number.isNaN(slot.values[this.#row])) this.#wrongType(slot, start);
      return TYPE_STRING;
    }
    if ((byte >= 0x30 && byte <= 0x39) || byte === MINUS) return this.#number(slot);
    const type = this.value(0);
    if (type === TYPE_NULL) slot.setAbsent(this.#row);
    else if (type === TYPE_BOOLEAN && slot.type === 'boolean') slot.values[this.#row] = byte === 0x74 ? 1 : 0;
    else if (type >= 0) this.#wrongType(slot, start);
    return type;
  }

  #category(slot: Slot): number {
    const bytes = this.bytes;
    const start = this.at + 1;
    const known = slot.recent.find(bytes, this.#view, start);
    if (known !== 0) {
      this.at = start + slot.dictionary.bytes(known).length + 1;
      slot.ids[this.#row] = known;
      return TYPE_STRING;
    }
    const end = this.end;
    let hash = HASH_SEED;
    let seen = 0;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) {
        this.at = at + 1;
        this.seen |= seen;
        const id = slot.dictionary.intern(bytes, start, at, hash >>> 0);
        slot.ids[this.#row] = id;
        if (seen <= 0x7f) slot.recent.remember(this.#view, start, id);
        return TYPE_STRING;
      }
      if (byte === BACKSLASH || byte < SPACE) break;
      seen |= byte;
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
    const textEnd = this.text();
    if (textEnd < 0) return textEnd;
    slot.ids[this.#row] = slot.dictionary.internText(textOf(bytes.subarray(start, textEnd)));
    return TYPE_STRING;
  }

  #freeText(slot: Slot): number {
    const bytes = this.bytes;
    const start = this.at + 1;
    const end = this.end;
    let seen = 0;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) {
        this.at = at + 1;
        this.seen |= seen;
        slot.starts[this.#row] = start;
        slot.ends[this.#row] = at;
        return TYPE_STRING;
      }
      if (byte === BACKSLASH || byte < SPACE) break;
      seen |= byte;
    }
    const textEnd = this.text();
    if (textEnd < 0) return textEnd;
    const from = this.overflow.append(textOf(bytes.subarray(start, textEnd)));
    slot.starts[this.#row] = bytes.length + from;
    slot.ends[this.#row] = bytes.length + this.overflow.length;
    return TYPE_STRING;
  }

  #number(slot: Slot): number {
    const start = this.at;
    const value = this.numberValue();
    if (value === undefined) return -1;
    switch (slot.type) {
      case 'integer':
      case 'time':
        if (!Number.isSafeInteger(value))
          this.note(
            Number.isInteger(value) || !Number.isFinite(value) ? 'out-of-range' : 'wrong-type',
            `${slot.name} is to be a whole number below 2^53, got ${this.#shown(start)}`,
          );
        slot.values[this.#row] = value;
        break;
      case 'number':
        if (!Number.isFinite(value))
          this.note('out-of-range', `${slot.name} is beyond what a double holds: ${this.#shown(start)}`);
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

  #wrongType(slot: Slot, start: number): void {
    slot.setAbsent(this.#row);
    this.note('wrong-type', `${slot.name} is declared as ${slot.type}, got ${this.#shown(start)}`);
  }

  /** A value's beginning, for a message. */
  #shown(start: number): string {
    return latin1(this.bytes.subarray(start, Math.min(this.at, start + 60, this.end)));
  }

  #fail(reason: ProblemReason): undefined {
    this.reason = reason;
    this.detail = `at byte ${String(this.at)} of the slice`;
    return undefined;
  }
}
