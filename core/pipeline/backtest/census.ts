import type { Finding } from '../../findings/finding.ts';
import type { ClosedWindow } from '../../windows/closedWindow.ts';
import type { JudgingCheck } from '../judge/streamJudge.ts';

/** Counts what the checks are shown. A check itself that finds nothing. */
export class Census implements JudgingCheck {
  readonly plugin = 'census';
  /** All that was shown. */
  windows = 0;
  seriesWindows = 0;
  readonly #fromMs: number;
  readonly #series = new Set<string>();

  /** Series are counted from `fromMs` on: those before it were only learned from. */
  constructor(fromMs: number) {
    this.#fromMs = fromMs;
  }

  get series(): number {
    return this.#series.size;
  }

  window({ startMs, series }: ClosedWindow): readonly Finding[] {
    this.windows++;
    this.seriesWindows += series.length;
    if (startMs >= this.#fromMs) for (const one of series) this.#series.add(one.series);
    return [];
  }

  snapshot(): [] {
    return [];
  }

  restore(): void {
    // It is never put back.
  }
}
