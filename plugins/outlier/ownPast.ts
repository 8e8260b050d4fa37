import { append, type Course, isKnown, learnCourse, newCourse, slotAt, TRAILING, trailingMean } from './course.ts';
import { noPast, type PastExtremes, remember, surpriseOf } from './pastExtremes.ts';

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

/**
 * What one series did, in units of nothing but itself: a second opinion on amounts, for which no law of counting says how much they may vary. Plain numbers: its own
 * snapshot.
 */
export interface OwnPast {
  count: number;
  /** Forecasts of the next value: the last one, and means over shorter and longer pasts. */
  readonly means: number[];
  /** Mean size of the errors of each forecast, the last of them by the time of day. */
  readonly errors: number[];
  /** Mean size of the errors of the best forecast, and of the distances from the slow mean. */
  spread: number;
  wideSpread: number;
  readonly day: Course;
  readonly week: Course;
  /** Newest last: values, and errors in spreads. */
  readonly values: number[];
  readonly recent: number[];
  readonly past: Readonly<Record<Signal, PastExtremes>>;
  /** What alarms lately said, dying down. */
  peak: number;
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

export const newOwnPast = (): OwnPast => ({
  count: 0,
  means: SHARES.map(() => 0),
  errors: new Array<number>(SHARES.length + 1).fill(0),
  spread: 0,
  wideSpread: 0,
  day: newCourse(96),
  week: newCourse(168),
  values: [],
  recent: [],
  past: Object.fromEntries(SIGNALS.map((signal) => [signal, noPast()])) as unknown as Record<Signal, PastExtremes>,
  peak: 0,
});

/** Judges a value, then learns it. Nothing for what is no number of a usable size: that is not learned. */
export function judgeOwnPast(own: OwnPast, timeMs: number, value: number): Strangeness | undefined {
  if (!(Math.abs(value) <= VALUE_MAX)) return undefined;
  const slow = own.count === 0 ? value : (own.means[SLOW] ?? 0);
  const daySlot = slotAt(own.day, timeMs, DAY_MS);
  const weekSlot = slotAt(own.week, timeMs, 7 * DAY_MS);
  const byDay = isKnown(own.day, daySlot) ? (own.day.offsets[daySlot] ?? 0) : 0;
  const byWeek = isKnown(own.week, weekSlot) ? (own.week.offsets[weekSlot] ?? 0) : byDay;
  const forecasts = [...own.means, slow + byDay];
  const expected = forecasts[bestForecast(own, daySlot)] ?? 0;
  const least = 1e-9 * (1 + Math.abs(expected));
  const spread = Math.max(own.spread, 1e-3 * own.wideSpread, least);
  const now: Now = {
    value,
    expected,
    spread,
    slow,
    wide: Math.max(own.wideSpread, least),
    byDay,
    byWeek,
    isDay: isKnown(own.day, daySlot),
    isWeek: isKnown(own.week, weekSlot),
  };
  const told = own.count === 0 ? { surprise: 0, signal: SIGNALS[0] } : mostSurprising(own, now);
  const onset = onsetOf(own, told.surprise);
  const share = Math.max(1 / 1000, 1 / (own.count + 1));
  const offset = value - slow;
  learnCourse(own.day, daySlot, { offset, distance: offset - byDay, share, least: LIFT * now.wide });
  learnCourse(own.week, weekSlot, { offset, distance: offset - byWeek, share, least: LIFT * now.wide });
  learn(own, now, forecasts);
  return { ...told, onset, expected, spread };
}

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

/** The forecast with the least errors so far; the one by the time of day only where that is known. */
function bestForecast(own: OwnPast, daySlot: number): number {
  const usable = (at: number): boolean => at < SHARES.length || isKnown(own.day, daySlot);
  return own.errors.reduce((best, error, at) => (error < (own.errors[best] ?? 0) && usable(at) ? at : best), 1);
}

function mostSurprising(own: OwnPast, now: Now): { surprise: number; signal: Signal } {
  const signals = signalsOf(own, now);
  let surprise = 0;
  let signal: Signal = 'error';
  for (const name of SIGNALS) {
    if ((!now.isDay && name.endsWith('day')) || (!now.isWeek && name.endsWith('week'))) continue;
    const of = surpriseOf(own.past[name], signals[name]);
    if (of > surprise) [surprise, signal] = [of, name];
    if (own.count > 5) remember(own.past[name], signals[name]);
  }
  const chances = (SIGNALS.length * own.count) / PAST_UNIT;
  return { surprise: Math.max(0, surprise - Math.log10(chances)), signal };
}

function signalsOf(own: OwnPast, { value, expected, spread, slow, wide, byDay, byWeek }: Now): Record<Signal, number> {
  const error = (value - expected) / spread;
  append(own.recent, Math.max(-ERROR_MAX, Math.min(ERROR_MAX, error)), TRAILING);
  append(own.values, value, LEVEL);
  append(own.day.recent, value - slow - byDay, TRAILING);
  append(own.week.recent, value - slow - byWeek, TRAILING);
  const daySpread = Math.max(own.day.spread, 1e-3 * wide);
  const weekSpread = Math.max(own.week.spread, 1e-3 * wide);
  const sizes = own.recent.length < TRAILING ? 0 : own.recent.reduce((sum, one) => sum + Math.abs(one), 0);
  return {
    error: Math.abs(error),
    errors: Math.abs(trailingMean(own.recent, SUMMED)),
    distance: Math.abs(value - slow) / wide,
    level: Math.abs(trailingMean(own.values, LEVEL) - slow) / wide,
    roughness: sizes / TRAILING,
    'time of day': Math.abs(value - slow - byDay) / daySpread,
    'part of the day': Math.abs(trailingMean(own.day.recent, TRAILING)) / daySpread,
    'time of week': Math.abs(value - slow - byWeek) / weekSpread,
    'part of the week': Math.abs(trailingMean(own.week.recent, TRAILING)) / weekSpread,
  };
}

function onsetOf(own: OwnPast, surprise: number): number {
  own.peak *= Math.exp(-1 / REST);
  const onset = surprise > own.peak + (own.peak > ALARM_MIN ? ANEW : 0) ? surprise : 0;
  own.peak = Math.max(own.peak, surprise);
  return onset;
}

function learn(own: OwnPast, { value, expected, slow, wide }: Now, forecasts: readonly number[]): void {
  const share = (least: number): number => Math.max(least, 1 / Math.max(1, own.count));
  if (own.count > 0) {
    const error = Math.abs(value - expected);
    forecasts.forEach((forecast, at) => {
      const before = own.errors[at] ?? 0;
      const off = Math.abs(value - forecast);
      own.errors[at] =
        before + share(ERROR_SHARE) * ((own.count > 30 ? Math.min(off, 6 * before + LIFT * wide) : off) - before);
    });
    own.spread +=
      share(SPREAD_SHARE) * ((own.count > 20 ? Math.min(error, 5 * own.spread + LIFT * wide) : error) - own.spread);
    own.wideSpread += share(1 / 1000) * (Math.abs(value - slow) - own.wideSpread);
  }
  own.count++;
  SHARES.forEach((least, at) => {
    const before = own.means[at] ?? 0;
    own.means[at] = before + Math.max(least, 1 / own.count) * (value - before);
  });
}
