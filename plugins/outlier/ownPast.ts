import { type Course, courseSize, isKnown, learnCourse, newCourse, offsetOf, slotAt, TRAILING } from './course.ts';
import { KEPT, noPast, type PastExtremes, remember, surpriseOf } from './pastExtremes.ts';
import { append, emptyRing, type Ring, sizesSum, trailingMean } from './ring.ts';

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

/** What one series did, in units of nothing but itself: a second opinion on amounts, for which no law of counting says how much they may vary. */
export interface OwnPast {
  count: number;
  /** The numbers of all its parts, and how often the slots of its courses were seen. One array each: many small ones would take half as much again. */
  readonly store: Float64Array;
  readonly seen: Uint8Array;
  /** Forecasts of the next value: the last one, and means over shorter and longer pasts. */
  readonly means: number[];
  /** Mean size of the errors of each forecast, the last of them by the time of day. */
  readonly errors: number[];
  /** Mean size of the errors of the best forecast, and of the distances from the slow mean. */
  spread: number;
  wideSpread: number;
  readonly day: Course;
  readonly week: Course;
  /** Values, and errors in spreads. */
  readonly values: Ring;
  readonly recent: Ring;
  /** By signal. */
  readonly past: readonly PastExtremes[];
  /** What alarms lately said, dying down. */
  peak: number;
  /** What was said of the last value. */
  readonly told: { -readonly [Part in keyof Strangeness]: Strangeness[Part] };
}

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

/** The least shares that the newest value has in the means; the last is the slow mean. */
const SHARES = [1, 1 / 8, 1 / 40, 1 / 1000] as const;
const SLOW = SHARES.length - 1;
const SPREAD_SHARE = 1 / 400;
const ERROR_SHARE = 1 / 200;
/** What a spread may grow by at once even after a constant past, in wide spreads: so that it can leave 0. */
const LIFT = 0.01;
const DAY_MS = 86_400_000;
const SUMMED = 8;
const LEVEL = 96;
/** An error counts for at most so many spreads in sums of them. */
const ERROR_MAX = 4;
/** Alarms are forgotten over so many values; until then a new one has to be three times as rare. */
const REST = 200;
const ANEW = 0.5;
const ALARM_MIN = 2;
/** Past values for which the false alarms of a series are counted: twice the past, half the share of alarms. */
const PAST_UNIT = 1_000;
/** Beyond this nothing is computed. */
export const VALUE_MAX = 1e150;

/** Slots of the day and of the week. */
const DAY_SLOTS = 96;
const WEEK_SLOTS = 168;

export function newOwnPast(): OwnPast {
  const size = courseSize(DAY_SLOTS) + courseSize(WEEK_SLOTS) + LEVEL + TRAILING + SIGNALS.length * KEPT;
  const store = new Float64Array(size);
  const seen = new Uint8Array(DAY_SLOTS + WEEK_SLOTS);
  const arrays = { store, counts: seen };
  let from = 0;
  const taken = (length: number): number => {
    from += length;
    return from - length;
  };
  return {
    count: 0,
    store,
    seen,
    means: new Array<number>(SHARES.length).fill(0),
    errors: new Array<number>(SHARES.length + 1).fill(0),
    spread: 0,
    wideSpread: 0,
    day: newCourse(DAY_SLOTS, arrays, taken(courseSize(DAY_SLOTS)), 0),
    week: newCourse(WEEK_SLOTS, arrays, taken(courseSize(WEEK_SLOTS)), DAY_SLOTS),
    values: emptyRing(store, taken(LEVEL), LEVEL),
    recent: emptyRing(store, taken(TRAILING), TRAILING),
    past: SIGNALS.map(() => noPast(store, taken(KEPT))),
    peak: 0,
    told: { surprise: 0, signal: SIGNALS[0], onset: 0, expected: 0, spread: 0 },
  };
}

/** Judges a value, then learns it. Nothing for what is no number of a usable size: that is not learned. */
export function judgeOwnPast(own: OwnPast, timeMs: number, value: number): Strangeness | undefined {
  if (!(Math.abs(value) <= VALUE_MAX)) return undefined;
  const daySlot = slotAt(own.day, timeMs, DAY_MS);
  const weekSlot = slotAt(own.week, timeMs, 7 * DAY_MS);
  const now = expectedOf(own, value, daySlot, weekSlot);
  const { slow, byDay, byWeek, wide, expected, spread } = now;
  const { surprise, signal } = own.count === 0 ? NOTHING : mostSurprising(own, now);
  const onset = onsetOf(own, surprise);
  const share = Math.max(1 / 1000, 1 / (own.count + 1));
  const offset = value - slow;
  learnCourse(own.day, daySlot, { offset, distance: offset - byDay, share, least: LIFT * wide });
  learnCourse(own.week, weekSlot, { offset, distance: offset - byWeek, share, least: LIFT * wide });
  learn(own, now);
  const { told } = own;
  told.surprise = surprise;
  told.onset = onset;
  told.signal = signal;
  told.expected = expected;
  told.spread = spread;
  return { surprise, signal, onset, expected, spread };
}

const NOTHING: Pick<Strangeness, 'surprise' | 'signal'> = { surprise: 0, signal: SIGNALS[0] };

/** A value and what its past lets expect of it. */
interface Now {
  readonly value: number;
  readonly expected: number;
  readonly spread: number;
  readonly slow: number;
  readonly wide: number;
  readonly byDay: number;
  readonly byWeek: number;
  /** Whether the slots of the day and of the week are known: a course is no signal before. */
  readonly isDay: boolean;
  readonly isWeek: boolean;
}

