import type { JudgeTables } from '../../store/judgeStore.ts';

/** What is kept of a judged window: how often it was judged anew, and the digest of what it was made of. */
export interface JudgedWindow {
  readonly revision: number;
  readonly digest: bigint;
}

/**
 * The windows of one stream that were judged and may still change, and how far judging has come:
 *
 *     ====sealed====|------may still change------|  not judged yet -->  event time
 *                sealedMs                    frontierMs
 */
export class JudgedWindows {
  readonly #latenessMs: number;
  #windows = new Map<number, JudgedWindow>();
  #frontierMs = Number.NEGATIVE_INFINITY;

  constructor(latenessMs: number) {
    this.#latenessMs = latenessMs;
  }

  /** Start of the first window that was never judged; -Infinity before the first one. */
  get frontierMs(): number {
    return this.#frontierMs;
  }

  /** Windows that end by then are sealed: what was said of them stands, whatever still comes for them. */
  get sealedMs(): number {
    return this.#frontierMs - this.#latenessMs;
  }

  /** Goes on from the store. */
  async load(store: JudgeTables, stream: string): Promise<void> {
    this.#frontierMs = (await store.judgedUntil(stream)) ?? Number.NEGATIVE_INFINITY;
    if (Number.isFinite(this.#frontierMs)) this.#windows = await store.judged(stream, this.sealedMs);
  }

  /** How much time from `fromMs` on was judged and may still change, ms. */
  openMsFrom(fromMs: number): number {
    return Number.isFinite(this.#frontierMs) ? Math.max(0, this.#frontierMs - Math.max(fromMs, this.sealedMs)) : 0;
  }

  /** What is known of a window; undefined when it was not judged, or is sealed. */
  of(startMs: number): JudgedWindow | undefined {
    return this.#windows.get(startMs);
  }

  set(startMs: number, window: JudgedWindow): void {
    this.#windows.set(startMs, window);
  }

  /** Everything before `toMs` was judged; forgets what is sealed by that. */
  reach(toMs: number): void {
    if (toMs <= this.#frontierMs) return;
    this.#frontierMs = toMs;
    for (const startMs of this.#windows.keys()) {
      if (startMs >= this.sealedMs) return;
      this.#windows.delete(startMs);
    }
  }
}
