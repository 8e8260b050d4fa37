import type { ReadyContract } from '../../config/streamConfig.ts';
import type { Estimator, Json } from '../../plugin.ts';
import type { ArrivalStore, EstimateRow } from '../../store/arrivalStore.ts';
import { ArrivalBook } from '../../windows/arrivalBook.ts';
import type { RosterTerms } from '../../windows/roster.ts';
import type { OpenWindow } from '../../windows/openWindow.ts';
import { ArrivalReader } from './arrivalReader.ts';
import { AskedWindows } from './askedWindows.ts';
import { estimateRow } from './estimateRow.ts';
import type { WindowSums } from './windowSums.ts';

/** What the outlook of one stream is made of. */
export interface OutlookParts {
  readonly stream: string;
  readonly windowMs: number;
  readonly latenessMs: number;
  readonly roster: RosterTerms;
  /** The stream whose packets announce this one's events, if there is one. */
  readonly packets: string | undefined;
  readonly ready: ReadyContract | undefined;
  readonly estimator: Estimator;
  readonly store: OutlookTables;
  /** What its metrics are made of. */
  readonly sums: WindowSums;
  /** Everything that was there at this time is stored, epoch ms. */
  readonly heardMs: () => number;
  /** The estimator threw: it is asked nothing more. */
  readonly onBroken: (error: unknown) => void;
}

/** What it asks of a store and tells it. */
export type OutlookTables = Pick<ArrivalStore, keyof ArrivalStore>;

/** How often it is looked, at most: twelve times a window, within reason. */
const lookEveryMs = (windowMs: number): number => Math.min(5_000, Math.max(1_000, windowMs / 12));
/** So long after a window's end it is learned from, and so long at most until its final value is taken to be known. */
const SETTLED_MS = 3_600_000;
const FINAL_MS_MAX = 86_400_000;
/** How far back it is learned from what was there before, when nothing is known. */
const FIRST_LOOK_BACK_MS = 2 * 86_400_000;
/** Servers' windows that are learned from in one look, or whose sums are read at once. */
const CELLS_PER_LOOK = 50_000;
const STATE_EVERY_MS = 600_000;
/** After a pause of this length what came in between says nothing of how late servers are. */
const PAUSE_MS = 300_000;

interface State {
  readonly estimator: Json;
  readonly servers: ReturnType<ArrivalBook['snapshot']>;
  readonly liveSinceMs: number;
  readonly settledMs: number;
  readonly finalMs: number;
}

/**
 * What the open windows of one stream will come to. On each look it reads what arrived, tells the estimator, and writes down what that says:
 *
 *     ---- final ----|---- settled ----|---- open: estimated at some ages ----|  now
 *        calibrates        levels, shares         whole or silent servers
 *
 * Only what came while somebody looked says how late servers are: what was there at the start, or after a pause, was there before.
 */
export class Outlook {
  readonly #parts: OutlookParts;
  readonly #book: ArrivalBook;
  readonly #reader: ArrivalReader;
  /** Everything that arrived until then was heard; and as the state in the store has it. */
  #heardMs = Number.NEGATIVE_INFINITY;
  #savedMs = Number.NEGATIVE_INFINITY;
  #liveSinceMs = Number.POSITIVE_INFINITY;
  #settledMs: number | undefined;
  #isBroken = false;
  #finalMs = Number.POSITIVE_INFINITY;
  readonly #asked = new AskedWindows();

  constructor(parts: OutlookParts) {
    this.#parts = parts;
    this.#book = new ArrivalBook(parts);
    this.#reader = new ArrivalReader(parts, this.#book);
  }

