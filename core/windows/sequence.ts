import type { Aggregator } from '../sketch/aggregator.ts';
import type { NumberColumn } from '../events/column.ts';
import type { EventBatch } from '../events/batch.ts';
import type { BootSpan } from './arrival.ts';
import { addNumbers, distinctNumbers, mergeNumbers, noNumbers, type NumberRuns } from './numberRuns.ts';
import type { EventRow } from './plan.ts';

/** Numbers that came, by boot. */
export type SequenceState = Map<number, NumberRuns>;

/** What the sequence numbers of one server and window tell. */
export interface SequenceReading {
  /** Numbers between the least and the greatest of a boot that did not come. */
  readonly missing: number;
  /** Numbers that came again. */
  readonly repeated: number;
  /** By ascending boot. */
  readonly boots: readonly BootSpan[];
}

/** Boots kept per state; a server that restarts more often within one window is counted in the last one. */
const BOOTS_MAX = 64;

/** First byte of the encoding; states of the time before runs were kept have none, and a length that is a multiple of 32. */
const RUNS_VERSION = 1;

/**
 * Looks for holes and repeats in the numbers that a server counts up within a boot; both are told apart also where they meet. Memory: 3 numbers per boot, and per hole.
 * Encoding: a byte 1, then little-endian Float64, per boot: boot, numbers that came, runs, and of each run its least, its greatest and how many different ones came; by ascending boot.
 */
export function sequenceAggregator(sequenceField: string): Aggregator<EventRow, SequenceState, SequenceReading> & {
  addRun(state: SequenceState, batch: EventBatch, from: number, to: number): void;
} {
  return {
    kind: 'sequence',
    empty: () => new Map(),
    add(state, { batch, row }) {
      const sequence = numberAt(batch.columns.get(sequenceField), row);
      if (Number.isNaN(sequence)) return;
      const boot = numberAt(batch.columns.get('boot'), row);
      addNumbers(numbersOf(state, Number.isNaN(boot) ? 0 : boot), sequence, sequence);
    },
    addRun: (state, batch, from, to) => {
      addRun(
        state,
        { sequences: numbersIn(batch.columns.get(sequenceField)), boots: numbersIn(batch.columns.get('boot')) },
        from,
        to,
      );
    },
    merge(into, other) {
      for (const [boot, numbers] of other) mergeNumbers(numbersOf(into, boot), numbers);
    },
    read,
    encode,
    decode,
  };
}

function read(state: SequenceState): SequenceReading {
  let [missing, repeated] = [0, 0];
  const boots: BootSpan[] = [];
  for (const [boot, numbers] of byBoot(state)) {
    const least = numbers.runs[0]?.from ?? 0;
    const greatest = numbers.runs.at(-1)?.to ?? 0;
    const distinct = distinctNumbers(numbers);
    missing += greatest - least + 1 - distinct;
    repeated += numbers.added - distinct;
    boots.push({ boot, least, greatest });
  }
  return { missing, repeated, boots };
}

function encode(state: SequenceState): Uint8Array {
  const values = byBoot(state).flatMap(([boot, { added, runs }]) => [
    ...[boot, added, runs.length],
    ...runs.flatMap(({ from, to, count }) => [from, to, count]),
  ]);
  const bytes = new Uint8Array(1 + 8 * values.length);
  bytes[0] = RUNS_VERSION;
  bytes.set(new Uint8Array(Float64Array.from(values).buffer), 1);
  return bytes;
}

function decode(bytes: Uint8Array): SequenceState {
  if (bytes.length % 32 === 0) return decodeSpans(new Float64Array(bytes.slice().buffer));
  if (bytes[0] !== RUNS_VERSION || bytes.length % 8 !== 1)
    throw new RangeError(
      `a sequence state begins with ${String(RUNS_VERSION)} and whole numbers of 8 bytes, got ${String(bytes.length)} bytes`,
    );
  const values = new Float64Array(bytes.slice(1).buffer);
  const state: SequenceState = new Map();
  for (let at = 0; at < values.length;) {
    const numbers = { ...noNumbers(), added: values[at + 1] ?? 0 };
    state.set(values[at] ?? 0, numbers);
    const end = at + 3 + 3 * (values[at + 2] ?? 0);
    for (at += 3; at < end; at += 3)
      numbers.runs.push({ from: values[at] ?? 0, to: values[at + 1] ?? 0, count: values[at + 2] ?? 0 });
  }
  return state;
}

/** Of states that only knew how many came between which numbers: boot, count, least, greatest. */
function decodeSpans(values: Float64Array): SequenceState {
  const state: SequenceState = new Map();
  for (let at = 0; at < values.length; at += 4) {
    const [boot = 0, added = 0, from = 0, to = 0] = values.subarray(at, at + 4);
    state.set(boot, { added, runs: [{ from, to, count: Math.min(added, to - from + 1) }] });
  }
  return state;
}

const byBoot = (state: SequenceState): [number, NumberRuns][] => [...state].sort(([a], [b]) => a - b);

/** Numbers mostly follow one another: they are joined before they are looked up. */
function addRun(
  state: SequenceState,
  { sequences, boots }: { readonly sequences: Float64Array | undefined; readonly boots: Float64Array | undefined },
  from: number,
  to: number,
): void {
  let boot = Number.NaN;
  let [first, last] = [0, -1];
  for (let row = from; row < to; row++) {
    const sequence = sequences?.[row] ?? Number.NaN;
    if (Number.isNaN(sequence)) continue;
    const given = boots?.[row] ?? Number.NaN;
    const own = Number.isNaN(given) ? 0 : given;
    if (own === boot && sequence === last + 1) {
      last = sequence;
      continue;
    }
    if (last >= first) addNumbers(numbersOf(state, boot), first, last);
    boot = own;
    first = last = sequence;
  }
  if (last >= first) addNumbers(numbersOf(state, boot), first, last);
}

function numbersOf(state: SequenceState, boot: number): NumberRuns {
  const key = state.size < BOOTS_MAX || state.has(boot) ? boot : Math.max(...state.keys());
  let numbers = state.get(key);
  if (numbers === undefined) state.set(key, (numbers = noNumbers()));
  return numbers;
}

const numbersIn = (column: { readonly kind: string } | undefined): Float64Array | undefined =>
  column?.kind === 'number' ? (column as NumberColumn).values : undefined;

const numberAt = (column: { readonly kind: string } | undefined, row: number): number =>
  numbersIn(column)?.[row] ?? Number.NaN;
