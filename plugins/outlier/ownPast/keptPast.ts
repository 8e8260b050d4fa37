import { spreadFrom } from './course.ts';
import {
  ARRAYS,
  COUNTS,
  DAY,
  ERRORS,
  MEANS,
  type OwnPast,
  PAST_SIZE,
  RECENT,
  SEEN_SIZE,
  SHARES,
  SIGNALS,
  VALUES,
  WEEK,
} from './ownPast.ts';
import { packed, unpack } from '../kept/packed.ts';

/** What one series did, as it stands in a snapshot: plain JSON. Its arrays are packed: as digits they would cost more than judging does. */
export interface KeptPast {
  readonly count: number;
  readonly means: readonly number[];
  readonly errors: readonly number[];
  readonly spread: number;
  readonly wideSpread: number;
  readonly daySpread: number;
  readonly weekSpread: number;
  readonly peak: number;
  /** Of each ring how many values it has, and where the next one goes: for older versions, since the count says so. */
  readonly rings: readonly (readonly [length: number, next: number])[];
  /** By signal, how many values there were. */
  readonly counts: readonly number[];
  readonly store: string;
  readonly seen: string;
}

const RINGS = [VALUES, RECENT, DAY.recent, WEEK.recent];

/** What is packed: the courses, the rings, the extremes; and how often the slots of courses were seen. */
const arraysOf = ({ store, from }: OwnPast): Float64Array => store.subarray(from + ARRAYS, from + PAST_SIZE);
const seenOf = ({ seen }: OwnPast): Uint8Array => seen.store.subarray(seen.from, seen.from + SEEN_SIZE);

export function keptPast(own: OwnPast): KeptPast {
  const part = (from: number, length: number): number[] => Array.from({ length }, (_, at) => own.at(from + at));
  const appended = Math.max(0, own.count - 1);
  return {
    count: own.count,
    means: part(MEANS, SHARES.length),
    errors: part(ERRORS, SHARES.length + 1),
    spread: own.spread,
    wideSpread: own.wideSpread,
    daySpread: spreadFrom(own, DAY),
    weekSpread: spreadFrom(own, WEEK),
    peak: own.peak,
    rings: RINGS.map(({ size }) => [Math.min(size, appended), appended % size]),
    counts: part(COUNTS, SIGNALS.length),
    store: packed(arraysOf(own)),
    seen: packed(seenOf(own)),
  };
}

/** Puts an own past that knows nothing yet back to what was kept. */
export function restoredPast(kept: KeptPast, own: OwnPast): OwnPast {
  const put = (from: number, numbers: readonly number[]): void =>
    numbers.forEach((number, at) => own.put(from + at, number));
  own.count = kept.count;
  put(MEANS, kept.means);
  put(ERRORS, kept.errors);
  own.spread = kept.spread;
  own.wideSpread = kept.wideSpread;
  own.put(DAY.spread, kept.daySpread);
  own.put(WEEK.spread, kept.weekSpread);
  own.peak = kept.peak;
  put(COUNTS, kept.counts);
  unpack(kept.store, arraysOf(own));
  unpack(kept.seen, seenOf(own));
  return own;
}
