import { adoptProfile, type DailyProfile, emptyProfile, gather, offsetAt, PROFILE_SIZE } from './dailyProfile.ts';
import { courseFactor, type Kin, leaningSpread, levelDoubt, YOUTH_WINDOWS } from './kin.ts';
import { learnMove, type Moves } from './moves.ts';
import { leastSpread, type Scale, type Scaled } from './scale.ts';

/** A value is judged together with the ones before it: over this many windows. A small shift shows over many, a large one at once. */
export const SPANS = [1, 5, 15] as const;
const LONGEST = 15;

/** Smoothing of level and trend (Holt 1957), as shares of the newest error; the trend dies down by DAMPING per window (Gardner and McKenzie 1985). */
const LEVEL_SHARE = 0.08;
const TREND_SHARE = 0.1;
const DAMPING = 0.98;
/** Errors are taken for at most so many spreads when level and trend learn from them (Gelper, Fried and Croux 2010), and spread itself. */
const LEVEL_CLIP = 2;
const SPREAD_CLIP = 3;
/** The share that level and trend learn from a window that is an outlier. */
const OUTLIER_SHARE = 0.1;
const SPREAD_SHARE = 0.01;
/** The share of a mean move that a spread has at least (noise that is even moves by 1.13 spreads). */
const STEP_SHARE = 0.5;
/** Mean distance of a normal variable from its mean, as a ratio to its standard deviation: its inverse. */
export const SPREAD_OF_DISTANCE = Math.sqrt(Math.PI / 2);

/** Numbers put down of a window: its value less the day's course, its weight, level and trend before it. Windows lie in a circle of places, a power of two. */
const FIELDS = 4;
const PLACES = 16;
/** Where the errors of the newest window begin, three numbers a span: observed, expected, and the weight, 0 where there is nothing to compare. */
const ERRORS = PLACES * FIELDS;
const PROFILE = ERRORS + 3 * SPANS.length;
/** How often a forecast adds the trend, by windows ahead less 1: the sum of the powers of DAMPING. */
const AHEAD = powerSums(DAMPING, LONGEST);

/** What is put down of one window. */
export interface Past {
  readonly y: number;
  readonly weight: number;
  readonly level: number;
  readonly trend: number;
}

/** What one metric of one series usually is. */
export interface SeriesModel extends Moves {
  readonly scale: Scale;
  /** Windows learned. */
  windows: number;
  level: number;
  trend: number;
  /** By span: mean distance of errors from 0, for weight 1. */
  readonly distances: number[];
  /** Windows put down, and the newest of them; then errors and profile. One array: many small ones take more room than what is in them. */
  shown: number;
  readonly store: Float64Array;
  readonly profile: DailyProfile;
  /** Windows in a row that were outliers. */
  outlying: number;
  /** While it is young, what it leans on. */
  kin: Kin | undefined;
}

/** How one value, with those before it, compares with what the model expected. */
export interface Score {
  readonly span: number;
  /** Errors in spreads. */
  readonly z: number;
  /** On the metric's scale: the weighted mean over the span, what was expected of it, and one spread. */
  readonly observed: number;
  readonly expected: number;
  readonly spread: number;
}

export function newModel(scale: Scale, level: number): SeriesModel {
  const store = new Float64Array(PROFILE + PROFILE_SIZE);
  return {
    scale,
    windows: 0,
    level,
    trend: 0,
    distances: SPANS.map(() => 0),
    shown: 0,
    store,
    profile: emptyProfile(store, PROFILE),
    last: level,
    moves: 0,
    move: 0,
    outlying: 0,
    kin: undefined,
  };
}

/** Puts a value down, and how it compares with what the model expects, over every span for which there is a past. Nothing is learned yet. */
export function observe(model: SeriesModel, timeMs: number, { y, weight }: Scaled): void {
  put(model, { y: y - offsetAt(model.profile, timeMs), weight, level: model.level, trend: model.trend });
  for (let at = 0; at < SPANS.length; at++) putError(model, at);
}

