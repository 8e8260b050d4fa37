import type { ClosedWindow } from './closedWindow.ts';
import type { MergedWindow } from './mergeWindow.ts';
import type { AggregationPlan } from './plan.ts';
import { cutText } from './series.ts';

/** How long a silent series or server is still shown and expected. */
export const REMEMBERED_MS = 86_400_000;

/**
 * What judging remembers of the windows before, beside the checks: which series and servers there were.
 * Like a check's memory it is a function of the windows judged so far.
 */
export class JudgeMemory {
  /** By cut, by series: start of the last window with events, epoch ms. */
  readonly #series = new Map<string, Map<string, number>>();
  readonly #servers = new Map<string, number>();

  /** Series seen in the day before `startMs`, by cut. */
  knownSeries(startMs: number): ReadonlyMap<string, Iterable<string>> {
    return new Map([...this.#series].map(([cut, series]) => [cut, recent(series, startMs)]));
  }

  /** Servers seen in the day before `startMs`. */
  roster(startMs: number): readonly string[] {
    return recent(this.#servers, startMs);
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
    for (const { server, received } of servers) if (received > 0) this.#servers.set(server, startMs);
  }

  /** Forgets what is older than a day; bounds the memory. */
  forgetBefore(startMs: number): void {
    for (const seen of [...this.#series.values(), this.#servers])
      for (const [key, lastMs] of seen) if (lastMs < startMs - REMEMBERED_MS) seen.delete(key);
  }

  /** As plain text, for a snapshot. */
  serialize(): string {
    return JSON.stringify({
      series: [...this.#series].map(([cut, series]) => [cut, [...series]]),
      servers: [...this.#servers],
    });
  }

  /** Takes the place of everything remembered. */
  restore(text: string | undefined): void {
    this.#series.clear();
    this.#servers.clear();
    if (text === undefined) return;
    const { series, servers } = JSON.parse(text) as {
      series: [string, [string, number][]][];
      servers: [string, number][];
    };
    for (const [cut, seen] of series) this.#series.set(cut, new Map(seen));
    for (const [server, startMs] of servers) this.#servers.set(server, startMs);
  }
}

const recent = (seen: ReadonlyMap<string, number>, startMs: number): string[] =>
  [...seen].filter(([, lastMs]) => lastMs >= startMs - REMEMBERED_MS).map(([key]) => key);
