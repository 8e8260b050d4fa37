import { type HashedText, hashAnew } from './hashedText.ts';

/** Counters of a state. */
export const COUNTERS = 64;

/** A longer text is counted as its beginning: up to this many bytes, no character cut. */
const TEXT_BYTES_MAX = 256;

/** Counters by place. A place never changes its text but when the text is displaced, and the order of places is part of the state. */
export interface TopKState {
  size: number;
  readonly counts: Float64Array;
  /** By how much a count may be too great. */
  readonly errors: Float64Array;
  readonly texts: StoredText[];
  /** No text without a counter has come more often than this. */
  floor: number;
  /** Places before it have greater counts than the least. */
  cursor: number;
  /** Places by hash, plus one; 0 where it is free. Open addressing. */
  readonly index: Uint8Array;
}

/** A text with room for the next one. */
export interface StoredText {
  bytes: Uint8Array;
  length: number;
  low: number;
  high: number;
}

const INDEX_MASK = 4 * COUNTERS - 1;

/** A state of no text. */
export function emptyTopK(): TopKState {
  return {
    size: 0,
    counts: new Float64Array(COUNTERS),
    errors: new Float64Array(COUNTERS),
    texts: [],
    floor: 0,
    cursor: 0,
    index: new Uint8Array(INDEX_MASK + 1),
  };
}

/** The text that is counted for a text: itself, or its beginning. */
export function counted(text: HashedText): HashedText {
  const { bytes, start, end } = text;
  if (end - start <= TEXT_BYTES_MAX) return text;
  let cut = start + TEXT_BYTES_MAX;
  while (cut > start && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut--;
  const beginning = { ...text, end: cut };
  hashAnew(beginning);
  return beginning;
}

/** Place of a text, or -1. */
export function placeOf({ index, texts }: TopKState, text: HashedText): number {
  for (let at = text.low & INDEX_MASK; ; at = (at + 1) & INDEX_MASK) {
    const place = (index[at] ?? 0) - 1;
    if (place < 0) return -1;
    const stored = texts[place];
    if (stored?.low === text.low && stored.high === text.high && equalBytes(stored, text)) return place;
  }
}

/** Adds a counter. There must be room, and none for the text. */
export function addCounter(state: TopKState, text: HashedText, count: number, error: number): void {
  const place = state.size++;
  state.texts[place] ??= { bytes: new Uint8Array(0), length: 0, low: 0, high: 0 };
  put(state, place, text);
  state.counts[place] = count;
  state.errors[place] = error;
}

/** Gives a text the counter of the least count, the first of them: it takes over the count, which is its error, and 1 more. */
export function displace(state: TopKState, text: HashedText): void {
  const place = leastPlace(state);
  const least = state.counts[place] ?? 0;
  unindex(state, place);
  put(state, place, text);
  state.floor = least;
  state.errors[place] = least;
  state.counts[place] = least + 1;
}

/** Counts only grow, so the first place with the least count is at the cursor or after it, or the least has grown too. */
function leastPlace(state: TopKState): number {
  const { counts, floor } = state;
  for (let place = state.cursor; place < COUNTERS; place++)
    if (counts[place] === floor) {
      state.cursor = place;
      return place;
    }
  let least = 0;
  for (let place = 1; place < COUNTERS; place++) if ((counts[place] ?? 0) < (counts[least] ?? 0)) least = place;
  state.cursor = least;
  return least;
}

function put({ texts, index }: TopKState, place: number, { bytes, start, end, low, high }: HashedText): void {
  const stored = texts[place];
  if (stored === undefined) return;
  const length = end - start;
  if (stored.bytes.length < length) stored.bytes = new Uint8Array(length < 32 ? 32 : length);
  for (let at = 0; at < length; at++) stored.bytes[at] = bytes[start + at] ?? 0;
  stored.length = length;
  stored.low = low;
  stored.high = high;
  let at = low & INDEX_MASK;
  while (index[at] !== 0) at = (at + 1) & INDEX_MASK;
  index[at] = place + 1;
}

/** Takes a place out of the index; those after it that it kept from their own position move up. */
function unindex({ texts, index }: TopKState, place: number): void {
  let hole = (texts[place]?.low ?? 0) & INDEX_MASK;
  while (index[hole] !== place + 1) hole = (hole + 1) & INDEX_MASK;
  for (let at = (hole + 1) & INDEX_MASK; index[at] !== 0; at = (at + 1) & INDEX_MASK) {
    const home = (texts[(index[at] ?? 0) - 1]?.low ?? 0) & INDEX_MASK;
    if (((at - home) & INDEX_MASK) < ((at - hole) & INDEX_MASK)) continue;
    index[hole] = index[at] ?? 0;
    hole = at;
  }
  index[hole] = 0;
}

function equalBytes(stored: StoredText, { bytes, start, end }: HashedText): boolean {
  if (stored.length !== end - start) return false;
  for (let at = 0; at < stored.length; at++) if (stored.bytes[at] !== bytes[start + at]) return false;
  return true;
}
