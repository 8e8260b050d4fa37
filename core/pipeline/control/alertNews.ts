import type { Rule } from '../../alerts/rule.ts';
import type { NewsStore, ToldWindow, TouchedWindow } from '../../store/newsStore.ts';
import type { Place } from '../../time/changeCursor.ts';
import { AlertBook, type ChangedAlert, type FoundWindow } from './alertBook.ts';
import type { Alert } from '../../alerts/alert.ts';
import { NewsFeed } from './newsFeed.ts';

/** A window with what was found in it, and how many servers sent something. */
export type HeardWindow = FoundWindow & ToldWindow;

/** What judged windows make of the alerts. */
export class AlertNews {
  readonly #store: NewsStore;
  readonly #feed: NewsFeed<TouchedWindow>;
  readonly book: AlertBook;

  constructor(store: NewsStore, alerts: readonly Alert[], behind: Place) {
    this.#store = store;
    this.book = new AlertBook(alerts);
    this.#feed = new NewsFeed(
      { read: (after, limit) => store.touched(after, limit), version: () => store.version('alerts') },
      behind,
    );
  }

  get cursor(): Place {
    return this.#feed.cursor;
  }

  /** Alerts that fire at the moment. */
  firing(): readonly Alert[] {
    return this.book.firing();
  }

  /** Takes what was judged since: the windows, those behind them that were judged by then, and the alerts that they changed. */
  async next(
    rules: readonly Rule[],
    nowMs: number,
  ): Promise<{ readonly windows: readonly HeardWindow[]; readonly changed: readonly ChangedAlert[] }> {
    const touched = await this.#feed.next(nowMs);
    const judgedByMs = Math.max(...touched.map(({ ms }) => ms));
    const windows: HeardWindow[] = [];
    for (const [stream, ofStream] of Map.groupBy(touched, (window) => window.stream)) {
      const fromMs = this.book.tellFromMs(stream, Math.min(...ofStream.map(({ startMs }) => startMs)));
      // What was sealed since was judged before.
      const known = { judgedByMs, endByMs: Math.max(...ofStream.map(({ endMs }) => endMs)) };
      windows.push(...(await this.#withFindings(stream, await this.#store.windows(stream, fromMs, known))));
    }
    return { windows, changed: this.book.take(rules, windows, nowMs) };
  }

  /** Gives each window the findings that stand for it now. */
  async #withFindings(stream: string, windows: readonly ToldWindow[]): Promise<HeardWindow[]> {
    const [first, last] = [windows[0], windows.at(-1)];
    if (first === undefined || last === undefined) return [];
    const findings = await this.#store.findings(stream, { fromMs: first.startMs, toMs: last.endMs });
    const byWindow = Map.groupBy(findings, ({ startMs }) => startMs);
    return windows.map((window) => ({ ...window, findings: byWindow.get(window.startMs) ?? [] }));
  }
}
