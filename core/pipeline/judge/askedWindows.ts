/** Ages of a window at which it is said what it will come to, in windows, of longer ones in minutes, too; and again when it is whole. */
const ASKED_AGES = [0, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 180];
const askedAgesMs = (windowMs: number): readonly number[] => {
  const unitsMs = windowMs > 60_000 ? [60_000, windowMs] : [windowMs];
  return [...new Set(unitsMs.flatMap((unitMs) => ASKED_AGES.map((age) => age * unitMs)))];
};

interface Asking {
  readonly windowMs: number;
  readonly nowMs: number;
  readonly received: number | undefined;
}

/** When it is to be said what a window will come to: as it grows older, and when all of it is there. */
export class AskedWindows {
  /** By start of a window: how many of its ages were asked for, and what it was said to have when it was whole: late events may come even then. */
  readonly #said = new Map<number, { readonly ages: number; readonly received: number | undefined }>();

  /** Whether it is to be said now of the window that starts then, which counts as said; `received`: all of its events, where all of it is there. */
  ask(startMs: number, { windowMs, nowMs, received }: Asking): boolean {
    const ages = askedAgesMs(windowMs).filter((ageMs) => nowMs >= startMs + windowMs + ageMs).length;
    const said = this.#said.get(startMs);
    const isAsked = received === undefined ? ages > (said?.ages ?? 0) : received !== said?.received;
    if (isAsked) this.#said.set(startMs, { ages, received });
    return isAsked;
  }

  /** Forgets windows that begin before a time. */
  forget(oldestMs: number): void {
    for (const startMs of this.#said.keys()) if (startMs < oldestMs) this.#said.delete(startMs);
  }
}
