import { type Moment, NO_KIND } from './calendar.ts';
import {
  COMMON,
  courseOf,
  type DayKinds,
  GATHERED,
  keptKinds,
  learnKind,
  noKinds,
  ordinaryLevel,
  restoredKinds,
} from './kindOfDay.ts';

const HOURS = 24;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Where each part begins: offsets, and of the day that is being gathered sums and counts. */
const SUMS = HOURS;
const COUNTS = 2 * HOURS;
/** Numbers that a profile takes of an array that it shares. */
export const PROFILE_SIZE = 3 * HOURS;

/** A day's course: how far each hour lies from the day's mean. With a calendar, kinds of days that differ have courses of their own. */
export interface DailyProfile {
  /** Days learned. */
  days: number;
  /** Of the day that is being gathered, days since the epoch. */
  day: number;
  /** By hour: offsets, then sums, then counts, from `from` on. */
  readonly store: Float64Array;
  readonly from: number;
  /** Nothing without a calendar. */
  kinds: DayKinds | undefined;
}

/** A day's course as it stands in a snapshot. */
export interface KeptProfile {
  readonly days: number;
  readonly day: number;
  readonly offsets: readonly number[];
  readonly sums: readonly number[];
  readonly counts: readonly number[];
  /** Only with a calendar; packed. Older versions know nothing of it. */
  readonly kinds?: string;
}

export const emptyProfile = (store: Float64Array, from: number): DailyProfile => ({
  days: 0,
  day: -1,
  store,
  from,
  kinds: undefined,
});

/** Hours since midnight, with their parts; before 1970 too. */
const hourAt = (timeMs: number): number => (timeMs - Math.floor(timeMs / DAY_MS) * DAY_MS) / HOUR_MS;

/** Distance from the level at an instant, linear between the middles of hours; 0 before a day was learned. */
export function offsetAt({ store, from, days, kinds }: DailyProfile, { localMs, kind }: Moment): number {
  const own = kinds === undefined ? COMMON : courseOf(kinds, kind);
  if (kinds !== undefined && own !== COMMON) return within(kinds, own, localMs);
  if (days === 0) return 0;

  const place = (hourAt(localMs) + HOURS - 0.5) % HOURS;
  const hour = Math.floor(place);
  const share = place - hour;
  return (store[from + hour] ?? 0) * (1 - share) + (store[from + ((hour + 1) % HOURS)] ?? 0) * share;
}

/** The same of one kind of day: the days before and after may be of others, so that beyond the middles of its first hour and its last it goes on as it does next to them. */
function within(course: readonly number[], from: number, localMs: number): number {
  const place = hourAt(localMs) - 0.5;
  const hour = Math.max(0, Math.min(HOURS - 2, Math.floor(place)));
  const share = place - hour;
  return (course[from + hour] ?? 0) * (1 - share) + (course[from + hour + 1] ?? 0) * share;
}

/** What changes when a day was learned: by how much less than before its course says of the time of day that it is, and the level to go on from where that is known. */
export interface Learned {
  readonly by: number;
  readonly level: number | undefined;
}

/** At the first value of a new day the day before is learned; answers what changed then. */
export function beginDay(profile: DailyProfile, when: Moment): Learned | undefined {
  if (profile.kinds === undefined && when.kind !== NO_KIND) profile.kinds = firstKinds(profile, when);
  const day = Math.floor(when.localMs / DAY_MS);
  if (day === profile.day) return undefined;
  const learned = profile.day === -1 ? undefined : endDay(profile, when);
  profile.day = day;
  if (profile.kinds !== undefined) profile.kinds[GATHERED] = when.kind;
  return learned;
}

/** With its first calendar, what is known by the hours of UTC is moved to those of its zone; of the day that is being gathered nothing is. */
function firstKinds({ store, from }: DailyProfile, { timeMs, localMs }: Moment): DayKinds {
  const later = Math.round((localMs - timeMs) / HOUR_MS) + HOURS;
  const offsets = store.slice(from, from + HOURS);
  offsets.forEach((offset, hour) => (store[from + ((hour + later) % HOURS)] = offset));
  store.fill(0, from + SUMS, from + PROFILE_SIZE);
  return noKinds();
}

/** Gathers a value of the day that was begun. */
export function gather({ store, from }: DailyProfile, { localMs }: Moment, y: number): void {
  const hour = from + Math.floor(hourAt(localMs));
  store[hour + SUMS] = (store[hour + SUMS] ?? 0) + y;
  store[hour + COUNTS] = (store[hour + COUNTS] ?? 0) + 1;
}

function endDay(profile: DailyProfile, when: Moment): Learned {
  if (when.kind === NO_KIND) profile.kinds = undefined;
  const then = { ...when, kind: profile.kinds?.[GATHERED] ?? NO_KIND };
  const wasCommon = isCommon(profile, then);
  const before = offsetAt(profile, then);
  learnDay(profile);
  profile.store.fill(0, profile.from + SUMS, profile.from + PROFILE_SIZE);
  // A kind's own course tells how far it is from the level of ordinary days, so that is what to go on from; what the level was taken for meanwhile may be far off.
  const level = wasCommon && !isCommon(profile, then) ? ordinaryLevel(profile.kinds) : undefined;
  return { by: before - offsetAt(profile, then), level };
}

const isCommon = ({ kinds }: DailyProfile, { kind }: Moment): boolean =>
  kinds === undefined || courseOf(kinds, kind) === COMMON;

/** Takes the course of another series, times a factor, as the one day that was learned; what is being gathered stays. */
export function adoptProfile(profile: DailyProfile, other: DailyProfile, factor: number): void {
  profile.days = 1;
  for (let hour = 0; hour < HOURS; hour++)
    profile.store[profile.from + hour] = factor * (other.store[other.from + hour] ?? 0);
}

/** A day counts when at most 2 of its hours are missing. The first days weigh the same, later ones a third. */
function learnDay(profile: DailyProfile): void {
  const { offsets, sums, counts } = keptProfile(profile);
  const means = sums.map((sum, hour) => ((counts[hour] ?? 0) === 0 ? undefined : sum / (counts[hour] ?? 1)));
  const there = means.filter((mean) => mean !== undefined);
  if (there.length < HOURS - 2) return;
  if (profile.kinds !== undefined) {
    const taught = learnKind(profile.kinds, { day: profile.day, means, common: offsets });
    profile.kinds = taught.kinds;
    if (!taught.isCommon) return;
  }
  const dayMean = there.reduce((sum, mean) => sum + mean, 0) / there.length;
  profile.days++;
  const weight = Math.max(1 / 3, 1 / profile.days);
  means.forEach((mean, hour) => {
    const offset = offsets[hour] ?? 0;
    if (mean !== undefined) profile.store[profile.from + hour] = offset + weight * (mean - dayMean - offset);
  });
}

export function keptProfile({ days, day, store, from, kinds }: DailyProfile): KeptProfile {
  const part = (at: number): number[] => Array.from(store.subarray(from + at, from + at + HOURS));
  const kept = { days, day, offsets: part(0), sums: part(SUMS), counts: part(COUNTS) };
  return kinds === undefined ? kept : { ...kept, kinds: keptKinds(kinds) };
}

/** Puts an empty profile back to what was kept. */
export function restoreProfile(profile: DailyProfile, { days, day, offsets, sums, counts, kinds }: KeptProfile): void {
  profile.days = days;
  profile.day = day;
  profile.store.set([...offsets, ...sums, ...counts].slice(0, PROFILE_SIZE), profile.from);
  profile.kinds = kinds === undefined ? undefined : restoredKinds(kinds);
}
