const HOURS = 24;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A day's course: how far each hour lies from the day's mean. Plain numbers, so that it can be a snapshot. */
export interface DailyProfile {
  /** Days learned. */
  days: number;
  /** Of the day that is being gathered, days since the epoch. */
  day: number;
  readonly offsets: number[];
  readonly sums: number[];
  readonly counts: number[];
}

export const emptyProfile = (): DailyProfile => ({
  days: 0,
  day: -1,
  offsets: new Array<number>(HOURS).fill(0),
  sums: new Array<number>(HOURS).fill(0),
  counts: new Array<number>(HOURS).fill(0),
});

/** Distance from the day's mean at an instant, linear between the middles of hours; 0 before a day was learned. */
export function offsetAt({ offsets, days }: DailyProfile, timeMs: number): number {
  if (days === 0) return 0;
  const place = ((timeMs % DAY_MS) / HOUR_MS + HOURS - 0.5) % HOURS;
  const hour = Math.floor(place);
  const share = place - hour;
  return (offsets[hour] ?? 0) * (1 - share) + (offsets[(hour + 1) % HOURS] ?? 0) * share;
}

/** Gathers a value. At the first one of a new day the day before is learned; answers whether that happened. */
export function gather(profile: DailyProfile, timeMs: number, y: number): boolean {
  const day = Math.floor(timeMs / DAY_MS);
  const isNewDay = profile.day !== -1 && day !== profile.day;
  const learned = isNewDay && learnDay(profile);
  if (isNewDay) {
    profile.sums.fill(0);
    profile.counts.fill(0);
  }
  profile.day = day;
  const hour = Math.floor((timeMs % DAY_MS) / HOUR_MS);
  profile.sums[hour] = (profile.sums[hour] ?? 0) + y;
  profile.counts[hour] = (profile.counts[hour] ?? 0) + 1;
  return learned;
}

/** A day counts when at most 2 of its hours are missing. The first days weigh the same, later ones a third. */
function learnDay(profile: DailyProfile): boolean {
  const { sums, counts, offsets } = profile;
  const means = sums.map((sum, hour) => ((counts[hour] ?? 0) === 0 ? undefined : sum / (counts[hour] ?? 1)));
  const there = means.filter((mean) => mean !== undefined);
  if (there.length < HOURS - 2) return false;
  const dayMean = there.reduce((sum, mean) => sum + mean, 0) / there.length;
  profile.days++;
  const weight = Math.max(1 / 3, 1 / profile.days);
  means.forEach((mean, hour) => {
    if (mean !== undefined) offsets[hour] = (offsets[hour] ?? 0) + weight * (mean - dayMean - (offsets[hour] ?? 0));
  });
  return true;
}
