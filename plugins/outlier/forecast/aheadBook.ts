import { offsetAt } from '../course/dailyProfile.ts';
import { packed, unpack } from '../kept/packed.ts';
import { type SeriesModel, weightOver } from '../model/seriesModel.ts';
import type { Part } from '../kept/slab.ts';
import { type At, candidatesAt, type Combined, combine, LEVEL } from './candidates.ts';
import type { ErrorLaw } from './errorLaw.ts';
import {
  BASE,
  COMBINED,
  COUNT,
  type Horizon,
  HORIZONS,
  HORIZONS_SIZE,
  SLOPE,
  SLOPE_WHOLE,
  slotOf,
  USUAL,
} from './horizons.ts';
import { evened, type Evenness, modelled } from './evenness.ts';

/** How well one metric of one series was forecast so far, and the forecasts that wait for their windows. The numbers of its {@link HORIZONS} lie in a part of a slab. */
export interface AheadBook extends Part<Float32Array> {
  readonly evenness: Evenness;
  /** What those numbers are distances from: as such they lose nothing in 32 bits. */
  readonly anchor: number;
  /** The newest window, counted from the epoch. */
  index: number;
  /** Level of the values as they are, smoothed: what drifts teaches the model a course that is none. */
  level: number;
  /** Mean of some days' values without their daily course, on their even scale; of how many; and the least value ever. */
  mean: number;
  values: number;
  least: number;
  /** Limits that it was said of that they will be crossed, a bit each. */
  warned: number;
}

/** A book as it stands in a snapshot. */
export interface KeptBook extends Omit<AheadBook, 'store' | 'from'> {
  readonly store: string;
}

/** What the newest value weighs in the level. */
const LEVEL_SHARE = 0.1;
/** Days that the slow mean remembers. */
const MEAN_MS = 3 * 86_400_000;
/** What the newest error weighs at least in the mean size of errors, and for how many means it counts at most. */
const ERROR_SHARE = 1 / 30;
const ERROR_CLIP = 8;
/** Errors after which their mean size is a measure of the next one, and a bound to it. */
export const MEASURED_MIN = 8;
const CLIPPED_MIN = 10;
/** No size of an error is beyond this: 32 bits must hold it. */
const SIZE_MAX = 1e30;

/** A book that knows nothing yet, in a part whose numbers may be anything. */
export function newBook(model: SeriesModel, index: number, { store, from }: Part<Float32Array>): AheadBook {
  store.fill(Number.NaN, from, from + HORIZONS_SIZE);
  return {
    evenness: model.scale.kind,
    anchor: modelled(model, model.level),
    index: index - 1,
    level: 0,
    mean: 0,
    values: 0,
    least: 0,
    warned: 0,
    store,
    from,
  };
}

/** Learns from the forecasts that spoke of a window, then makes those that are to be made at it. The model has learned the window. Windows that are not newer say nothing. */
export function learnAhead(book: AheadBook, model: SeriesModel, at: At, laws: readonly ErrorLaw[]): void {
  if (at.index <= book.index) return;
  const skipped = at.index - book.index > 1;
  const hasValue = weightOver(model, 0) > 0;
  const last = modelled(model, model.last);
  if (hasValue) learnValue(book, model, at, last);
  for (let place = 0; place < HORIZONS.length; place++) {
    const horizon = HORIZONS[place];
    if (horizon === undefined) continue;
    if (skipped) clearSkipped(book, horizon, at.index);
    const origin = at.index - horizon.ahead;
    if (hasValue && origin % horizon.every === 0)
      laws[place]?.learn(learnErrors(book, horizon, origin, last - book.anchor));
    if (at.index % horizon.every === 0) makeForecast(book, model, horizon, at);
  }
  book.index = at.index;
}

/** `last` is the value on the even scale. */
function learnValue(book: AheadBook, model: SeriesModel, { index, windowMs, calendar }: At, last: number): void {
  const usual = modelled(model, model.last - offsetAt(model.profile, calendar.at(index * windowMs)));
  book.values++;
  book.mean += Math.max(1 / book.values, Math.min(1, windowMs / MEAN_MS)) * (usual - book.mean);
  book.level += Math.max(1 / book.values, LEVEL_SHARE) * (last - book.level);
  const value = evened(book.evenness, last);
  book.least = book.values === 1 ? value : Math.min(book.least, value);
}

