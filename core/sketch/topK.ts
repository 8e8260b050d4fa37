import type { Aggregator } from './aggregator.ts';
import type { HashedText } from './hashedText.ts';
import { decodeTopK, encodeTopK } from './topKBytes.ts';
import { addCounter, counted, COUNTERS, displace, emptyTopK, placeOf, type TopKState } from './topKState.ts';

/** A frequent text: it came at most `count` times and at least `count - error`. */
export interface FrequentText {
  readonly text: string;
  readonly count: number;
  readonly error: number;
}

/** The most frequent texts. */
export interface TopTexts {
  /** By falling count; of equal ones by rising error, then by text. */
  readonly texts: readonly FrequentText[];
  /** No text but these came more often. */
  readonly unlistedMax: number;
}

/**
 * The `k` most frequent texts: space saving (Metwally, Agrawal, El Abbadi 2005) with 64 counters, merged after Cafaro, Pulimeno, Tempesta 2016
 * (the bound holds over any tree of merges: Agarwal et al. 2012). Of n texts each error is at most n/64, and whatever came more often than n/64 has a counter;
 * up to 64 distinct texts all is exact. Memory: 1.3 kB, and the texts, of which the first 256 bytes count; nothing is allocated per text.
 * Encoding: ClickHouse's state of `approx_top_k(k, 64)(String)`, counters in their places, all alphas the greatest count of a text without a counter:
 * `approx_top_kMerge(10, 64)(CAST(state AS AggregateFunction(approx_top_k(10, 64), String)))` gives texts, counts and errors.
 */
export function topKAggregator(k: number): Aggregator<HashedText, TopKState, TopTexts> {
  if (!Number.isInteger(k) || k < 1 || k > COUNTERS)
    throw new RangeError(`ask for the most frequent 1 to ${String(COUNTERS)} texts, got ${String(k)}`);
  return {
    kind: 'topK',
    empty: emptyTopK,
    add(state, given) {
      const text = counted(given);
      const place = placeOf(state, text);
      if (place >= 0) state.counts[place] = (state.counts[place] ?? 0) + 1;
      else if (state.size < COUNTERS) addCounter(state, text, 1, 0);
      else displace(state, text);
    },
    merge,
    read: (state) => readingOf(state, k),
    encode: encodeTopK,
    decode: decodeTopK,
  };
}

/** A counter outside its state. */
interface Counter extends FrequentText {
  readonly key: HashedText;
}

/** Counts of the same text are added; a text that one side does not count came there at most as often as that side's floor. */
function merge(into: TopKState, other: TopKState): void {
  if (other.size === 0) return;
  const all = countersOf(into).map((counter) => plus(counter, other));
  for (const counter of countersOf(other)) if (placeOf(into, counter.key) < 0) all.push(plus(counter, into));
  all.sort(byFrequency);
  into.floor = all[COUNTERS]?.count ?? into.floor + other.floor;
  into.size = 0;
  into.cursor = 0;
  into.index.fill(0);
  for (const { key, count, error } of all.slice(0, COUNTERS)) addCounter(into, key, count, error);
}

/** A counter with what the other side knows of its text. */
function plus({ key, text, count, error }: Counter, other: TopKState): Counter {
  const place = placeOf(other, key);
  const [more, moreError] =
    place < 0 ? [other.floor, other.floor] : [other.counts[place] ?? 0, other.errors[place] ?? 0];
  return { key, text, count: count + more, error: error + moreError };
}

/** The counters with copies of their texts. */
function countersOf({ size, texts, counts, errors }: TopKState): Counter[] {
  return texts.slice(0, size).map(({ bytes, length, low, high }, place) => {
    const copy = bytes.slice(0, length);
    return {
      key: { bytes: copy, start: 0, end: length, low, high },
      text: DECODER.decode(copy),
      count: counts[place] ?? 0,
      error: errors[place] ?? 0,
    };
  });
}

/** A byte order mark at the beginning is part of a text. */
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

function byFrequency(a: Counter, b: Counter): number {
  if (a.count !== b.count) return b.count - a.count;
  if (a.error !== b.error) return a.error - b.error;
  if (a.text !== b.text) return a.text < b.text ? -1 : 1;
  // Bytes that are no UTF-8 may read alike.
  return a.key.high - b.key.high || a.key.low - b.key.low;
}

function readingOf(state: TopKState, k: number): TopTexts {
  const sorted = countersOf(state).sort(byFrequency);
  return {
    texts: sorted.slice(0, k).map(({ text, count, error }) => ({ text, count, error })),
    unlistedMax: sorted[k]?.count ?? state.floor,
  };
}
