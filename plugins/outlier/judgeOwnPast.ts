import { isKnown, learnCourse, offsetOf, slotAt, spreadFrom } from './course.ts';
import {
  COUNTS,
  DAY,
  ERRORS,
  EXPECTED,
  EXPECTED_SPREAD,
  EXTREMES,
  MEANS,
  ONSET,
  type OwnPast,
  RECENT,
  SHARES,
  type Signal,
  SIGNAL,
  SIGNALS,
  SURPRISE,
  TRAILING,
  VALUES,
  WEEK,
} from './ownPast.ts';
import { KEPT, remember, surpriseOf } from './pastExtremes.ts';
import { append, sizesSum, trailingMean } from './ring.ts';

const SLOW = SHARES.length - 1;
const SPREAD_SHARE = 1 / 400;
const ERROR_SHARE = 1 / 200;
/** What a spread may grow by at once even after a constant past, in wide spreads: so that it can leave 0. */
const LIFT = 0.01;
const DAY_MS = 86_400_000;
const SUMMED = 8;
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

/** Judges a value, then learns it; what is said of it is in the past's strangeness. False for what is no number of a usable size: that is neither judged nor learned. */
export function judgeOwnPast(own: OwnPast, timeMs: number, value: number): boolean {
  if (!(Math.abs(value) <= VALUE_MAX)) return false;
  const daySlot = slotAt(DAY, timeMs, DAY_MS);
  const weekSlot = slotAt(WEEK, timeMs, 7 * DAY_MS);
  const now = expectedOf(own, value, daySlot, weekSlot);
  const { slow, byDay, byWeek, wide } = now;
  const surprise = own.count === 0 ? 0 : mostSurprising(own, now);
  own.put(SURPRISE, surprise);
  own.put(ONSET, onsetOf(own, surprise));
  own.put(EXPECTED, now.expected);
  own.put(EXPECTED_SPREAD, now.spread);
  const share = Math.max(1 / 1000, 1 / (own.count + 1));
  const offset = value - slow;
  learnCourse(own, DAY, daySlot, { offset, distance: offset - byDay, share, least: LIFT * wide });
  learnCourse(own, WEEK, weekSlot, { offset, distance: offset - byWeek, share, least: LIFT * wide });
  learn(own, now);
  return true;
}

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
  const isDay = isKnown(own, DAY, daySlot);
  const isWeek = isKnown(own, WEEK, weekSlot);
  const slow = own.count === 0 ? value : own.at(MEANS + SLOW);
  const byDay = isDay ? offsetOf(own, DAY, daySlot) : 0;
  const byWeek = isWeek ? offsetOf(own, WEEK, weekSlot) : byDay;
  const best = bestForecast(own, isDay);
  const expected = best < SHARES.length ? own.at(MEANS + best) : slow + byDay;
  const least = 1e-9 * (1 + Math.abs(expected));
  const spread = Math.max(own.spread, 1e-3 * own.wideSpread, least);
  return { value, expected, spread, slow, wide: Math.max(own.wideSpread, least), byDay, byWeek, isDay, isWeek };
}

/** The forecast with the least errors so far; the one by the time of day, which is the last, only where that is known. */
function bestForecast(own: OwnPast, isDay: boolean): number {
  let best = 1;
  for (let at = 0; at < SHARES.length + (isDay ? 1 : 0); at++)
    if (own.at(ERRORS + at) < own.at(ERRORS + best)) best = at;
  return best;
}

/** How surprising the signal is that says most; puts down which one it is. */
function mostSurprising(own: OwnPast, now: Now): number {
  const { value, expected, spread, slow, byDay, byWeek } = now;
  const appended = own.count - 1;
  append(own, RECENT, appended, Math.max(-ERROR_MAX, Math.min(ERROR_MAX, (value - expected) / spread)));
  append(own, VALUES, appended, value);
  append(own, DAY.recent, appended, value - slow - byDay);
  append(own, WEEK.recent, appended, value - slow - byWeek);
  let surprise = 0;
  let most = 0;
  for (let at = 0; at < SIGNALS.length; at++) {
    if ((!now.isDay && OF_DAY[at] === true) || (!now.isWeek && OF_WEEK[at] === true)) continue;
    const signal = signalOf(own, now, SIGNALS[at] ?? SIGNALS[0]);
    const count = own.at(COUNTS + at);
    const extremes = own.from + EXTREMES + at * KEPT;
    const of = surpriseOf(own.store, extremes, count, signal);
    if (of > surprise) [surprise, most] = [of, at];
    if (own.count <= 5) continue;
    remember(own.store, extremes, count, signal);
    own.put(COUNTS + at, count + 1);
  }
  own.put(SIGNAL, most);
  const chances = (SIGNALS.length * own.count) / PAST_UNIT;
  return Math.max(0, surprise - Math.log10(chances));
}

const OF_DAY = SIGNALS.map((name) => name.endsWith('day'));
const OF_WEEK = SIGNALS.map((name) => name.endsWith('week'));

/** How strange a value is by a signal, in spreads. It is the `own.count`-th that was appended. */
function signalOf(own: OwnPast, { value, expected, spread, slow, wide, byDay, byWeek }: Now, name: Signal): number {
  const { count } = own;
  switch (name) {
    case 'error':
      return Math.abs((value - expected) / spread);
    case 'errors':
      return Math.abs(trailingMean(own, RECENT, count, SUMMED));
    case 'distance':
      return Math.abs(value - slow) / wide;
    case 'level':
      return Math.abs(trailingMean(own, VALUES, count) - slow) / wide;
    case 'roughness':
      return (count < TRAILING ? 0 : sizesSum(own, RECENT, count)) / TRAILING;
    case 'time of day':
      return Math.abs(value - slow - byDay) / Math.max(spreadFrom(own, DAY), 1e-3 * wide);
    case 'part of the day':
      return Math.abs(trailingMean(own, DAY.recent, count)) / Math.max(spreadFrom(own, DAY), 1e-3 * wide);
    case 'time of week':
      return Math.abs(value - slow - byWeek) / Math.max(spreadFrom(own, WEEK), 1e-3 * wide);
    case 'part of the week':
      return Math.abs(trailingMean(own, WEEK.recent, count)) / Math.max(spreadFrom(own, WEEK), 1e-3 * wide);
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
    const before = own.at(MEANS + at);
    own.put(MEANS + at, before + Math.max(SHARES[at] ?? 0, 1 / own.count) * (now.value - before));
  }
}

function learnSpreads(own: OwnPast, { value, expected, slow, wide, byDay }: Now): void {
  const part = 1 / own.count;
  const error = Math.abs(value - expected);
  for (let at = 0; at <= SHARES.length; at++) {
    const before = own.at(ERRORS + at);
    const off = Math.abs(value - (at < SHARES.length ? own.at(MEANS + at) : slow + byDay));
    const bounded = own.count > 30 ? Math.min(off, 6 * before + LIFT * wide) : off;
    own.put(ERRORS + at, before + Math.max(ERROR_SHARE, part) * (bounded - before));
  }
  const bounded = own.count > 20 ? Math.min(error, 5 * own.spread + LIFT * wide) : error;
  own.spread += Math.max(SPREAD_SHARE, part) * (bounded - own.spread);
  own.wideSpread += Math.max(1 / 1000, part) * (Math.abs(value - slow) - own.wideSpread);
}
