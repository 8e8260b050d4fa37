import type { Course, Coursed } from './course.ts';
import { KEPT } from './pastExtremes.ts';
import type { Ring } from './ring.ts';
import type { Part } from '../kept/slab.ts';

/** How a value can be strange; each is told from its own past. */
export const SIGNALS = [
  'error',
  'errors',
  'distance',
  'level',
  'roughness',
  'time of day',
  'part of the day',
  'time of week',
  'part of the week',
] as const;
export type Signal = (typeof SIGNALS)[number];

/** How strange a value is. */
export interface Strangeness {
  /** -log10 of how many values as strange as this the whole past of the series lets expect, in thousands: the longer the past, the rarer it has to be. */
  readonly surprise: number;
  /** The same at the onset of something strange; 0 while an alarm about as large is fresh. */
  readonly onset: number;
  readonly signal: Signal;
  readonly expected: number;
  readonly spread: number;
}

/** Forecasts of the next value: the last one, and means over shorter and longer pasts, the last of which is the slow mean; by the least share that the newest value has in them. */
export const SHARES = [1, 1 / 8, 1 / 40, 1 / 1000] as const;
/** Values whose mean is compared with the slow one. */
const LEVEL = 96;
/** Errors, and distances from a course, that count as recent. */
export const TRAILING = 24;
const DAY_SLOTS = 96;
const WEEK_SLOTS = 168;

let size = 0;
const placesFor = (numbers: number): number => (size += numbers) - numbers;

/*
 * Where the numbers of an own past lie in its part, one after another: first those that change with every value, then the courses with their recent distances, the recent values and
 * errors, and by signal the largest values that it had.
 */
const SPREAD = placesFor(1);
const WIDE_SPREAD = placesFor(1);
const PEAK = placesFor(1);
const DAY_SPREAD = placesFor(1);
const WEEK_SPREAD = placesFor(1);
/** What was said of the last value: a number for each part of {@link Strangeness}, the place of the signal among them. */
export const SURPRISE = placesFor(1);
export const ONSET = placesFor(1);
export const SIGNAL = placesFor(1);
export const EXPECTED = placesFor(1);
export const EXPECTED_SPREAD = placesFor(1);
/** The forecasts that are means. */
export const MEANS = placesFor(SHARES.length);
/** Mean size of the errors of each forecast, the last of them by the time of day. */
export const ERRORS = placesFor(SHARES.length + 1);
/** By signal: how many values there were. */
export const COUNTS = placesFor(SIGNALS.length);
/** From here on it is what {@link keptPast} packs. */
export const ARRAYS = size;
export const DAY = courseOf(DAY_SLOTS, DAY_SPREAD, 0);
export const WEEK = courseOf(WEEK_SLOTS, WEEK_SPREAD, DAY_SLOTS);
export const VALUES = ringOf(LEVEL);
/** Errors in spreads. */
export const RECENT = ringOf(TRAILING);
export const EXTREMES = placesFor(SIGNALS.length * KEPT);
/** Numbers that an own past takes of a slab, and how many it takes to count how often slots were seen. */
export const PAST_SIZE = size;
export const SEEN_SIZE = DAY_SLOTS + WEEK_SLOTS;

function courseOf(slots: number, spread: number, countsFrom: number): Course {
  return { slots, spread, countsFrom, from: placesFor(slots), recent: ringOf(TRAILING) };
}

function ringOf(length: number): Ring {
  return { from: placesFor(length), size: length };
}

/** What one series did, in units of nothing but itself: a second opinion on amounts, for which no law of counting says how much they may vary. */
export class OwnPast implements Coursed {
  readonly store: Float64Array;
  readonly from: number;
  readonly seen: Part<Uint8Array>;
  /** Values learned. */
  count = 0;

  constructor(
    { store, from }: Part<Float64Array> = { store: new Float64Array(PAST_SIZE), from: 0 },
    seen: Part<Uint8Array> = { store: new Uint8Array(SEEN_SIZE), from: 0 },
  ) {
    this.store = store;
    this.from = from;
    this.seen = seen;
  }

  /** The number at a place. */
  at(place: number): number {
    return this.store[this.from + place] ?? 0;
  }
  put(place: number, value: number): void {
    this.store[this.from + place] = value;
  }

  /** Mean size of the errors of the best forecast. */
  get spread(): number {
    return this.at(SPREAD);
  }
  set spread(spread: number) {
    this.put(SPREAD, spread);
  }

  /** Mean size of the distances from the slow mean. */
  get wideSpread(): number {
    return this.at(WIDE_SPREAD);
  }
  set wideSpread(spread: number) {
    this.put(WIDE_SPREAD, spread);
  }

  /** What alarms lately said, dying down. */
  get peak(): number {
    return this.at(PEAK);
  }
  set peak(peak: number) {
    this.put(PEAK, peak);
  }

  /** What was said of the last value; its onset alone is asked for most often. */
  get onset(): number {
    return this.at(ONSET);
  }
  get strangeness(): Strangeness {
    return {
      surprise: this.at(SURPRISE),
      signal: SIGNALS[this.at(SIGNAL)] ?? SIGNALS[0],
      onset: this.at(ONSET),
      expected: this.at(EXPECTED),
      spread: this.at(EXPECTED_SPREAD),
    };
  }
}
