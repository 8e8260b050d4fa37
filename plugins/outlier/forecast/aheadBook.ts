import { type DailyProfile, offsetAt } from '../dailyProfile.ts';
import { packed, unpack } from '../packed.ts';
import { type Scale, scaled, unscaled } from '../scale.ts';
import { type SeriesModel, weightOver } from '../seriesModel.ts';
import type { ErrorLaw } from './errorLaw.ts';
import { BASE, COMBINED, COUNT, type Horizon, HORIZONS, HORIZONS_SIZE, SLOPE, slotOf } from './horizons.ts';

/** How well one metric of one series was forecast so far, and the forecasts that wait for their windows. */
export interface AheadBook {
  /** The scale that all its numbers are on, as distances from `anchor`: as such they lose nothing in 32 bits. */
  scale: Scale;
  anchor: number;
  /** The newest window, counted from the epoch. */
  index: number;
  /** Mean of the values without their daily course, of some days, and of how many values. */
  mean: number;
  values: number;
  /** Limits that it was said of that they will be crossed, a bit each. */
  warned: number;
  readonly store: Float32Array;
}

/** A book as it stands in a snapshot. */
export interface KeptBook extends Omit<AheadBook, 'store'> {
  readonly store: string;
}

/** Which window of the stream it is. */
export interface At {
  readonly index: number;
  readonly windowMs: number;
}

/** Days that the slow mean remembers. */
const MEAN_MS = 3 * 86_400_000;
/** What the newest error weighs at least in the mean size of errors, and for how many means it counts at most. */
const ERROR_SHARE = 1 / 40;
const ERROR_CLIP = 8;
/** Errors after which their mean size is known well enough to be a measure of the next one, and a bound to it. */
const MEASURED_MIN = 4;
const CLIPPED_MIN = 10;
/** How much more a better candidate weighs: by this power of its smaller error (2: Bates and Granger 1969, for errors that are independent, which these are not). */
const WEIGHT_POWER = 4;
/** No size of an error is beyond this: 32 bits must hold it. */
const SIZE_MAX = 1e30;

export const newBook = ({ scale, level }: SeriesModel, index: number): AheadBook => ({
  scale,
  anchor: level,
  index: index - 1,
  mean: 0,
  values: 0,
  warned: 0,
  store: new Float32Array(HORIZONS_SIZE).fill(Number.NaN),
});

/** Learns from the forecasts that spoke of a window, then makes those that are to be made at it. The model has learned the window. Windows that are not newer say nothing. */
export function learnAhead(book: AheadBook, model: SeriesModel, at: At, laws: readonly ErrorLaw[]): void {
  if (at.index <= book.index) return;
  if (!isSameScale(book.scale, model.scale)) rescale(book, model);
  const skipped = at.index - book.index > 1;
  const hasValue = weightOver(model, 0) > 0;
  const y = model.last - book.anchor;
  if (hasValue) learnMean(book, y - offsetAt(model.profile, at.index * at.windowMs), at.windowMs);
  for (let place = 0; place < HORIZONS.length; place++) {
    const horizon = HORIZONS[place];
    if (horizon === undefined) continue;
    if (skipped) clearSkipped(book, horizon, at.index);
    if (hasValue && (at.index - horizon.ahead) % horizon.every === 0)
      learnErrors(book, horizon, y, { at, law: laws[place] });
    if (at.index % horizon.every === 0) makeForecast(book, model, horizon, at);
  }
  book.index = at.index;
}

const isSameScale = (a: Scale, b: Scale): boolean =>
  a.kind === b.kind && (a.kind !== 'amount' || b.kind !== 'amount' || a.unit === b.unit);

function learnMean(book: AheadBook, y: number, windowMs: number): void {
  book.values++;
  book.mean += Math.max(1 / book.values, Math.min(1, windowMs / MEAN_MS)) * (y - book.mean);
}

/** Slots whose windows were not shown hold older forecasts: those are void. */
function clearSkipped({ store, index }: AheadBook, horizon: Horizon, now: number): void {
  const { every, slots } = horizon;
  const last = Math.floor((now - 1) / every) * every;
  for (let origin = last, left = slots; origin > index && left > 0; origin -= every, left--) {
    const slot = slotOf(horizon, origin);
    store.fill(Number.NaN, slot, slot + BASE + 1);
  }
}