export function put(model: SeriesModel, { y, weight, level, trend }: Past): void {
  const { store } = model;
  const at = placeOf(model.shown++);
  store[at] = y;
  store[at + 1] = weight;
  store[at + 2] = level;
  store[at + 3] = trend;
}

const placeOf = (window: number): number => (window & (PLACES - 1)) * FIELDS;

/** What was put down of the newest windows, the oldest first; at most the longest span. */
export function pastOf({ store, shown }: SeriesModel): Past[] {
  const length = Math.min(LONGEST, shown);
  return Array.from({ length }, (_, window) => {
    const at = placeOf(shown - length + window);
    return { y: store[at] ?? 0, weight: store[at + 1] ?? 0, level: store[at + 2] ?? 0, trend: store[at + 3] ?? 0 };
  });
}

/** Weighted mean over a span, against the forecast made before it. */
function putError({ store, shown }: SeriesModel, at: number): void {
  const span = SPANS[at] ?? 1;
  const first = placeOf(shown - span);
  const level = store[first + 2] ?? 0;
  const trend = store[first + 3] ?? 0;
  let weight = 0;
  let observed = 0;
  let expected = 0;
  if (shown >= span)
    for (let ahead = 0; ahead < span; ahead++) {
      const past = placeOf(shown - span + ahead);
      const of = store[past + 1] ?? 0;
      weight += of;
      observed += of * (store[past] ?? 0);
      expected += of * (level + (AHEAD[ahead] ?? 0) * trend);
    }
  const to = ERRORS + 3 * at;
  store[to] = observed / weight;
  store[to + 1] = expected / weight;
  store[to + 2] = weight;
}

/** Whether there is something to compare over a span, which is given by its place. */
export const isScored = ({ store }: SeriesModel, at: number): boolean => store[ERRORS + 3 * at + 2] !== 0;

/** The error of what was observed over a span, in spreads. */
export const distanceOf = (model: SeriesModel, at: number): number =>
  ((model.store[ERRORS + 3 * at] ?? 0) - (model.store[ERRORS + 3 * at + 1] ?? 0)) / spreadOver(model, at);

/** How what was observed compares with what was expected, on the metric's scale. */
export function scoreOf(model: SeriesModel, timeMs: number, at: number): Score {
  const offset = offsetAt(model.profile, timeMs);
  return {
    span: SPANS[at] ?? 1,
    z: distanceOf(model, at),
    observed: (model.store[ERRORS + 3 * at] ?? 0) + offset,
    expected: (model.store[ERRORS + 3 * at + 1] ?? 0) + offset,
    spread: spreadOver(model, at),
  };
}

/** One spread of the error over a span. */
const spreadOver = (model: SeriesModel, at: number): number =>
  Math.max(
    (doubtOf(model, at) * Math.max(spreadOf(model, 0), spreadOf(model, at))) /
      Math.sqrt(model.store[ERRORS + 3 * at + 2] ?? 0),
    model.scale.kind === 'amount' ? STEP_SHARE * model.move : 0,
  );

const doubtOf = ({ kin, windows }: SeriesModel, at: number): number =>
  kin === undefined ? 1 : levelDoubt(kin, SPANS[at] ?? 1, windows);

/** Weight of all that is compared over a span. */
export function weightOver({ store, shown }: SeriesModel, at: number): number {
  const span = SPANS[at] ?? 1;
  let weight = store[placeOf(shown - 1) + 1] ?? 0;
  for (let window = shown - span; window < shown - 1; window++) weight += store[placeOf(window) + 1] ?? 0;
  return weight;
}

