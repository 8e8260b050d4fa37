import type { Ring } from './ring.ts';
import type { Part } from '../kept/slab.ts';

/** A course that repeats, by slot of a day or a week: how far values usually lie from the slow mean. It lies among the numbers of a series: here is where, counted from where its part begins. */
export interface Course {
  readonly slots: number;
  /** Offsets, by slot. */
  readonly from: number;
  /** How often each slot was seen, up to {@link COUNT_MAX}. */
  readonly countsFrom: number;
  /** Mean distance from the course. */
  readonly spread: number;
  /** Distances from the course; as many as the longest trailing mean takes. */
  readonly recent: Ring;
}

/** The numbers of a series, and how often the slots of its courses were seen. */
export interface Coursed extends Part<Float64Array> {
  readonly seen: Part<Uint8Array>;
}

/** The days or weeks that a course remembers; after this many a slot's oldest weighs little. */
const REMEMBERED = 8;
/** A slot is known when it was seen so often. */
const SEEN_MIN = 2;
/** Beyond {@link REMEMBERED} it does not matter how often. */
const COUNT_MAX = 255;

export const isKnown = ({ seen }: Coursed, { countsFrom }: Course, slot: number): boolean =>
  (seen.store[seen.from + countsFrom + slot] ?? 0) >= SEEN_MIN;

/** What a slot says: how far its values lie from the slow mean. */
export const offsetOf = ({ store, from }: Coursed, course: Course, slot: number): number =>
  store[from + course.from + slot] ?? 0;

/** Mean distance from the course. */
export const spreadFrom = ({ store, from }: Coursed, { spread }: Course): number => store[from + spread] ?? 0;

/** Which slot of a period an instant lies in. */
export function slotAt({ slots }: Course, timeMs: number, periodMs: number): number {
  const into = ((timeMs % periodMs) + periodMs) % periodMs;
  return Math.floor((into / periodMs) * slots);
}

/** Learns how far a value was from the course; `share` is what it weighs, `least` what the spread may learn even when it is 0. */
export function learnSpread(of: Coursed, course: Course, distance: number, { share, least }: Learning): void {
  const size = Math.abs(distance);
  const spread = spreadFrom(of, course);
  const bounded = share < 0.02 ? Math.min(size, 6 * spread + least) : size;
  of.store[of.from + course.spread] = spread + share * (bounded - spread);
}

interface Learning {
  readonly share: number;
  readonly least: number;
}

/** Learns how far a value was from the slow mean: what its slot says from now on. */
export function learnOffset(of: Coursed, course: Course, slot: number, offset: number): void {
  const { store, from, seen } = of;
  const at = seen.from + course.countsFrom + slot;
  const count = (seen.store[at] ?? 0) + 1;
  if (count <= COUNT_MAX) seen.store[at] = count;
  const before = offsetOf(of, course, slot);
  store[from + course.from + slot] = before + Math.max(1 / REMEMBERED, 1 / count) * (offset - before);
}
