/** When it is said what a window will come to, after its end: at these ages in windows, of longer ones in minutes, too; and again when it is whole. */
const ASKED_AGES = [0, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 180];
const askedAgesMs = (windowMs: number): readonly number[] => {
  const units = windowMs > 60_000 ? [60_000, windowMs] : [windowMs];
  return [...new Set(units.flatMap((unitMs) => ASKED_AGES.map((age) => age * unitMs)))];
};

interface Asking {
  readonly nowMs: number;
  readonly received: number | undefined;
}

/** When it is to be said what a window will come to: as it grows older, and when all of it is there. */
export class AskedWindows {
  readonly #windowMs: number;
  readonly #agesMs: readonly number[];
  /** By start of a window: how many of its ages were asked for, and what it was said to have when it was whole: late events may come even then. */
  readonly #said = new Map<number, { readonly ages: number; readonly received: number | undefined }>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
    this.#agesMs = askedAgesMs(windowMs);
  }

  get size(): number {
    return this.#said.size;
  }

  /** Whether it is to be said now of the window that starts then, which counts as said; `received`: all of its events, where all of it is there. */
  ask(startMs: number, { nowMs, received }: Asking): boolean {
    const endMs = startMs + this.#windowMs;
    const ages = this.#agesMs.filter((ageMs) => nowMs >= endMs + ageMs).length;
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
