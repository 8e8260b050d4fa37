import type { Moment } from '../course/calendar.ts';
import { type DailyProfile, emptyProfile, type Learned, offsetAt, PROFILE_SIZE } from '../course/dailyProfile.ts';
import { type Kin, leaningSpread, levelDoubt } from './kin.ts';
import type { Moves } from './moves.ts';
import { leastSpread, type Scale, type Scaled } from './scale.ts';
import type { Part } from '../kept/slab.ts';

/** A value is judged together with the ones before it: over this many windows. A small shift shows over many, a large one at once. */
export const SPANS = [1, 5, 15] as const;
const LONGEST = 15;

/** The trend dies down by this a window (Gardner and McKenzie 1985). */
export const DAMPING = 0.98;
/** The share of a mean move that a spread has at least (noise that is even moves by 1.13 spreads). */
const STEP_SHARE = 0.5;
/** Mean distance of a normal variable from its mean, as a ratio to its standard deviation: its inverse. */
export const SPREAD_OF_DISTANCE = Math.sqrt(Math.PI / 2);

/**
 * Where the numbers of a model lie in its part, one after another: those that change with every window; by span, the mean distance of errors from 0, for weight 1; what was put down
 * of windows, in a circle of places, a power of two: a value less the day's course, its weight, level and trend before it; the day's course.
 */
const LEVEL = 0;
const TREND = 1;
const LAST = 2;
const MOVE = 3;
const DISTANCES = 4;
const PAST = DISTANCES + SPANS.length;
const FIELDS = 4;
const PLACES = 16;
const PROFILE = PAST + PLACES * FIELDS;
/** Numbers that a model takes of a slab. */
export const MODEL_SIZE = PROFILE + PROFILE_SIZE;
/** How often a forecast adds the trend, by windows ahead less 1: the sum of the powers of DAMPING. */
const AHEAD = powerSums(DAMPING, LONGEST);

/** What is put down of one window. */
export interface Past {
  readonly y: number;
  readonly weight: number;
  readonly level: number;
  readonly trend: number;
}

/** What one metric of one series usually is. Its numbers lie in a part of a slab. */
export class SeriesModel implements Moves, Part<Float64Array> {
  readonly scale: Scale;
  readonly store: Float64Array;
  readonly from: number;
  readonly profile: DailyProfile;
  /** Windows learned, and windows put down. */
  windows = 0;
  shown = 0;
  moves = 0;
  /** Windows in a row that were outliers. */
  outlying = 0;
  /** While it is young, what it leans on. */
  kin: Kin | undefined = undefined;
  constructor(
    scale: Scale,
    level: number,
    { store, from }: Part<Float64Array> = { store: new Float64Array(MODEL_SIZE), from: 0 },
  ) {
    this.scale = scale;
    this.store = store;
    this.from = from;
    this.profile = emptyProfile(store, from + PROFILE);
    this.level = this.last = level;
  }

