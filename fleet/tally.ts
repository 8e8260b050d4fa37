import { SUMMED_FIELDS, timeFieldOf, type Stream } from './stream.ts';

/** What the ledger keeps of the events of one stream, server and window. */
export interface Tally {
  events: number;
  /** Sums of whole numbers, by field. Only values that are JSON numbers under the field's own name count. */
  readonly sums: Record<string, number>;
  /** Low 32 bits of the sum of `seq * (ts mod 60000 + 1)` over the events (packets: `minute` for `ts`); their order does not matter. */
  checksum: number;
}

/** A tally of nothing. */
export function emptyTally(stream: Stream): Tally {
  return { events: 0, sums: Object.fromEntries(SUMMED_FIELDS[stream].map((field) => [field, 0])), checksum: 0 };
}

/** Counts one decoded event. */
export function tallyEvent(tally: Tally, stream: Stream, event: Readonly<Record<string, unknown>>): void {
  tally.events++;
  for (const field of SUMMED_FIELDS[stream]) tally.sums[field] = (tally.sums[field] ?? 0) + numberIn(event, field);
  tally.checksum = (tally.checksum + checksumOf(numberIn(event, 'seq'), numberIn(event, timeFieldOf(stream)))) >>> 0;
}

/** Adds a tally to another of the same stream. */
export function addTally(into: Tally, other: Tally): void {
  into.events += other.events;
  for (const [field, sum] of Object.entries(other.sums)) into.sums[field] = (into.sums[field] ?? 0) + sum;
  into.checksum = (into.checksum + other.checksum) >>> 0;
}

/** One event's part of a tally's checksum, 32 bits (as a signed number). */
export const checksumOf = (seq: number, timeMs: number): number => Math.imul(seq, (timeMs % 60_000) + 1);

/** The number that an event holds in a field, 0 when it holds anything else there. */
export function numberIn(event: Readonly<Record<string, unknown>>, field: string): number {
  const value = event[field];
  return typeof value === 'number' ? value : 0;
}
