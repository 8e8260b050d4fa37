import type { Dictionary } from './dictionary.ts';

/** Places for texts; a power of two. */
const PLACES = 2_048;
const QUOTE = 0x22;

/**
 * Texts of one category that came lately, so that one which comes again is found by comparing it once, without looking for its end or hashing it.
 * A text has one place, chosen by its first eight bytes (and what follows them in the line, where it is shorter).
 */
export class RecentTexts {
  readonly #dictionary: Dictionary;
  readonly #ids = new Uint32Array(PLACES);

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary;
  }

  /** Id of the text that begins at `start` and ends with a quote; 0 when it is not among those remembered. */
  find(bytes: Uint8Array, view: DataView, start: number): number {
    const id = this.#ids[placeOf(view, start)] ?? 0;
    if (id === 0) return 0;
    const text = this.#dictionary.bytes(id);
    let at = start;
    for (let i = 0; i < text.length; i++, at++) if (bytes[at] !== text[i]) return 0;
    return bytes[at] === QUOTE ? id : 0;
  }

  /** Remembers a text of ASCII without escapes. */
  remember(view: DataView, start: number, id: number): void {
    this.#ids[placeOf(view, start)] = id;
  }
}

function placeOf(view: DataView, start: number): number {
  if (start + 8 > view.byteLength) return 0;
  const mixed =
    Math.imul(view.getInt32(start, true), 0x9e3779b1) ^ Math.imul(view.getInt32(start + 4, true), 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) & (PLACES - 1);
}