/** Holds what was forecast for the window against its value. */
function learnErrors(
  { store }: AheadBook,
  horizon: Horizon,
  y: number,
  { at, law }: { readonly at: At; readonly law: ErrorLaw | undefined },
): void {
  const slot = slotOf(horizon, at.index - horizon.ahead);
  const { errorsFrom } = horizon;
  const size = Math.min(SIZE_MAX, Math.abs(y - (store[slot + COMBINED] ?? 0)));
  if (Number.isNaN(size)) return;
  const count = numberAt(store, errorsFrom + COUNT);
  const usual = numberAt(store, errorsFrom + COMBINED);
  if (count >= MEASURED_MIN && usual > 0) law?.learn(size / usual);
  const share = Math.max(ERROR_SHARE, 1 / (count + 1));
  for (let candidate = 0; candidate <= COMBINED; candidate++) {
    const error = Math.min(SIZE_MAX, Math.abs(y - (store[slot + candidate] ?? 0)));
    if (Number.isNaN(error)) continue;
    const before = store[errorsFrom + candidate] ?? Number.NaN;
    // One that comes later begins no better than all together were so far.
    const from = Number.isNaN(before) ? Math.max(error, usual) : before;
    const bounded = count >= CLIPPED_MIN && from > 0 ? Math.min(error, ERROR_CLIP * from) : error;
    store[errorsFrom + candidate] = from + share * (bounded - from);
  }
  store[errorsFrom + COUNT] = count + 1;
}

/** Room for the forecasts of one window, so that making them leaves no garbage. */
const made = new Float64Array(COMBINED + 1);

function makeForecast(book: AheadBook, model: SeriesModel, horizon: Horizon, at: At): void {
  const { store } = book;
  const slot = slotOf(horizon, at.index);
  const level = unscaled(model.scale, model.level);
  const before = store[slot + BASE] ?? Number.NaN;
  store[horizon.errorsFrom + SLOPE] =
    (level - unscaled(model.scale, before + book.anchor)) / (horizon.slots * horizon.every);
  putCandidates(made, book, model, { horizon, at, ahead: horizon.ahead });
  for (let candidate = 0; candidate < COMBINED; candidate++) store[slot + candidate] = made[candidate] ?? Number.NaN;
  store[slot + COMBINED] = combined(book, horizon, made);
  store[slot + BASE] = model.level - book.anchor;
}

/** What is asked of the candidates: a window so many ahead, by the drift of a horizon. */
export interface Asked {
  readonly horizon: Horizon;
  readonly at: At;
  readonly ahead: number;
}

/** What every candidate says, as distances from the anchor; one that cannot say anything yet gives NaN. */
export function putCandidates(
  into: Float64Array,
  { anchor, mean, store }: AheadBook,
  { scale, level, last, profile }: SeriesModel,
  { horizon, at, ahead }: Asked,
): void {
  const now = offsetNow(profile, at, 0);
  const then = offsetNow(profile, at, ahead);
  const drifted = unscaled(scale, level) + ahead * (store[horizon.errorsFrom + SLOPE] ?? Number.NaN);
  into[0] = last - anchor;
  into[1] = last - anchor + then - now;
  into[2] = level - anchor + now;
  into[3] = level - anchor + then;
  into[4] = mean + then;
  into[5] = scaled(scale, drifted) - anchor + then;
}

const offsetNow = (profile: DailyProfile, { index, windowMs }: At, ahead: number): number =>
  offsetAt(profile, (index + ahead) * windowMs);

/** The candidates together, each by how small its errors at a horizon were so far. Before any were seen: the level with its course. */
export function combined({ store }: AheadBook, { errorsFrom }: Horizon, candidates: Float64Array): number {
  let least = Number.POSITIVE_INFINITY;
  for (let at = 0; at < COMBINED; at++) {
    const size = store[errorsFrom + at] ?? Number.NaN;
    if (size < least && !Number.isNaN(candidates[at] ?? Number.NaN)) least = size;
  }
  if (least === Number.POSITIVE_INFINITY) return candidates[3] ?? Number.NaN;
  let weights = 0;
  let sum = 0;
  for (let at = 0; at < COMBINED; at++) {
    const size = store[errorsFrom + at] ?? Number.NaN;
    const candidate = candidates[at] ?? Number.NaN;
    if (Number.isNaN(size) || Number.isNaN(candidate)) continue;
    const weight = size === least ? 1 : (least / size) ** WEIGHT_POWER;
    weights += weight;
    sum += weight * candidate;
  }
  return sum / weights;
}

/** A number of the store; 0 where there was none yet. */
export const numberAt = (store: Float32Array, at: number): number => {
  const value = store[at] ?? 0;
  return Number.isNaN(value) ? 0 : value;
};

/** The model was begun anew, on another scale: what waits is put on that. Errors stay as they are, since on either scale they are about relative ones. */
function rescale(book: AheadBook, { scale, level }: SeriesModel): void {
  const { store, anchor } = book;
  const moved = (y: number): number => scaled(scale, unscaled(book.scale, y + anchor)) - level;
  for (const { from, errorsFrom } of HORIZONS)
    for (let at = from; at < errorsFrom; at++) store[at] = moved(store[at] ?? Number.NaN);
  book.mean = moved(book.mean);
  book.scale = scale;
  book.anchor = level;
}

export const keptBook = ({ store, ...book }: AheadBook): KeptBook => ({
  ...book,
  store: packed(new Uint8Array(store.buffer)),
});

export function restoredBook({ store: kept, ...book }: KeptBook): AheadBook {
  const store = new Float32Array(HORIZONS_SIZE).fill(Number.NaN);
  unpack(kept, new Uint8Array(store.buffer));
  return { ...book, store };
}
