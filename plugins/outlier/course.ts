import { emptyRing, type Ring } from './ring.ts';

/** A course that repeats, by slot of a day or a week: how far values usually lie from the slow mean. */
export interface Course {
  readonly slots: number;
  /** Its offsets by slot, from `from` on. */
  readonly store: Float64Array;
  readonly from: number;
  /** How often each slot was seen, up to {@link COUNT_MAX}; from `countsFrom` on. */
  readonly counts: Uint8Array;
  readonly countsFrom: number;
  /** Mean distance from the course. */
  spread: number;
  /** Distances from the course; as many as the longest trailing mean takes. */
  readonly recent: Ring;
}

/** The days or weeks that a course remembers; after this many a slot's oldest weighs little. */
const REMEMBERED = 8;
/** A slot is known when it was seen so often. */
const SEEN_MIN = 2;
export const TRAILING = 24;
/** Beyond {@link REMEMBERED} it does not matter how often. */
const COUNT_MAX = 255;

/** Numbers of the shared array that a course takes. */
export const courseSize = (slots: number): number => slots + TRAILING;

/** A course that knows nothing, in parts of arrays: its numbers from `from` on, its counts from `countsFrom` on. */
export function newCourse(slots: number, arrays: CourseArrays, from: number, countsFrom: number): Course {
  const { store, counts } = arrays;
  return { slots, store, from, counts, countsFrom, spread: 0, recent: emptyRing(store, from + slots, TRAILING) };
}

interface CourseArrays {
  readonly store: Float64Array;
  readonly counts: Uint8Array;
}

export const isKnown = ({ counts, countsFrom }: Course, slot: number): boolean =>
  (counts[countsFrom + slot] ?? 0) >= SEEN_MIN;

/** What a slot says: how far its values lie from the slow mean. */
export const offsetOf = ({ store, from }: Course, slot: number): number => store[from + slot] ?? 0;

/** Which slot of a period an instant lies in. */
export function slotAt({ slots }: Course, timeMs: number, periodMs: number): number {
  const into = ((timeMs % periodMs) + periodMs) % periodMs;
  return Math.floor((into / periodMs) * slots);
}

/** Puts down one distance, and what the slot says from now on. `share` is what the newest value weighs in the spread. */
export function learnCourse(course: Course, slot: number, { offset, distance, share, least }: Distance): void {
  const size = Math.abs(distance);
  const bounded = share < 0.02 ? Math.min(size, 6 * course.spread + least) : size;
  course.spread += share * (bounded - course.spread);
  const at = course.countsFrom + slot;
  const count = (course.counts[at] ?? 0) + 1;
  if (count <= COUNT_MAX) course.counts[at] = count;
  const before = offsetOf(course, slot);
  course.store[course.from + slot] = before + Math.max(1 / REMEMBERED, 1 / count) * (offset - before);
}

interface Distance {
  /** From the slow mean. */
  readonly offset: number;
  /** From what the course let expect. */
  readonly distance: number;
  readonly share: number;
  /** What the spread may learn even when it is 0. */
  readonly least: number;
}