/** Learns a value that was observed; of an outlier only a little. */
export function learn(model: SeriesModel, timeMs: number, { y, weight }: Scaled, isOutlier: boolean): void {
  if (weight > 0) {
    if (!isOutlier) learnSpreads(model);
    learnMove(model, y);
    const offset = offsetAt(model.profile, timeMs);
    learnLevel(model, y - offset, weight, isOutlier);
    if (gather(model.profile, timeMs, y)) rebase(model, offset - offsetAt(model.profile, timeMs));
    model.windows++;
    if (model.windows >= YOUTH_WINDOWS) model.kin = undefined;
  } else model.level += model.trend *= DAMPING;
  model.outlying = isOutlier ? model.outlying + 1 : 0;
}

/** Takes the course of the series that it is part of, as if it were one day of its own: own days outweigh it. Nothing while the parent knows none, or has another scale. */
export function adoptCourse(model: SeriesModel, parent: SeriesModel, timeMs: number): void {
  if (parent.profile.days === 0 || parent.scale.kind !== model.scale.kind) return;
  adoptProfile(model.profile, parent.profile, courseFactor(model.scale, model.level, parent.level));
  rebase(model, -offsetAt(model.profile, timeMs));
}

/** After a change of the day's course: what was put down without it is to be compared with what comes with it. */
function rebase(model: SeriesModel, by: number): void {
  model.level += by;
  for (let at = 0; at < ERRORS; at += FIELDS) {
    model.store[at] = (model.store[at] ?? 0) + by;
    model.store[at + 2] = (model.store[at + 2] ?? 0) + by;
  }
}

function learnSpreads(model: SeriesModel): void {
  const { store, distances, kin } = model;
  for (let at = 0; at < SPANS.length; at++) {
    if (!isScored(model, at)) continue;
    const from = ERRORS + 3 * at;
    const distance = Math.abs((store[from] ?? 0) - (store[from + 1] ?? 0)) * Math.sqrt(store[from + 2] ?? 0);
    const before = distances[at] ?? 0;
    const seen = Math.max(1, model.windows - (SPANS[at] ?? 1) + 1);
    const usual = kin === undefined ? before * SPREAD_OF_DISTANCE : spreadOf(model, at);
    const clipped = seen > 20 || kin !== undefined ? Math.min(distance, SPREAD_CLIP * usual) : distance;
    distances[at] = before + Math.max(SPREAD_SHARE, 1 / seen) * (clipped - before);
  }
}

/** `y` is the value less the day's course. */
function learnLevel(model: SeriesModel, y: number, weight: number, isOutlier: boolean): void {
  const forecast = model.level + DAMPING * model.trend;
  const bound = model.windows < 10 ? Number.POSITIVE_INFINITY : (LEVEL_CLIP * spreadOf(model, 0)) / Math.sqrt(weight);
  const error = Math.max(-bound, Math.min(bound, y - forecast)) * (isOutlier ? OUTLIER_SHARE : 1);
  model.level = forecast + Math.max(LEVEL_SHARE, 1 / (model.windows + 1 + (model.kin?.levelWindows ?? 0))) * error;
  model.trend = DAMPING * model.trend + (model.windows < 10 ? 0 : LEVEL_SHARE * TREND_SHARE * error);
}

/** Standard deviation of errors over a span, for weight 1; never below what counting alone makes it. */
const spreadOf = (model: SeriesModel, at: number): number =>
  Math.max(leastSpread(model.scale), model.kin === undefined ? ownSpread(model, at) : leaning(model, model.kin, at));

const ownSpread = ({ distances }: SeriesModel, at: number): number => (distances[at] ?? 0) * SPREAD_OF_DISTANCE;

const leaning = (model: SeriesModel, kin: Kin, at: number): number =>
  leaningSpread(kin, ownSpread(model, at), { at, span: SPANS[at] ?? 1, windows: model.windows });

/** By span: one spread, for weight 1. */
export const spreadsOf = (model: SeriesModel): number[] => SPANS.map((_, at) => spreadOf(model, at));

function powerSums(base: number, length: number): Float64Array {
  const sums = new Float64Array(length);
  for (let at = 0, power = base; at < length; at++, power *= base) sums[at] = (sums[at - 1] ?? 0) + power;
  return sums;
}
