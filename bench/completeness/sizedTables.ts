import type { OutlookTables } from '../../core/pipeline/judge/outlook.ts';
import type { EstimateRow, FinalWindow, Since } from '../../core/store/arrivalStore.ts';
import type { ArrivedTotal } from '../../core/windows/arrivalBook.ts';
import { UnsavedTables } from './unsavedTables.ts';

/** One server in so many stands still for a while: its events come half an hour late, and its packets too. */
const LATE_ONE_IN = 200;
const LATE_MS = 1_800_000;
const REGIONS = 6;

export interface Sizes {
  readonly servers: number;
  readonly windowMs: number;
}

/** What the host would read of a store for a fleet of any size, made up row by row when it is asked, so that nothing of it stays in memory. Servers send all the time; what they had in a window is whole up to two minutes after it. */
export class SizedTables extends UnsavedTables implements OutlookTables {
  readonly #windowMs: number;
  readonly #names: readonly string[];
  nowMs: number;
  estimates = 0;

  constructor({ servers, windowMs }: Sizes, nowMs: number) {
    super();
    this.#windowMs = windowMs;
    this.#names = Array.from({ length: servers }, (_, server) => `ad-server-${String(server).padStart(5, '0')}`);
    this.nowMs = nowMs;
  }

  arrived(_stream: string, since: Since): Promise<ArrivedTotal[]> {
    return Promise.resolve(this.#rows(since));
  }

  announced(_packets: string, _stream: string, since: Since): Promise<ArrivedTotal[]> {
    return Promise.resolve(
      this.#rows(since).map((row) => ({ ...row, events: this.#eventsOf(row.startMs, Number(row.server.slice(-5))) })),
    );
  }

  totals(_stream: string, { fromMs, toMs }: { fromMs: number; toMs: number }): Promise<ArrivedTotal[]> {
    return Promise.resolve(this.#rows({ afterMs: 0, oldestMs: fromMs, beforeMs: toMs }));
  }

  beats(_packets: string, { afterMs }: Since): Promise<{ server: string; arrivedAtMs: number }[]> {
    const isBeating = (server: number): boolean => !this.#isLate(this.#windowOf(this.nowMs), server);
    const arrivedAtMs = Math.floor(this.nowMs / 60_000) * 60_000;
    if (arrivedAtMs <= afterMs) return Promise.resolve([]);
    return Promise.resolve(this.#names.flatMap((server, index) => (isBeating(index) ? [{ server, arrivedAtMs }] : [])));
  }

  regions(): Promise<ReadonlyMap<string, string>> {
    return Promise.resolve(new Map(this.#names.map((name, server) => [name, `r${String(server % REGIONS)}`])));
  }

  firstWindow(_stream: string, fromMs: number): Promise<number> {
    return Promise.resolve(this.#windowOf(fromMs) + this.#windowMs);
  }

  finals(_stream: string, { fromMs, toMs }: { fromMs: number; toMs: number }): Promise<FinalWindow[]> {
    const finals: FinalWindow[] = [];
    for (const [startMs, memos] of this.memos) {
      if (startMs < fromMs || startMs >= toMs) continue;
      const events = this.#rows({ afterMs: 0, oldestMs: startMs, beforeMs: startMs + this.#windowMs });
      finals.push({ startMs, events: events.reduce((sum, row) => sum + row.events, 0), empty: 0, memos });
      this.memos.delete(startMs);
    }
    return Promise.resolve(finals);
  }

  saveEstimates(_stream: string, rows: readonly EstimateRow[]): Promise<void> {
    this.estimates += rows.length;
    this.keepMemos(rows);
    return Promise.resolve();
  }

  #rows({ afterMs, oldestMs, beforeMs = this.nowMs }: Since): ArrivedTotal[] {
    const rows: ArrivedTotal[] = [];
    // What came by the time before which nothing is asked for is not made up: nothing comes later than half an hour.
    const fromMs = Math.max(oldestMs, this.#windowOf(afterMs - LATE_MS) - this.#windowMs);
    for (let startMs = fromMs; startMs < beforeMs; startMs += this.#windowMs) {
      for (const [server, name] of this.#names.entries()) {
        const arrivedAtMs = Math.min(this.#wholeMs(startMs, server), this.nowMs);
        if (arrivedAtMs <= afterMs || (this.#isLate(startMs, server) && arrivedAtMs === this.nowMs)) continue;
        const share = Math.min(1, (this.nowMs - startMs) / (this.#wholeMs(startMs, server) - startMs));
        const events = Math.floor(share * this.#eventsOf(startMs, server));
        rows.push({ server: name, startMs, events, arrivedAtMs });
      }
    }
    return rows;
  }

  #wholeMs(startMs: number, server: number): number {
    const delayMs = 1_000 + (mixed(startMs / this.#windowMs, server) % 119_000);
    return startMs + this.#windowMs + delayMs + (this.#isLate(startMs, server) ? LATE_MS : 0);
  }

  /** In turns of an hour. */
  #isLate(startMs: number, server: number): boolean {
    return mixed(Math.floor(startMs / 3_600_000), server) % LATE_ONE_IN === 0;
  }

  #eventsOf(startMs: number, server: number): number {
    return 200 + (server % 1_000) + (mixed(server, startMs / this.#windowMs) % 50);
  }

  #windowOf(timeMs: number): number {
    return Math.floor(timeMs / this.#windowMs) * this.#windowMs;
  }
}

function mixed(a: number, b: number): number {
  let hash = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 1, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 13), 0x27d4eb2f);
  return (hash ^ (hash >>> 15)) >>> 0;
}
