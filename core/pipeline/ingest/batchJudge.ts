import type { EventBatch } from '../../events/batch.ts';
import type { Finding } from '../../findings/finding.ts';
import { windowAt, windowStartOf } from '../../time/window.ts';
import type { GuardedCheck } from '../judge/guardedCheck.ts';

/** Shows each batch that was just read to the checks that judge batches. */
export class BatchJudge {
  /** By stream: its window size and the checks that have a `process`. */
  readonly #streams: ReadonlyMap<string, { readonly windowMs: number; readonly checks: readonly GuardedCheck[] }>;

  constructor(streams: ReadonlyMap<string, { readonly windowMs: number; readonly checks: readonly GuardedCheck[] }>) {
    this.#streams = streams;
  }

  /** Findings about the batch; they belong to the window of its first event, or of its first problem whose time could be read. */
  process(stream: string, batch: EventBatch): readonly Finding[] {
    const judging = this.#streams.get(stream);
    if (judging === undefined || judging.checks.length === 0) return [];
    const timeMs =
      batch.length > 0 ? batch.timesMs[0] : batch.problems.find((problem) => problem.timeMs !== undefined)?.timeMs;
    if (timeMs === undefined) return [];
    const window = windowAt(windowStartOf(timeMs, judging.windowMs), judging.windowMs);
    return judging.checks.flatMap((check) => check.process(batch, window));
  }
}
