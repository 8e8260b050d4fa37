import { isKnown, learnOffset, learnSpread, offsetOf, slotAt, spreadFrom } from './course.ts';
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
  expect(own, value, daySlot, weekSlot);
  const { offset, byDay, byWeek, expected, spread } = now;
  const surprise = own.count === 0 ? 0 : mostSurprising(own);
  own.put(SURPRISE, surprise);
  own.put(ONSET, onsetOf(own, surprise));
  own.put(EXPECTED, expected);
  own.put(EXPECTED_SPREAD, spread);
  learnSpread(own, DAY, offset - byDay, now);
  learnSpread(own, WEEK, offset - byWeek, now);
  learnOffset(own, DAY, daySlot, offset);
  learnOffset(own, WEEK, weekSlot, offset);
  learn(own);
  return true;
}

/** The value that is being judged, and what its past lets expect of it. There is room for one: an object a value would be as much work as judging it. */
const now = {
  value: 0,
  /** The mean of the long past, and how far the value is from it. */
  slow: 0,
  offset: 0,
  expected: 0,
  spread: 0,
  wide: 0,
  /** How far the courses let expect it to be from the slow mean. */
  byDay: 0,
  byWeek: 0,
  /** Whether the slots of the day and of the week are known: a course is no signal before. */
  isDay: false,
  isWeek: false,
  /** What the spreads of the courses learn from it, and what they may learn even when they are 0. */
  share: 0,
  least: 0,
};

function expect(own: OwnPast, value: number, daySlot: number, weekSlot: number): void {
  now.value = value;
  now.isDay = isKnown(own, DAY, daySlot);
  now.isWeek = isKnown(own, WEEK, weekSlot);
  now.slow = own.count === 0 ? value : own.at(MEANS + SLOW);
  now.offset = value - now.slow;
  now.byDay = now.isDay ? offsetOf(own, DAY, daySlot) : 0;
  now.byWeek = now.isWeek ? offsetOf(own, WEEK, weekSlot) : now.byDay;
  const best = bestForecast(own, now.isDay);
  now.expected = best < SHARES.length ? own.at(MEANS + best) : now.slow + now.byDay;
  const least = 1e-9 * (1 + Math.abs(now.expected));
  now.spread = Math.max(own.spread, 1e-3 * own.wideSpread, least);
  now.wide = Math.max(own.wideSpread, least);
  now.share = Math.max(1 / 1000, 1 / (own.count + 1));
  now.least = LIFT * now.wide;
}

/** The forecast with the least errors so far; the one by the time of day, which is the last, only where that is known. */
function bestForecast(own: OwnPast, isDay: boolean): number {
  let best = 1;
  for (let at = 0; at < SHARES.length + (isDay ? 1 : 0); at++)
    if (own.at(ERRORS + at) < own.at(ERRORS + best)) best = at;
  return best;
}

/** How surprising the signal is that says most; puts down which one it is. */
function mostSurprising(own: OwnPast): number {
  const { value, expected, spread, offset, byDay, byWeek, isDay, isWeek } = now;
  const { store, count } = own;
  append(own, RECENT, count - 1, Math.max(-ERROR_MAX, Math.min(ERROR_MAX, (value - expected) / spread)));
  append(own, VALUES, count - 1, value);
  append(own, DAY.recent, count - 1, offset - byDay);
  append(own, WEEK.recent, count - 1, offset - byWeek);
  putSignals(own);
  let surprise = 0;
  let most = 0;
  for (let at = 0; at < SIGNALS.length; at++) {
    if ((!isDay && OF_DAY[at] === true) || (!isWeek && OF_WEEK[at] === true)) continue;
    const signal = signals[at] ?? 0;
    const extremes = own.from + EXTREMES + at * KEPT;
    const before = own.at(COUNTS + at);
    const of = surpriseOf(store, extremes, before, signal);
    if (of > surprise) {
      surprise = of;
      most = at;
    }
    if (count <= 5) continue;
    remember(store, extremes, before, signal);
    own.put(COUNTS + at, before + 1);
  }
  own.put(SIGNAL, most);
  const chances = (SIGNALS.length * count) / PAST_UNIT;
  return Math.max(0, surprise - Math.log10(chances));
}

const OF_DAY = SIGNALS.map((name) => name.endsWith('day'));
const OF_WEEK = SIGNALS.map((name) => name.endsWith('week'));

/** How strange the value is, in spreads, in the order of {@link SIGNALS}. */
const signals = new Float64Array(SIGNALS.length);

/** The value is the `count`-th that was appended. */
function putSignals(own: OwnPast): void {
  const { value, expected, spread, slow, offset, wide, byDay, byWeek } = now;
  const { count } = own;
  const daySpread = Math.max(spreadFrom(own, DAY), 1e-3 * wide);
  const weekSpread = Math.max(spreadFrom(own, WEEK), 1e-3 * wide);
  signals[0] = Math.abs((value - expected) / spread);
  signals[1] = Math.abs(trailingMean(own, RECENT, count, SUMMED));
  signals[2] = Math.abs(offset) / wide;
  signals[3] = Math.abs(trailingMean(own, VALUES, count) - slow) / wide;
  signals[4] = (count < TRAILING ? 0 : sizesSum(own, RECENT, count)) / TRAILING;
  signals[5] = Math.abs(offset - byDay) / daySpread;
  signals[6] = Math.abs(trailingMean(own, DAY.recent, count)) / daySpread;
  signals[7] = Math.abs(offset - byWeek) / weekSpread;
  signals[8] = Math.abs(trailingMean(own, WEEK.recent, count)) / weekSpread;
}

/** 1 / e to the power of 1 / REST: how alarms die down from one value to the next. */
const DYING = Math.exp(-1 / REST);

function onsetOf(own: OwnPast, surprise: number): number {
  own.peak *= DYING;
  const onset = surprise > own.peak + (own.peak > ALARM_MIN ? ANEW : 0) ? surprise : 0;
  own.peak = Math.max(own.peak, surprise);
  return onset;
}

function learn(own: OwnPast): void {
  if (own.count > 0) learnSpreads(own);
  own.count++;
  for (let at = 0; at < SHARES.length; at++) {
    const before = own.at(MEANS + at);
    own.put(MEANS + at, before + Math.max(SHARES[at] ?? 0, 1 / own.count) * (now.value - before));
  }
}

function learnSpreads(own: OwnPast): void {
  const { value, expected, slow, offset, byDay, least } = now;
  const part = 1 / own.count;
  const error = Math.abs(value - expected);
  for (let at = 0; at <= SHARES.length; at++) {
    const before = own.at(ERRORS + at);
    const off = Math.abs(value - (at < SHARES.length ? own.at(MEANS + at) : slow + byDay));
    const bounded = own.count > 30 ? Math.min(off, 6 * before + least) : off;
    own.put(ERRORS + at, before + Math.max(ERROR_SHARE, part) * (bounded - before));
  }
  const bounded = own.count > 20 ? Math.min(error, 5 * own.spread + least) : error;
  own.spread += Math.max(SPREAD_SHARE, part) * (bounded - own.spread);
  own.wideSpread += Math.max(1 / 1000, part) * (Math.abs(offset) - own.wideSpread);
}
