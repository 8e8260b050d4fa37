import { type ChangeCursor, CURSOR_START, type Place } from '../../time/changeCursor.ts';
import { type ReadPage, takeFresh } from './takeFresh.ts';

/** Judges write with their own clocks, and rows appear a little after their time. */
export const OVERLAP_MS = 30_000;
const PAGE = 2_000;
const TAKEN_MAX = 20_000;

/** What judges write down, each thing once and in order of their clocks. */
export class NewsFeed<News extends Place> {
  readonly #read: ReadPage<News>;
  #cursor: ChangeCursor;

  /** Begins behind a place. */
  constructor(read: ReadPage<News>, behind: Place) {
    this.#read = read;
    this.#cursor = { ...CURSOR_START, ...behind };
  }

  /** Everything up to here was taken. */
  get cursor(): Place {
    return { ms: this.#cursor.ms, key: this.#cursor.key };
  }

  /** The next page of what was not taken. */
  async next(nowMs: number): Promise<readonly News[]> {
    const settling = { settledMs: nowMs - OVERLAP_MS, takenMax: TAKEN_MAX, pageMax: PAGE };
    const { fresh, next } = await takeFresh(this.#cursor, this.#read, settling);
    this.#cursor = next;
    return fresh;
  }
}