  get level(): number {
    return this.store[this.from + LEVEL] ?? 0;
  }
  set level(level: number) {
    this.store[this.from + LEVEL] = level;
  }
  get trend(): number {
    return this.store[this.from + TREND] ?? 0;
  }
  set trend(trend: number) {
    this.store[this.from + TREND] = trend;
  }
  get last(): number {
    return this.store[this.from + LAST] ?? 0;
  }
  set last(last: number) {
    this.store[this.from + LAST] = last;
  }
  get move(): number {
    return this.store[this.from + MOVE] ?? 0;
  }
  set move(move: number) {
    this.store[this.from + MOVE] = move;
  }
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

/** Puts a value down, and how it compares with what the model expects, over every span for which there is a past. Nothing is learned yet. */
export function observe(model: SeriesModel, when: Moment, { y, weight }: Scaled): void {
  put(model, { y: y - offsetAt(model.profile, when), weight, level: model.level, trend: model.trend });
  compare(model);
}

/** Compares a model's newest window with what was expected of it: from then on that is what is asked about. */
export function compare(model: SeriesModel): void {
  for (let at = 0; at < SPANS.length; at++) putError(model, at);
}

/**
 * How the newest window of the model that was compared last compares with what was expected of it, by span: weighted means of both, the weight, 0 where there is nothing to compare, and their distance in
 * spreads. Of that model only: it is asked about its newest window, and learns it, before another one is compared.
 */
const newest = {
  observed: new Float64Array(SPANS.length),
  expected: new Float64Array(SPANS.length),
  weights: new Float64Array(SPANS.length),
  distances: new Float64Array(SPANS.length),
};

export function put(model: SeriesModel, { y, weight, level, trend }: Past): void {
  const { store } = model;
  const at = placeOf(model, model.shown++);
  store[at] = y;
  store[at + 1] = weight;
  store[at + 2] = level;
  store[at + 3] = trend;
}

/** Where what was put down of a window begins. */
const placeOf = ({ from }: SeriesModel, window: number): number => from + PAST + (window & (PLACES - 1)) * FIELDS;

/** What was put down of the newest windows, the oldest first; at most the longest span. */
export function pastOf(model: SeriesModel): Past[] {
  const { store, shown } = model;
  const length = Math.min(LONGEST, shown);
  return Array.from({ length }, (_, window) => {
    const at = placeOf(model, shown - length + window);
    return { y: store[at] ?? 0, weight: store[at + 1] ?? 0, level: store[at + 2] ?? 0, trend: store[at + 3] ?? 0 };
  });
}

/** After a change of the day's course: what was put down without it is to be compared with what comes with it. */
export function rebase(model: SeriesModel, { by, level }: Learned): void {
  const { store, from } = model;
  if (level !== undefined) model.trend = model.outlying = 0;
  model.level = level ?? model.level + by;
  for (let at = from + PAST; at < from + PROFILE; at += FIELDS) {
    store[at] = (store[at] ?? 0) + by;
    store[at + 2] = level ?? (store[at + 2] ?? 0) + by;
    if (level !== undefined) store[at + 3] = 0;
  }
}

/** Weighted mean over a span, against the forecast made before it. */
function putError(model: SeriesModel, at: number): void {
  const { store, shown } = model;
  const span = SPANS[at] ?? 1;
  const first = placeOf(model, shown - span);
  const level = store[first + 2] ?? 0;
  const trend = store[first + 3] ?? 0;
  let weight = 0;
  let observed = 0;
  let expected = 0;
  if (shown >= span)
    for (let ahead = 0; ahead < span; ahead++) {
      const past = placeOf(model, shown - span + ahead);
      const of = store[past + 1] ?? 0;
      weight += of;
      observed += of * (store[past] ?? 0);
      expected += of * (level + (AHEAD[ahead] ?? 0) * trend);
    }
  newest.observed[at] = observed / weight;
  newest.expected[at] = expected / weight;
  newest.weights[at] = weight;
  newest.distances[at] = (observed / weight - expected / weight) / spreadOver(model, at);
}

/** Whether there is something to compare over a span of the newest window; the span is given by its place. */
export const isScored = (at: number): boolean => newest.weights[at] !== 0;

/** The error of what was observed over a span, in spreads. */
export const distanceOf = (at: number): number => newest.distances[at] ?? 0;

/** The size of that error, for weight 1. */
export const errorSize = (at: number): number =>
  Math.abs((newest.observed[at] ?? 0) - (newest.expected[at] ?? 0)) * Math.sqrt(newest.weights[at] ?? 0);

/** How what was observed compares with what was expected, on the metric's scale. */
export function scoreOf(model: SeriesModel, when: Moment, at: number): Score {
  const offset = offsetAt(model.profile, when);
  return {
    span: SPANS[at] ?? 1,
    z: distanceOf(at),
    observed: (newest.observed[at] ?? 0) + offset,
    expected: (newest.expected[at] ?? 0) + offset,
    spread: spreadOver(model, at),
  };
}

/** One spread of the error over a span. */
const spreadOver = (model: SeriesModel, at: number): number =>
  Math.max(
    (doubtOf(model, at) * Math.max(spreadOf(model, 0), spreadOf(model, at))) / Math.sqrt(newest.weights[at] ?? 0),
    model.scale.kind === 'amount' ? STEP_SHARE * model.move : 0,
  );

const doubtOf = ({ kin, windows }: SeriesModel, at: number): number =>
  kin === undefined ? 1 : levelDoubt(kin, SPANS[at] ?? 1, windows);

/** Weight of all that is compared over a span. */
export function weightOver(model: SeriesModel, at: number): number {
  const { store, shown } = model;
  const span = SPANS[at] ?? 1;
  let weight = store[placeOf(model, shown - 1) + 1] ?? 0;
  for (let window = shown - span; window < shown - 1; window++) weight += store[placeOf(model, window) + 1] ?? 0;
  return weight;
}

/** Mean size of errors over a span, for weight 1. */
export const meanDistance = ({ store, from }: SeriesModel, at: number): number => store[from + DISTANCES + at] ?? 0;
export const setMeanDistance = ({ store, from }: SeriesModel, at: number, distance: number): void =>
  void (store[from + DISTANCES + at] = distance);

/** Standard deviation of errors over a span, for weight 1; never below what counting alone makes it. */
export const spreadOf = (model: SeriesModel, at: number): number =>
  Math.max(leastSpread(model.scale), model.kin === undefined ? ownSpread(model, at) : leaning(model, model.kin, at));

const ownSpread = (model: SeriesModel, at: number): number => meanDistance(model, at) * SPREAD_OF_DISTANCE;

const leaning = (model: SeriesModel, kin: Kin, at: number): number =>
  leaningSpread(kin, ownSpread(model, at), { at, span: SPANS[at] ?? 1, windows: model.windows });

/** One spread by span, for weight 1. */
export const spreadsOf = (model: SeriesModel): number[] => SPANS.map((_, at) => spreadOf(model, at));

function powerSums(base: number, length: number): Float64Array {
  const sums = new Float64Array(length);
  for (let at = 0, power = base; at < length; at++, power *= base) sums[at] = (sums[at - 1] ?? 0) + power;
  return sums;
}
