import { type ChangeCursor, CURSOR_START, type Place } from '../../time/changeCursor.ts';
import { Quiet } from './quiet.ts';
import { type ReadPage, takeFresh } from './takeFresh.ts';

/** Judges write with their own clocks, and rows appear a little after their time. */
export const OVERLAP_MS = 30_000;
const PAGE = 2_000;
const TAKEN_MAX = 20_000;

/** Where news come from. */
export interface NewsSource<News extends Place> {
  readonly read: ReadPage<News>;
  /** Something else whenever there may be more to read: asked on every beat, when reading would cost much more. */
  readonly version: () => Promise<string>;
}

/** What judges write down, each thing once and in order of their clocks. */
export class NewsFeed<News extends Place> {
  readonly #source: NewsSource<News>;
  #cursor: ChangeCursor;
  readonly #quiet = new Quiet();

  /** Begins behind a place. */
  constructor(source: NewsSource<News>, behind: Place) {
    this.#source = source;
    this.#cursor = { ...CURSOR_START, ...behind };
  }

  /** Everything up to here was taken. */
  get cursor(): Place {
    return { ms: this.#cursor.ms, key: this.#cursor.key };
  }

  /** The next page of what was not taken. */
  async next(nowMs: number): Promise<readonly News[]> {
    const version = await this.#source.version();
    if (this.#quiet.holds(version, nowMs)) return [];
    const settling = { settledMs: nowMs - OVERLAP_MS, takenMax: TAKEN_MAX, pageMax: PAGE };
    const { fresh, next } = await takeFresh(this.#cursor, this.#source.read, settling);
    this.#cursor = next;
    this.#quiet.note(version, fresh.length, nowMs);
    return fresh;
  }
}
