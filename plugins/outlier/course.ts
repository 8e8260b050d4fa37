/** A course that repeats, by slot of a day or a week: how far values usually lie from the slow mean. Plain numbers: its own snapshot. */
export interface Course {
  readonly offsets: number[];
  readonly counts: number[];
  /** Mean distance from the course. */
  spread: number;
  /** Distances from the course, the newest last; at most as many as the longest trailing mean takes. */
  readonly recent: number[];
}

/** The days or weeks that a course remembers; after this many a slot's oldest weighs little. */
const REMEMBERED = 8;
/** A slot is known when it was seen so often. */
const SEEN_MIN = 2;
export const TRAILING = 24;

export const newCourse = (slots: number): Course => ({
  offsets: new Array<number>(slots).fill(0),
  counts: new Array<number>(slots).fill(0),
  spread: 0,
  recent: [],
});

export const isKnown = ({ counts }: Course, slot: number): boolean => (counts[slot] ?? 0) >= SEEN_MIN;

/** Which slot of a period an instant lies in. */
export function slotAt({ offsets }: Course, timeMs: number, periodMs: number): number {
  const into = ((timeMs % periodMs) + periodMs) % periodMs;
  return Math.floor((into / periodMs) * offsets.length);
}

/** Puts down one distance, and what the slot says from now on. `share` is what the newest value weighs in the spread. */
export function learnCourse(course: Course, slot: number, { offset, distance, share, least }: Distance): void {
  const size = Math.abs(distance);
  const bounded = share < 0.02 ? Math.min(size, 6 * course.spread + least) : size;
  course.spread += share * (bounded - course.spread);
  const count = (course.counts[slot] ?? 0) + 1;
  course.counts[slot] = count;
  const before = course.offsets[slot] ?? 0;
  course.offsets[slot] = before + Math.max(1 / REMEMBERED, 1 / count) * (offset - before);
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

/** Appends to a bounded list. */
export function append(list: number[], value: number, length: number): void {
  list.push(value);
  if (list.length > length) list.shift();
}

/** Mean of the newest `length`, or of what there is. */
export function trailingMean(list: readonly number[], length: number): number {
  let sum = 0;
  const from = Math.max(0, list.length - length);
  for (let at = from; at < list.length; at++) sum += list[at] ?? 0;
  return list.length === 0 ? 0 : sum / (list.length - from);
}
