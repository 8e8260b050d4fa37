import { newOwnPast, type OwnPast } from './ownPast.ts';
import { packed, unpack } from './packed.ts';

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
  /** Of each ring how many values it has, and where the next one goes. */
  readonly rings: readonly (readonly [length: number, next: number])[];
  /** By signal, how many values there were. */
  readonly counts: readonly number[];
  readonly store: string;
  readonly seen: string;
}

const ringsOf = ({ values, recent, day, week }: OwnPast): OwnPast['values'][] => [
  values,
  recent,
  day.recent,
  week.recent,
];

export const keptPast = (own: OwnPast): KeptPast => ({
  count: own.count,
  means: [...own.means],
  errors: [...own.errors],
  spread: own.spread,
  wideSpread: own.wideSpread,
  daySpread: own.day.spread,
  weekSpread: own.week.spread,
  peak: own.peak,
  rings: ringsOf(own).map(({ length, next }) => [length, next]),
  counts: own.past.map(({ count }) => count),
  store: packed(own.store),
  seen: packed(own.seen),
});

export function restoredPast(kept: KeptPast): OwnPast {
  const own = newOwnPast();
  own.count = kept.count;
  kept.means.forEach((mean, at) => (own.means[at] = mean));
  kept.errors.forEach((error, at) => (own.errors[at] = error));
  own.spread = kept.spread;
  own.wideSpread = kept.wideSpread;
  own.day.spread = kept.daySpread;
  own.week.spread = kept.weekSpread;
  own.peak = kept.peak;
  ringsOf(own).forEach((ring, at) => ([ring.length, ring.next] = kept.rings[at] ?? [0, 0]));
  own.past.forEach((past, at) => (past.count = kept.counts[at] ?? 0));
  unpack(kept.store, own.store);
  unpack(kept.seen, own.seen);
  return own;
}
