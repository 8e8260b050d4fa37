import type { Scale } from './scale.ts';

/** What a young series takes from its kin until it has its own history. Plain numbers: its own snapshot. */
export interface Kin {
  /** By span: what one spread usually is among its peers, for weight 1. */
  readonly spreads: readonly number[];
  /** How many windows of its own the peers' spread counts for. */
  readonly spreadWindows: number;
  /** How many windows of its own the parent's level counts for; 0 where that says nothing, as of counts. */
  readonly levelWindows: number;
}

/** A series that is older than so many windows of its own leans on nobody. */
export const YOUTH_WINDOWS = 240;
/** Windows of its own from which on a young series is judged: its level is its own by then. */
export const JUDGED_WINDOWS = 10;
/** A series so old teaches its peers. */
export const GROWN_WINDOWS = 60;
/** A young series asks for its parent's course when it is judged first, then each time it is so much older. */
export const ASKED_WINDOWS = 30;

/**
 * A spread that is partly the peers': squares weighed by the windows behind them (moderated variances: Smyth 2004, "Linear models and empirical Bayes methods", 3.1).
 * What the peers weigh also fades with age, to nothing at the end of youth. Errors over a span overlap: only each span-th is news.
 */
export function leaningSpread(kin: Kin, own: number, { at, span, windows }: Age): number {
  const peers = kin.spreads[at] ?? 0;
  const lent = kin.spreadWindows * Math.max(0, 1 - windows / YOUTH_WINDOWS);
  const owned = Math.max(0, windows - span + 1) / span;
  return lent + owned === 0 ? peers : Math.sqrt((lent * peers * peers + owned * own * own) / (lent + owned));
}

/** How much wider an error over a span is than noise makes it, because the level before it is known from so few windows (variance 1 / span + 1 / known). */
export const levelDoubt = (kin: Kin, span: number, windows: number): number =>
  Math.sqrt(1 + span / Math.max(1, windows - span + 1 + kin.levelWindows));

/** Which span, by its place and its length, of a series so many windows old. */
export interface Age {
  readonly at: number;
  readonly span: number;
  readonly windows: number;
}

/** What the parent's course is multiplied by: roots of counts rise and fall in proportion to their level, everything else by as much as the parent's. */
export const courseFactor = ({ kind }: Scale, level: number, parentLevel: number): number =>
  kind !== 'count' ? 1 : parentLevel > 0 ? level / parentLevel : 0;
