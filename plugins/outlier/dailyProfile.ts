const HOURS = 24;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Where each part begins: offsets, and of the day that is being gathered sums and counts. */
const SUMS = HOURS;
const COUNTS = 2 * HOURS;
/** Numbers that a profile takes of an array that it shares. */
export const PROFILE_SIZE = 3 * HOURS;

/** A day's course: how far each hour lies from the day's mean. */
export interface DailyProfile {
  /** Days learned. */
  days: number;
  /** Of the day that is being gathered, days since the epoch. */
  day: number;
  /** By hour: offsets, then sums, then counts, from `from` on. */
  readonly store: Float64Array;
  readonly from: number;
}

/** A day's course as it stands in a snapshot. */
export interface KeptProfile {
  readonly days: number;
  readonly day: number;
  readonly offsets: readonly number[];
  readonly sums: readonly number[];
  readonly counts: readonly number[];
}

export const emptyProfile = (store: Float64Array, from: number): DailyProfile => ({ days: 0, day: -1, store, from });

/** Hours since midnight, with their parts; before 1970 too. */
const hourAt = (timeMs: number): number => (timeMs - Math.floor(timeMs / DAY_MS) * DAY_MS) / HOUR_MS;

/** Distance from the day's mean at an instant, linear between the middles of hours; 0 before a day was learned. */
export function offsetAt({ store, from, days }: DailyProfile, timeMs: number): number {
  if (days === 0) return 0;
  const place = (hourAt(timeMs) + HOURS - 0.5) % HOURS;
  const hour = Math.floor(place);
  const share = place - hour;
  return (store[from + hour] ?? 0) * (1 - share) + (store[from + ((hour + 1) % HOURS)] ?? 0) * share;
}

/** Gathers a value. At the first one of a new day the day before is learned; answers whether that happened. */
export function gather(profile: DailyProfile, timeMs: number, y: number): boolean {
  const { store, from } = profile;
  const day = Math.floor(timeMs / DAY_MS);
  const isNewDay = profile.day !== -1 && day !== profile.day;
  const learned = isNewDay && learnDay(profile);
  if (isNewDay) store.fill(0, from + SUMS, from + PROFILE_SIZE);
  profile.day = day;
  const hour = from + Math.floor(hourAt(timeMs));
  store[hour + SUMS] = (store[hour + SUMS] ?? 0) + y;
  store[hour + COUNTS] = (store[hour + COUNTS] ?? 0) + 1;
  return learned;
}

/** Takes the course of another series, times a factor, as the one day that was learned; what is being gathered stays. */
export function adoptProfile(profile: DailyProfile, other: DailyProfile, factor: number): void {
  profile.days = 1;
  for (let hour = 0; hour < HOURS; hour++)
    profile.store[profile.from + hour] = factor * (other.store[other.from + hour] ?? 0);
}

/** A day counts when at most 2 of its hours are missing. The first days weigh the same, later ones a third. */
function learnDay(profile: DailyProfile): boolean {
  const { offsets, sums, counts } = keptProfile(profile);
  const means = sums.map((sum, hour) => ((counts[hour] ?? 0) === 0 ? undefined : sum / (counts[hour] ?? 1)));
  const there = means.filter((mean) => mean !== undefined);
  if (there.length < HOURS - 2) return false;
  const dayMean = there.reduce((sum, mean) => sum + mean, 0) / there.length;
  profile.days++;
  const weight = Math.max(1 / 3, 1 / profile.days);
  means.forEach((mean, hour) => {
    const offset = offsets[hour] ?? 0;
    if (mean !== undefined) profile.store[profile.from + hour] = offset + weight * (mean - dayMean - offset);
  });
  return true;
}

export function keptProfile({ days, day, store, from }: DailyProfile): KeptProfile {
  const part = (at: number): number[] => Array.from(store.subarray(from + at, from + at + HOURS));
  return { days, day, offsets: part(0), sums: part(SUMS), counts: part(COUNTS) };
}

/** Puts an empty profile back to what was kept. */
export function restoreProfile(profile: DailyProfile, { days, day, offsets, sums, counts }: KeptProfile): void {
  profile.days = days;
  profile.day = day;
  profile.store.set([...offsets, ...sums, ...counts].slice(0, PROFILE_SIZE), profile.from);
}
