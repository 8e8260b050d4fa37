import { type ChangeCursor, CURSOR_START, type Place } from '../../time/changeCursor.ts';
import { type ReadPage, takeFresh } from './takeFresh.ts';

/** Judges write with their own clocks, and rows appear a little after their time. */
export const OVERLAP_MS = 30_000;
const PAGE = 2_000;
const TAKEN_MAX = 20_000;

/** What nothing was found in is read again after this time also when it seems to be what it was. */
const QUIET_MS = 10_000;

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
  /** The version in which nothing new was found, and until when that is believed. */
  #quiet: { readonly version: string; readonly untilMs: number } | undefined;

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
    if (version === this.#quiet?.version && nowMs < this.#quiet.untilMs) return [];
    const settling = { settledMs: nowMs - OVERLAP_MS, takenMax: TAKEN_MAX, pageMax: PAGE };
    const { fresh, next } = await takeFresh(this.#cursor, this.#source.read, settling);
    this.#cursor = next;
    this.#quiet = fresh.length > 0 ? undefined : { version, untilMs: nowMs + QUIET_MS };
    return fresh;
  }
}