  /** Hears what arrived, and says what open windows will come to. */
  async look(): Promise<void> {
    const nowMs = this.#parts.heardMs();
    if (this.#isBroken || !(nowMs - this.#heardMs >= lookEveryMs(this.#parts.windowMs))) return;
    if (!Number.isFinite(this.#liveSinceMs)) await this.#resume(nowMs);
    await this.#hear(nowMs);
    await this.#settle(nowMs);
    await this.#seal(nowMs);
    await this.#estimate(nowMs);
    if (nowMs - this.#savedMs >= STATE_EVERY_MS) await this.save();
  }

  /** Keeps what it knows. */
  async save(): Promise<void> {
    if (!Number.isFinite(this.#heardMs)) return;
    const estimator = this.#ask((asked) => asked.snapshot());
    if (estimator === undefined) return;
    const state: State = {
      estimator,
      servers: this.#book.snapshot(),
      liveSinceMs: this.#liveSinceMs,
      settledMs: this.#settledMs ?? 0,
      finalMs: this.#finalMs,
    };
    await this.#parts.store.saveState(this.#parts.stream, this.#heardMs, JSON.stringify(state));
    this.#savedMs = this.#heardMs;
  }

  /** Goes on where the store says. */
  async #resume(nowMs: number): Promise<void> {
    const stored = await this.#parts.store.state(this.#parts.stream);
    if (stored === undefined) {
      this.#liveSinceMs = nowMs;
      this.#finalMs = nowMs;
      return;
    }
    const state = JSON.parse(stored.state) as State;
    this.#ask((estimator) => {
      estimator.restore(state.estimator);
    });
    this.#book.restore(state.servers);
    this.#heardMs = this.#savedMs = stored.heardMs;
    this.#liveSinceMs = nowMs - stored.heardMs > PAUSE_MS ? nowMs : state.liveSinceMs;
    this.#settledMs = state.settledMs;
    this.#finalMs = state.finalMs;
  }

  async #hear(nowMs: number): Promise<void> {
    const news = await this.#reader.news({ heardMs: this.#heardMs, liveSinceMs: this.#liveSinceMs, nowMs });
    this.#ask((estimator) => {
      estimator.hear(news);
      estimator.keepOnly(this.#book.servers());
    });
    this.#heardMs = nowMs;
  }

  /** Levels and shares are learned from windows an hour old, once each in order of time. */
  async #settle(nowMs: number): Promise<void> {
    const { store, stream, windowMs } = this.#parts;
    this.#settledMs ??= (await store.firstWindow(stream, nowMs - FIRST_LOOK_BACK_MS)) ?? undefined;
    if (this.#settledMs === undefined) return;
    const atOnce = this.#windowsAtOnce() * windowMs;
    const untilMs = Math.floor((nowMs - SETTLED_MS) / windowMs) * windowMs;
    const span = { fromMs: this.#settledMs, toMs: Math.min(untilMs, this.#settledMs + atOnce) };
    if (span.toMs <= span.fromMs) return;
    const byWindow = Map.groupBy(await store.totals(stream, span), ({ startMs }) => startMs);
    const settled = [...byWindow].map(([startMs, totals]): OpenWindow => {
      const there = totals.filter(({ events }) => events > 0);
      const rest = { announced: undefined, whole: true };
      const servers = there.map(({ server, events }) => {
        return { server, region: this.#reader.regionOf(server), received: events, ...rest };
      });
      servers.sort((a, b) => (a.server < b.server ? -1 : 1));
      return { startMs, endMs: startMs + windowMs, nowMs, servers };
    });
    for (const window of await this.#parts.sums.addTo(settled))
      this.#ask((estimator) => {
        estimator.settle(window);
      });
    this.#settledMs = span.toMs;
  }

  /** What became of windows tells how good their estimates were. */
  async #seal(nowMs: number): Promise<void> {
    const { store, stream, sums, windowMs, latenessMs } = this.#parts;
    const knownMs = this.#windowOf(nowMs - Math.min(latenessMs, FINAL_MS_MAX)) - windowMs;
    const untilMs = Math.min(knownMs, this.#finalMs + (sums.areAsked ? this.#windowsAtOnce() * windowMs : Infinity));
    if (untilMs <= this.#finalMs) return;
    const span = { fromMs: this.#finalMs, toMs: untilMs };
    const [finals, bySum] = await Promise.all([store.finals(stream, span), sums.finals(span)]);
    for (const final of finals)
      this.#ask((estimator) => {
        estimator.seal({ ...final, sums: bySum?.get(final.startMs) ?? {} });
      });
    this.#finalMs = untilMs;
  }

  async #estimate(nowMs: number): Promise<void> {
    const { store, stream, sums, windowMs, latenessMs } = this.#parts;
    const fromMs = Math.max(this.#book.oldestMs(nowMs), this.#windowOf(this.#liveSinceMs), nowMs - latenessMs);
    const asked: number[] = [];
    for (let startMs = this.#windowOf(fromMs); startMs + windowMs <= nowMs; startMs += windowMs) {
      const received = this.#book.wholeEvents(startMs);
      if (this.#asked.ask(startMs, { windowMs, nowMs, received })) asked.push(startMs);
    }
    this.#asked.forget(this.#book.oldestMs(nowMs));
    const atOnce = this.#windowsAtOnce();
    for (let at = 0; at < asked.length; at += atOnce) {
      const open = asked.slice(at, at + atOnce).map((startMs) => this.#book.open(startMs, nowMs));
      const windows = await sums.addTo(open.filter(({ servers }) => servers.length > 0));
      const rows = windows.flatMap((window) => this.#estimated(window));
      if (rows.length > 0) await store.saveEstimates(stream, rows);
    }
  }

  #estimated(open: OpenWindow): EstimateRow[] {
    const estimate = this.#ask((estimator) => estimator.estimate(open));
    return estimate === undefined ? [] : [estimateRow(open, estimate, this.#parts.ready)];
  }

  /** So many windows of all servers that are in the books are read in one go. */
  #windowsAtOnce(): number {
    return Math.max(1, Math.floor(CELLS_PER_LOOK / Math.max(1, this.#book.servers().size)));
  }

  /** Asks the estimator, unless it threw once. */
  #ask<Answer>(question: (estimator: Estimator) => Answer): Answer | undefined {
    if (this.#isBroken) return undefined;
    try {
      return question(this.#parts.estimator);
    } catch (error) {
      this.#isBroken = true;
      this.#parts.onBroken(error);
      return undefined;
    }
  }

  #windowOf(timeMs: number): number {
    return Math.floor(timeMs / this.#parts.windowMs) * this.#parts.windowMs;
  }
}
