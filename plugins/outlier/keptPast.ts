import { keptCourse, type KeptCourse, restoreCourse } from './course.ts';
import { newOwnPast, type OwnPast, SIGNALS } from './ownPast.ts';
import { largestOf, noPast, restorePast } from './pastExtremes.ts';
import { refillRing, ringValues } from './ring.ts';

interface KeptExtremes {
  readonly count: number;
  readonly largest: readonly number[];
}

/** What one series did, as it stands in a snapshot: plain JSON. */
export interface KeptPast {
  readonly count: number;
  readonly means: readonly number[];
  readonly errors: readonly number[];
  readonly spread: number;
  readonly wideSpread: number;
  readonly day: KeptCourse;
  readonly week: KeptCourse;
  readonly values: readonly number[];
  readonly recent: readonly number[];
  /** By signal. */
  readonly past: Readonly<Record<string, KeptExtremes | undefined>>;
  readonly peak: number;
}

export function keptPast(own: OwnPast): KeptPast {
  const { count, means, errors, spread, wideSpread, day, week, values, recent, past, peak } = own;
  return {
    count,
    means: [...means],
    errors: [...errors],
    spread,
    wideSpread,
    day: keptCourse(day),
    week: keptCourse(week),
    values: ringValues(values),
    recent: ringValues(recent),
    past: Object.fromEntries(
      SIGNALS.map((name, at) => {
        const of = past[at] ?? noPast();
        return [name, { count: of.count, largest: largestOf(of) }];
      }),
    ),
    peak,
  };
}

export function restoredPast(kept: KeptPast): OwnPast {
  const own = newOwnPast();
  own.count = kept.count;
  kept.means.forEach((mean, at) => (own.means[at] = mean));
  kept.errors.forEach((error, at) => (own.errors[at] = error));
  own.spread = kept.spread;
  own.wideSpread = kept.wideSpread;
  restoreCourse(own.day, kept.day);
  restoreCourse(own.week, kept.week);
  refillRing(own.values, kept.values);
  refillRing(own.recent, kept.recent);
  own.past.forEach((past, at) => {
    const of = kept.past[SIGNALS[at] ?? ''];
    if (of !== undefined) restorePast(past, of.count, of.largest);
  });
  own.peak = kept.peak;
  return own;
}