function expectedOf(own: OwnPast, value: number, daySlot: number, weekSlot: number): Now {
  const isDay = isKnown(own.day, daySlot);
  const isWeek = isKnown(own.week, weekSlot);
  const slow = own.count === 0 ? value : (own.means[SLOW] ?? 0);
  const byDay = isDay ? offsetOf(own.day, daySlot) : 0;
  const byWeek = isWeek ? offsetOf(own.week, weekSlot) : byDay;
  const best = bestForecast(own, isDay);
  const expected = best < SHARES.length ? (own.means[best] ?? 0) : slow + byDay;
  const least = 1e-9 * (1 + Math.abs(expected));
  const spread = Math.max(own.spread, 1e-3 * own.wideSpread, least);
  return { value, expected, spread, slow, wide: Math.max(own.wideSpread, least), byDay, byWeek, isDay, isWeek };
}

/** The forecast with the least errors so far; the one by the time of day, which is the last, only where that is known. */
function bestForecast({ errors }: OwnPast, isDay: boolean): number {
  let best = 1;
  for (let at = 0; at < (isDay ? errors.length : SHARES.length); at++)
    if ((errors[at] ?? 0) < (errors[best] ?? 0)) best = at;
  return best;
}

function mostSurprising(own: OwnPast, now: Now): Pick<Strangeness, 'surprise' | 'signal'> {
  const { value, expected, spread, slow, byDay, byWeek } = now;
  append(own.recent, Math.max(-ERROR_MAX, Math.min(ERROR_MAX, (value - expected) / spread)));
  append(own.values, value);
  append(own.day.recent, value - slow - byDay);
  append(own.week.recent, value - slow - byWeek);
  let surprise = 0;
  let most: Signal = SIGNALS[0];
  for (let at = 0; at < SIGNALS.length; at++) {
    const name = SIGNALS[at];
    const past = own.past[at];
    if (name === undefined || past === undefined) continue;
    if ((!now.isDay && OF_DAY[at] === true) || (!now.isWeek && OF_WEEK[at] === true)) continue;
    const signal = signalOf(own, now, name);
    const of = surpriseOf(past, signal);
    if (of > surprise) [surprise, most] = [of, name];
    if (own.count > 5) remember(past, signal);
  }
  const chances = (SIGNALS.length * own.count) / PAST_UNIT;
  return { surprise: Math.max(0, surprise - Math.log10(chances)), signal: most };
}

const OF_DAY = SIGNALS.map((name) => name.endsWith('day'));
const OF_WEEK = SIGNALS.map((name) => name.endsWith('week'));

/** How strange a value is by a signal, in spreads. */
function signalOf(own: OwnPast, { value, expected, spread, slow, wide, byDay, byWeek }: Now, name: Signal): number {
  switch (name) {
    case 'error':
      return Math.abs((value - expected) / spread);
    case 'errors':
      return Math.abs(trailingMean(own.recent, SUMMED));
    case 'distance':
      return Math.abs(value - slow) / wide;
    case 'level':
      return Math.abs(trailingMean(own.values, LEVEL) - slow) / wide;
    case 'roughness':
      return (own.recent.length < TRAILING ? 0 : sizesSum(own.recent)) / TRAILING;
    case 'time of day':
      return Math.abs(value - slow - byDay) / Math.max(own.day.spread, 1e-3 * wide);
    case 'part of the day':
      return Math.abs(trailingMean(own.day.recent, TRAILING)) / Math.max(own.day.spread, 1e-3 * wide);
    case 'time of week':
      return Math.abs(value - slow - byWeek) / Math.max(own.week.spread, 1e-3 * wide);
    case 'part of the week':
      return Math.abs(trailingMean(own.week.recent, TRAILING)) / Math.max(own.week.spread, 1e-3 * wide);
  }
}

/** 1 / e to the power of 1 / REST: how alarms die down from one value to the next. */
const DYING = Math.exp(-1 / REST);

function onsetOf(own: OwnPast, surprise: number): number {
  own.peak *= DYING;
  const onset = surprise > own.peak + (own.peak > ALARM_MIN ? ANEW : 0) ? surprise : 0;
  own.peak = Math.max(own.peak, surprise);
  return onset;
}

function learn(own: OwnPast, now: Now): void {
  if (own.count > 0) learnSpreads(own, now);
  own.count++;
  for (let at = 0; at < SHARES.length; at++) {
    const before = own.means[at] ?? 0;
    own.means[at] = before + Math.max(SHARES[at] ?? 0, 1 / own.count) * (now.value - before);
  }
}

function learnSpreads(own: OwnPast, { value, expected, slow, wide, byDay }: Now): void {
  const part = 1 / own.count;
  const error = Math.abs(value - expected);
  for (let at = 0; at < own.errors.length; at++) {
    const before = own.errors[at] ?? 0;
    const off = Math.abs(value - (at < SHARES.length ? (own.means[at] ?? 0) : slow + byDay));
    const bounded = own.count > 30 ? Math.min(off, 6 * before + LIFT * wide) : off;
    own.errors[at] = before + Math.max(ERROR_SHARE, part) * (bounded - before);
  }
  const bounded = own.count > 20 ? Math.min(error, 5 * own.spread + LIFT * wide) : error;
  own.spread += Math.max(SPREAD_SHARE, part) * (bounded - own.spread);
  own.wideSpread += Math.max(1 / 1000, part) * (Math.abs(value - slow) - own.wideSpread);
}
