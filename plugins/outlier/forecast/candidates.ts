import type { Calendar } from '../course/calendar.ts';
import { offsetAt } from '../course/dailyProfile.ts';
import type { SeriesModel } from '../model/seriesModel.ts';
import type { Part } from '../kept/slab.ts';
import { even, evened, type Evenness, modelled, withCourse } from './evenness.ts';
import { COMBINED, type Horizon, SLOPE, SLOPE_WHOLE } from './horizons.ts';

/** Which window of the stream it is. */
export interface At {
  readonly index: number;
  readonly windowMs: number;
  readonly calendar: Calendar;
}

/** What is known of a series beside its model, on its even scale. */
export interface Past extends Part<Float32Array> {
  readonly evenness: Evenness;
  readonly anchor: number;
  readonly level: number;
  readonly mean: number;
}

/** What is asked of the candidates: a window so many ahead, by the drift of a horizon. */
export interface Asked {
  readonly horizon: Horizon;
  readonly at: At;
  readonly ahead: number;
}

/** The place of the level alone, out of which the drift with the course is read. */
export const LEVEL = 2;

/** What every candidate says, in the order of their names, as distances from the anchor; one that cannot say anything yet gives NaN. */
export function candidatesAt(
  into: Float64Array,
  { anchor, level: whole, mean, store, from, evenness }: Past,
  model: SeriesModel,
  { horizon, at, ahead }: Asked,
): void {
  const { level, last, profile } = model;
  const now = offsetAt(profile, at.calendar.at(at.index * at.windowMs));
  const then = offsetAt(profile, at.calendar.at((at.index + ahead) * at.windowMs));
  const slope = ahead * (store[from + horizon.errorsFrom + SLOPE] ?? Number.NaN);
  const slopeWhole = ahead * (store[from + horizon.errorsFrom + SLOPE_WHOLE] ?? Number.NaN);
  into[0] = modelled(model, last) - anchor;
  into[1] = modelled(model, last - now + then) - anchor;
  into[LEVEL] = whole - anchor;
  into[3] = modelled(model, level + then) - anchor;
  into[4] = withCourse(model, mean, then) - anchor;
  into[5] = withCourse(model, drifted(evenness, modelled(model, level), slope), then) - anchor;
  into[6] = drifted(evenness, whole, slopeWhole) - anchor;
}

/** So much further, in values as they are. */
const drifted = (evenness: Evenness, y: number, by: number): number => even(evenness, evened(evenness, y) + by);

/** Candidates together: what they say, and how large their errors usually are. */
export interface Combined {
  center: number;
  usual: number;
}

/** How much more a better candidate weighs: by this power of its smaller error. 2 would be for errors that are independent (Bates and Granger 1969); these are of one kind, so the best nearly speaks alone. */
const WEIGHT_POWER = 8;
/** Before any errors were seen: the level with its course. */
const FIRST = 3;

/** The candidates together, each by how small its errors at a horizon were so far. The error of a mean is at most the mean of errors; how much less, the law of errors learns. */
export function combine(
  into: Combined,
  { store, from }: Part<Float32Array>,
  { errorsFrom }: Horizon,
  candidates: Float64Array,
): void {
  const first = from + errorsFrom;
  const least = leastError(store, first, candidates);
  let weights = 0;
  let sum = 0;
  let errors = 0;
  for (let at = 0; at < COMBINED; at++) {
    const size = store[first + at] ?? Number.NaN;
    const candidate = candidates[at] ?? Number.NaN;
    if (Number.isNaN(size) || Number.isNaN(candidate)) continue;
    const weight = size === least ? 1 : (least / size) ** WEIGHT_POWER;
    weights += weight;
    sum += weight * candidate;
    errors += weight * size;
  }
  into.center = weights === 0 ? (candidates[FIRST] ?? Number.NaN) : sum / weights;
  into.usual = weights === 0 ? Number.NaN : errors / weights;
}

function leastError(store: Float32Array, first: number, candidates: Float64Array): number {
  let least = Number.POSITIVE_INFINITY;
  for (let at = 0; at < COMBINED; at++) {
    const size = store[first + at] ?? Number.NaN;
    if (size < least && !Number.isNaN(candidates[at] ?? Number.NaN)) least = size;
  }
  return least;
}
