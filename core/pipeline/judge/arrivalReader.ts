import type { ArrivalStore, Since } from '../../store/arrivalStore.ts';
import type { ArrivalBook } from '../../windows/arrivalBook.ts';
import type { ArrivalNews } from '../../windows/openWindow.ts';

/** What arrivals are read for. */
export interface ArrivalReaderParts {
  readonly stream: string;
  readonly windowMs: number;
  /** The stream whose packets announce this one's events, if there is one. */
  readonly packets: string | undefined;
  readonly store: Pick<ArrivalStore, 'arrived' | 'announced' | 'beats' | 'regions'>;
}

/** Rows appear a little after the time they carry. */
const OVERLAP_MS = 60_000;
/** So many windows are read at once when the books are filled: all of a large fleet's together take gigabytes. */
const FILLED_AT_ONCE = 10;
const REGIONS_EVERY_MS = 600_000;
/** By what servers sent in this time it is said where they are. */
const REGIONS_OF_MS = 2 * 86_400_000;

/** Reads what arrived of one stream into its books. */
export class ArrivalReader {
  readonly #parts: ArrivalReaderParts;
  readonly #book: ArrivalBook;
  #regions: ReadonlyMap<string, string> = new Map();
  #regionsAtMs = Number.NEGATIVE_INFINITY;
  #isFilled = false;

  constructor(parts: ArrivalReaderParts, book: ArrivalBook) {
    this.#parts = parts;
    this.#book = book;
  }

  regionOf(server: string): string {
    return this.#regions.get(server) ?? '';
  }

  /** What is new since `heardMs` (-Infinity: nothing was heard yet), of windows that end after `liveSinceMs`. The books begin anew with each process: they are filled before anything is news. */
  async news({
    heardMs,
    liveSinceMs,
    nowMs,
  }: {
    readonly heardMs: number;
    readonly liveSinceMs: number;
    readonly nowMs: number;
  }): Promise<ArrivalNews> {
    const { store, packets, windowMs } = this.#parts;
    await this.#lookForRegions(nowMs);
    const oldestMs = this.#book.oldestMs(nowMs);
    const isFilling = !this.#isFilled;
    const isNews = ({ startMs, arrivedAtMs }: ArrivalNews['whole'][number]): boolean =>
      startMs + windowMs > liveSinceMs && (!isFilling || !(arrivedAtMs <= heardMs));
    const whole: ArrivalNews['whole'][number][] = [];
    const pieces = isFilling ? this.#allPieces(oldestMs, nowMs) : [{ afterMs: heardMs - OVERLAP_MS, oldestMs }];
    for (const since of pieces) whole.push(...(await this.#take(since)).filter(isNews));
    this.#isFilled = true;
    const beatsAfterMs = Math.max(0, Number.isFinite(heardMs) ? heardMs - OVERLAP_MS : nowMs);
    const beats = packets === undefined ? [] : await store.beats(packets, { afterMs: beatsAfterMs, oldestMs });
    this.#book.forget(nowMs);
    return {
      whole: whole.sort((a, b) => a.arrivedAtMs - b.arrivedAtMs || a.startMs - b.startMs),
      ...{ beats, nowMs },
    };
  }

  async #lookForRegions(nowMs: number): Promise<void> {
    const { store, packets } = this.#parts;
    if (packets === undefined || nowMs - this.#regionsAtMs < REGIONS_EVERY_MS) return;
    this.#regions = await store.regions(packets, { fromMs: nowMs - REGIONS_OF_MS, toMs: nowMs });
    this.#regionsAtMs = nowMs;
  }

  async #take(since: Since): Promise<ArrivalNews['whole']> {
    const { store, stream, packets } = this.#parts;
    const [totals, announced] = await Promise.all([
      store.arrived(stream, since),
      packets === undefined ? [] : store.announced(packets, stream, since),
    ]);
    return this.#book.take(totals, announced, (server) => this.regionOf(server));
  }

  /** All windows of the books, the newest first: what is later tells whether a window is whole. */
  #allPieces(oldestMs: number, nowMs: number): readonly Since[] {
    const pieceMs = FILLED_AT_ONCE * this.#parts.windowMs;
    const count = Math.ceil((nowMs - oldestMs) / pieceMs);
    const pieces = Array.from({ length: count }, (_, at): Since => {
      const fromMs = oldestMs + at * pieceMs;
      const isNewest = at === count - 1;
      return { afterMs: 0, oldestMs: fromMs, ...(isNewest ? {} : { beforeMs: fromMs + pieceMs }) };
    });
    return pieces.reverse();
  }
}
