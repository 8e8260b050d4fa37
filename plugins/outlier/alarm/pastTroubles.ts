/** Windows in which a metric was an outlier, close to one another and on the same side of what was expected. */
export interface Trouble {
  /** Start of its rarest window (of several as rare the newest), epoch ms, and -log10 of that rarity. */
  readonly timeMs: number;
  readonly size: number;
  /** -1 where it was low, 1 where it was high. */
  readonly side: number;
  /** Its newest window, counted in windows of the metric. */
  readonly window: number;
}

/** Troubles of one metric, so that a finding can say when it was last as rare. Plain numbers: its own snapshot. */
export interface PastTroubles {
  /** The newest last. Of one side each is less rare than the one before it: what a newer one outdid is never asked for again. */
  readonly earlier: readonly Trouble[];
  /** The one that lasts, or was the last. */
  readonly newest: Trouble;
}

/** Outliers are of one trouble when at most so many windows lie between them. */
export const SAME_WINDOWS = 15;
/** Earlier troubles that are kept at most. */
const KEPT = 16;

/** Puts down an outlier: a trouble of one window. */
export function troubled(past: PastTroubles | undefined, now: Trouble): PastTroubles {
  if (past === undefined) return { earlier: [], newest: now };
  const { earlier, newest } = past;
  if (newest.side !== now.side || now.window - newest.window > SAME_WINDOWS)
    return { earlier: kept(earlier, newest), newest: now };
  return { earlier, newest: now.size >= newest.size ? now : { ...newest, window: now.window } };
}

function kept(earlier: readonly Trouble[], next: Trouble): Trouble[] {
  const rarer = earlier.filter(({ side, size }) => side !== next.side || size > next.size);
  // The rarest of all stays in any case: without it a finding might say that there was never one like it.
  return [...rarer.slice(0, 1), ...rarer.slice(1).slice(2 - KEPT), next];
}

/** When the last trouble before this one was as rare as `size`, on the same side, epoch ms; nothing when there was none. */
export const lastAsRareMs = ({ earlier, newest }: PastTroubles, size: number): number | undefined =>
  earlier.findLast((trouble) => trouble.side === newest.side && trouble.size >= size)?.timeMs;
