import type { ClosedWindow } from './closedWindow.ts';
import type { MergedWindow } from './mergeWindow.ts';
import type { AggregationPlan } from './plan.ts';
import { type KeptRoster, type Roster, RosterBook, type RosterTerms } from './roster.ts';
import { cutText } from './series.ts';

/** How long a silent series is still shown. */
const REMEMBERED_MS = 86_400_000;

/**
 * What judging remembers of the windows before, beside the checks: which series and servers there were.
 * Like a check's memory it is a function of the windows judged so far.
 */
export class JudgeMemory {
  /** By cut, by series: start of the last window with events, epoch ms. */
  readonly #series = new Map<string, Map<string, number>>();
  readonly #roster: RosterBook;

  constructor(terms: RosterTerms) {
    this.#roster = new RosterBook(terms);
  }

  /** Series seen in the day before `startMs`, by cut. */
  knownSeries(startMs: number): ReadonlyMap<string, Iterable<string>> {
    return new Map([...this.#series].map(([cut, series]) => [cut, recent(series, startMs)]));
  }

  /** Who is expected in a window; to be asked in order of time. */
  roster(startMs: number): Roster {
    return this.#roster.of(startMs);
  }

  /** Whether nobody is expected in a window. */
  expectsNobody(startMs: number): boolean {
    return this.#roster.isEmpty(startMs);
  }

  /** Notes the series and the servers that a window has. */
  see({ cuts: planned }: AggregationPlan, { startMs, servers }: ClosedWindow, { cuts }: MergedWindow): void {
    for (const { role, dimensions } of planned) {
      if (role !== 'judged') continue;
      const cut = cutText(dimensions);
      let seen = this.#series.get(cut);
      if (seen === undefined) this.#series.set(cut, (seen = new Map<string, number>()));
      for (const series of cuts.get(cut)?.keys() ?? []) seen.set(series, startMs);
    }
    for (const { server, received } of servers) if (received > 0) this.#roster.see(server, startMs);
  }

  /** Forgets what was not there for long; bounds the memory. */
  forgetBefore(startMs: number): void {
    for (const seen of this.#series.values())
      for (const [key, lastMs] of seen) if (lastMs < startMs - REMEMBERED_MS) seen.delete(key);
    this.#roster.forgetBefore(startMs);
  }

  /** As plain text, for a snapshot. */
  serialize(): string {
    return JSON.stringify({
      series: [...this.#series].map(([cut, series]) => [cut, [...series]]),
      ...this.#roster.snapshot(),
    });
  }

  /** Takes the place of everything remembered. */
  restore(text: string | undefined): void {
    this.#series.clear();
    this.#roster.restore({ servers: [] });
    if (text === undefined) return;
    const { series, ...roster } = JSON.parse(text) as {
      series: [string, [string, number][]][];
    } & KeptRoster;
    for (const [cut, seen] of series) this.#series.set(cut, new Map(seen));
    this.#roster.restore(roster);
  }
}

const recent = (seen: ReadonlyMap<string, number>, startMs: number): string[] =>
  [...seen].filter(([, lastMs]) => lastMs >= startMs - REMEMBERED_MS).map(([key]) => key);
