/**
 * How far ahead a series is forecast in order to learn how well that goes, in windows: each horizon four times the one before, up to a day of minutes. Forecasts are made at windows
 * whose number is a multiple of `every`, and wait in so many slots until what they spoke of has come.
 */
export interface Horizon {
  readonly ahead: number;
  readonly every: number;
  readonly slots: number;
  /** Where its numbers begin: the slots, then the sizes of errors, then {@link COUNT} and the slopes. */
  readonly from: number;
  readonly errorsFrom: number;
}

/**
 * The simple forecasts that are weighed against each other. Each is one that a series of some kind cannot be forecast better than by: a random walk by its last value, noise about a
 * level by its mean, what fills up by its drift (M4 competition, Makridakis, Spiliotis and Assimakopoulos 2018: combinations of simple ones were hard to beat).
 */
export const CANDIDATES = [
  'last value',
  'last value and course',
  'level',
  'level and course',
  'slow mean and course',
  'level, course and drift',
  'level and drift',
] as const;

/** Numbers of a slot: the candidates, their combination as it was then, how large an error was usual, and the level without the course. */
export const COMBINED = CANDIDATES.length;
export const USUAL = COMBINED + 1;
export const BASE = USUAL + 1;
const SLOT_SIZE = BASE + 1;
/** After the sizes of the candidates' errors: how often they were learned, and the drift per window, without the daily course and with it. */
export const COUNT = CANDIDATES.length;
export const SLOPE = COUNT + 1;
export const SLOPE_WHOLE = SLOPE + 1;
const ERRORS_SIZE = SLOPE_WHOLE + 1;

const SCHEDULE = [
  [1, 8],
  [4, 8],
  [16, 8],
  [64, 16],
  [320, 80],
  [1_440, 360],
] as const;

let size = 0;
export const HORIZONS: readonly Horizon[] = SCHEDULE.map(([ahead, every]) => {
  const slots = Math.ceil(ahead / every);
  const from = size;
  const errorsFrom = from + slots * SLOT_SIZE;
  size = errorsFrom + ERRORS_SIZE;
  return { ahead, every, slots, from, errorsFrom };
});

/** Numbers that all horizons take. */
export const HORIZONS_SIZE = size;

/** Where the slot begins in which the forecast made at a window waits; `origin` is a multiple of `every`. */
export const slotOf = ({ from, every, slots }: Horizon, origin: number): number =>
  from + ((((origin / every) % slots) + slots) % slots) * SLOT_SIZE;
