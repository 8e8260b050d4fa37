import type { AggregationPlan } from './plan.ts';
import { SeriesIndex } from './seriesIndex.ts';

/** What all partitions of one stream share when their windows grow. */
export interface StreamWindows {
  readonly plan: AggregationPlan;
  /** One per cut of the plan. */
  readonly indexes: readonly SeriesIndex[];
  /** Most windows that one partition holds in memory. */
  readonly openWindowsMax: number;
  /** How far behind the newest event of its partition a window may start and still be kept in memory. */
  readonly keepMs: number;
  /** Offsets per epoch: at each multiple of it, windows far behind the partition's newest event are put out of memory. */
  readonly epochOffsets: number;
  /** Windows that left memory because of the limit; a number that should stay 0. */
  windowsDropped: number;
}

/** The shared part of a stream's windows. */
export function streamWindowsOf(
  plan: AggregationPlan,
  limits: { readonly seriesMax: number; readonly openWindowsMax: number },
  offsetsAre: 'bytes' | 'records' = 'bytes',
): StreamWindows {
  return {
    plan,
    indexes: plan.cuts.map((cut) => new SeriesIndex(cut.dimensions, limits.seriesMax)),
    openWindowsMax: limits.openWindowsMax,
    keepMs: 3_600_000 + 2 * plan.windowMs,
    epochOffsets: offsetsAre === 'bytes' ? 2 ** 26 : 2 ** 17,
    windowsDropped: 0,
  };
}
