import type { EventBatch } from '../events/batch.ts';
import { ABSENT_TEXT, type CategoryColumn, type TextColumn } from '../events/column.ts';
import type { Dictionary } from '../events/dictionary.ts';
import { type HashedText, hashAnew } from '../sketch/hashedText.ts';
import type { Aggregate } from './plan.ts';

/** Rows [from, to) of a batch; `places` says for each which state it belongs to, or -1. */
export interface PlacedRows {
  readonly batch: EventBatch;
  readonly from: number;
  readonly to: number;
  readonly places: Int32Array;
}

/** Gives the texts of a field to the states of their rows. Absent ones are left out. One object shows all of them, so nothing is allocated per event. */
export function addTexts(
  { field, aggregator }: Extract<Aggregate, { of: 'text' }>,
  states: readonly unknown[],
  rows: PlacedRows,
): void {
  const column = rows.batch.columns.get(field);
  if (column === undefined || column.kind === 'number') return;
  const show = column.kind === 'category' ? categories(column) : texts(column, rows.batch);
  for (let row = rows.from; row < rows.to; row++) {
    const place = rows.places[row] ?? -1;
    if (place < 0) continue;
    const text = show(row);
    if (text !== undefined) aggregator.add(states[place], text);
  }
}

/** A category is hashed once for as long as its dictionary lives. */
function categories({ ids, dictionary }: CategoryColumn): (row: number) => HashedText | undefined {
  const hashes = hashesOf(dictionary);
  const text: HashedText = { bytes: NOTHING, start: 0, end: 0, low: 0, high: 0 };
  return (row) => {
    const id = ids[row] ?? 0;
    if (id === 0) return undefined;
    text.bytes = dictionary.bytes(id);
    text.end = text.bytes.length;
    text.low = hashes[2 * id] ?? 0;
    text.high = hashes[2 * id + 1] ?? 0;
    return text;
  };
}

function texts({ starts, ends }: TextColumn, { bytes, overflow }: EventBatch): (row: number) => HashedText | undefined {
  const text: HashedText = { bytes, start: 0, end: 0, low: 0, high: 0 };
  return (row) => {
    const start = starts[row] ?? ABSENT_TEXT;
    if (start === ABSENT_TEXT) return undefined;
    const moved = start >= bytes.length ? bytes.length : 0;
    text.bytes = moved > 0 ? overflow : bytes;
    text.start = start - moved;
    text.end = (ends[row] ?? 0) - moved;
    hashAnew(text);
    return text;
  };
}

const NOTHING = new Uint8Array(0);

/** By dictionary: the hashes of its ids in two halves, as far as they are known. */
const KNOWN = new WeakMap<Dictionary, { hashes: Uint32Array; size: number }>();

function hashesOf(dictionary: Dictionary): Uint32Array {
  const known = KNOWN.get(dictionary) ?? { hashes: NO_HASHES, size: 1 };
  if (known.hashes.length < 2 * dictionary.size) {
    const larger = new Uint32Array(4 * dictionary.size);
    larger.set(known.hashes);
    known.hashes = larger;
    KNOWN.set(dictionary, known);
  }
  const text: HashedText = { bytes: NOTHING, start: 0, end: 0, low: 0, high: 0 };
  for (; known.size < dictionary.size; known.size++) {
    text.bytes = dictionary.bytes(known.size);
    text.end = text.bytes.length;
    hashAnew(text);
    known.hashes[2 * known.size] = text.low;
    known.hashes[2 * known.size + 1] = text.high;
  }
  return known.hashes;
}

const NO_HASHES = new Uint32Array(0);
