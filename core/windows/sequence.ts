import type { Aggregator } from '../sketch/aggregator.ts';
import type { NumberColumn } from '../events/column.ts';
import type { EventBatch } from '../events/batch.ts';
import type { EventRow } from './plan.ts';

/** Sequence numbers of one boot of a server: how many came, and between which. */
interface Span {
  count: number;
  least: number;
  greatest: number;
}

/** By boot. */
export type SequenceState = Map<number, Span>;

/** What the sequence numbers of one server and window tell. */
export interface SequenceReading {
  /** Numbers between the least and the greatest that did not come. */
  readonly missing: number;
  /** Numbers that came again. (A hole and a repeat in the same boot and window hide each other.) */
  readonly repeated: number;
}

/** Boots kept per state; a server that restarts more often within one window is counted in the last one. */
const BOOTS_MAX = 64;

/**
 * Looks for holes and repeats in the numbers that a server counts up within a boot. Memory: 3 numbers per boot.
 * Encoding: per boot 4 little-endian Float64 (boot, count, least, greatest), by ascending boot.
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
      addSpan(state, Number.isNaN(boot) ? 0 : boot, { count: 1, least: sequence, greatest: sequence });
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
      for (const [boot, span] of other) addSpan(into, boot, span);
    },
    read(state) {
      let missing = 0;
      let repeated = 0;
      for (const { count, least, greatest } of state.values()) {
        const numbers = greatest - least + 1;
        missing += Math.max(0, numbers - count);
        repeated += Math.max(0, count - numbers);
      }
      return { missing, repeated };
    },
    encode(state) {
      const numbers = [...state]
        .sort(([a], [b]) => a - b)
        .flatMap(([boot, span]) => [boot, span.count, span.least, span.greatest]);
      return new Uint8Array(Float64Array.from(numbers).buffer);
    },
    decode(bytes) {
      if (bytes.length % 32 !== 0)
        throw new RangeError(`a sequence state has 32 bytes per boot, got ${String(bytes.length)} bytes`);
      const numbers = new Float64Array(bytes.slice().buffer);
      const state: SequenceState = new Map();
      for (let at = 0; at < numbers.length; at += 4)
        state.set(numbers[at] ?? 0, {
          count: numbers[at + 1] ?? 0,
          least: numbers[at + 2] ?? 0,
          greatest: numbers[at + 3] ?? 0,
        });
      return state;
    },
  };
}

/** Numbers of one boot mostly follow one another: they are joined before they are looked up. */
function addRun(
  state: SequenceState,
  { sequences, boots }: { readonly sequences: Float64Array | undefined; readonly boots: Float64Array | undefined },
  from: number,
  to: number,
): void {
  let boot = Number.NaN;
  let span: Span = { count: 0, least: 0, greatest: 0 };
  for (let row = from; row < to; row++) {
    const sequence = sequences?.[row] ?? Number.NaN;
    if (Number.isNaN(sequence)) continue;
    const given = boots?.[row] ?? Number.NaN;
    const own = Number.isNaN(given) ? 0 : given;
    if (own === boot) {
      span.count++;
      span.least = Math.min(span.least, sequence);
      span.greatest = Math.max(span.greatest, sequence);
      continue;
    }
    if (span.count > 0) addSpan(state, boot, span);
    boot = own;
    span = { count: 1, least: sequence, greatest: sequence };
  }
  if (span.count > 0) addSpan(state, boot, span);
}

function addSpan(state: SequenceState, boot: number, { count, least, greatest }: Span): void {
  const key = state.size < BOOTS_MAX || state.has(boot) ? boot : Math.max(...state.keys());
  const span = state.get(key);
  if (span === undefined) {
    state.set(key, { count, least, greatest });
    return;
  }
  span.count += count;
  span.least = Math.min(span.least, least);
  span.greatest = Math.max(span.greatest, greatest);
}

const numbersIn = (column: { readonly kind: string } | undefined): Float64Array | undefined =>
  column?.kind === 'number' ? (column as NumberColumn).values : undefined;

const numberAt = (column: { readonly kind: string } | undefined, row: number): number =>
  numbersIn(column)?.[row] ?? Number.NaN;