/** Slots whose windows were not shown hold older forecasts: those are void. */
function clearSkipped({ store, from, index }: AheadBook, horizon: Horizon, now: number): void {
  const { every, slots } = horizon;
  const last = Math.floor((now - 1) / every) * every;
  for (let origin = last, left = slots; origin > index && left > 0; origin -= every, left--) {
    const slot = from + slotOf(horizon, origin);
    store.fill(Number.NaN, slot, slot + BASE + 1);
  }
}

/** Holds what was forecast at `origin` for a window against its value; answers how large the error was, in usual ones. NaN where no size is usual yet, or nothing was forecast. */
function learnErrors({ store, from }: AheadBook, horizon: Horizon, origin: number, y: number): number {
  const slot = from + slotOf(horizon, origin);
  const errors = from + horizon.errorsFrom;
  const size = Math.min(SIZE_MAX, Math.abs(y - (store[slot + COMBINED] ?? 0)));
  if (Number.isNaN(size)) return Number.NaN;
  const count = countAt(store, errors);
  const usual = store[slot + USUAL] ?? Number.NaN;
  const share = Math.max(ERROR_SHARE, 1 / (count + 1));
  for (let candidate = 0; candidate < COMBINED; candidate++) {
    const error = Math.min(SIZE_MAX, Math.abs(y - (store[slot + candidate] ?? 0)));
    if (Number.isNaN(error)) continue;
    const before = store[errors + candidate] ?? Number.NaN;
    // One that comes later begins no better than all together were.
    const first = Number.isNaN(before) ? Math.max(error, usual || 0) : before;
    const bounded = count >= CLIPPED_MIN && first > 0 ? Math.min(error, ERROR_CLIP * first) : error;
    store[errors + candidate] = first + share * (bounded - first);
  }
  store[errors + COUNT] = count + 1;
  return usual > 0 ? size / usual : Number.NaN;
}

/** Room for the forecast of one window, so that making it leaves no garbage. */
const made = new Float64Array(COMBINED);
const together: Combined = { center: 0, usual: 0 };

function makeForecast(book: AheadBook, model: SeriesModel, horizon: Horizon, at: At): void {
  const { store, from } = book;
  const slot = from + slotOf(horizon, at.index);
  const errors = from + horizon.errorsFrom;
  const base = modelled(model, model.level) - book.anchor;
  const whole = book.level - book.anchor;
  store[errors + SLOPE] = slope(book, horizon, base, store[slot + BASE]);
  store[errors + SLOPE_WHOLE] = slope(book, horizon, whole, store[slot + LEVEL]);
  candidatesAt(made, book, model, { horizon, at, ahead: horizon.ahead });
  combine(together, book, horizon, made);
  for (let candidate = 0; candidate < COMBINED; candidate++) store[slot + candidate] = made[candidate] ?? Number.NaN;
  store[slot + COMBINED] = together.center;
  store[slot + USUAL] = countAt(store, errors) < MEASURED_MIN ? Number.NaN : together.usual;
  store[slot + BASE] = base;
}

/** The drift per window since the slot was filled last, which is about as long ago as is looked ahead. */
const slope = ({ evenness, anchor }: AheadBook, { slots, every }: Horizon, now: number, before = Number.NaN): number =>
  (evened(evenness, now + anchor) - evened(evenness, before + anchor)) / (slots * every);

/** How many forecasts of a horizon were held against what came. */
export const countOf = ({ store, from }: Part<Float32Array>, { errorsFrom }: Horizon): number =>
  countAt(store, from + errorsFrom);

const countAt = (store: Float32Array, errors: number): number => {
  const count = store[errors + COUNT] ?? 0;
  return Number.isNaN(count) ? 0 : count;
};

export const keptBook = ({ store, from, ...book }: AheadBook): KeptBook => ({
  ...book,
  store: packed(new Uint8Array(withOneNaN(store.subarray(from, from + HORIZONS_SIZE)).buffer)),
});

/** What is no number has many forms in memory; the same numbers give the same bytes. */
const withOneNaN = (store: Float32Array): Float32Array<ArrayBuffer> =>
  Float32Array.from(store, (value) => (Number.isNaN(value) ? Number.NaN : value));

export function restoredBook({ store: kept, ...book }: KeptBook, { store, from }: Part<Float32Array>): AheadBook {
  const numbers = store.subarray(from, from + HORIZONS_SIZE).fill(Number.NaN);
  unpack(kept, new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
  return { ...book, store, from };
}
