import type { OutlookTables } from '../../core/pipeline/judge/outlook.ts';
import type { EstimateRow, FinalWindow, Since } from '../../core/store/arrivalStore.ts';
import type { ArrivedTotal } from '../../core/windows/arrivalBook.ts';
import { ArrivalOrder } from './arrivalOrder.ts';
import type { SimulatedFleet } from './simulatedFleet.ts';
import { UnsavedTables } from './unsavedTables.ts';

const MINUTE_MS = 60_000;

/** What the host reads of a store, made of a simulated fleet: only what has arrived by the minute to which it was brought. Time begins with 1970. */
export class FleetTables extends UnsavedTables implements OutlookTables {
  readonly #fleet: SimulatedFleet;
  readonly #windowMinutes: number;
  readonly #counts: boolean;
  readonly #order: ArrivalOrder;
  readonly #windows: number;
  /** By server and window: events that arrived by now, and when the newest of them came. */
  readonly #events: Float64Array;
  readonly #arrivedMs: Float64Array;
  readonly #observed: Float64Array;
  /** Cells that were touched of late, by the minute. */
  readonly #touched = new Map<number, ReadonlySet<number>>();
  readonly estimates: EstimateRow[] = [];
  #minute = 0;

  /** `counts`: packets tell how many events there were, not only that their server lives. */
  constructor(fleet: SimulatedFleet, { windowMinutes, counts }: { windowMinutes: number; counts: boolean }) {
    super();
    this.#fleet = fleet;
    this.#windowMinutes = windowMinutes;
    this.#counts = counts;
    this.#order = new ArrivalOrder(fleet);
    this.#windows = Math.floor(fleet.minutes / windowMinutes);
    this.#events = new Float64Array(fleet.names.length * this.#windows);
    this.#arrivedMs = new Float64Array(fleet.names.length * this.#windows);
    this.#observed = new Float64Array(this.#windows);
  }

  /** Everything that arrived until that minute is there; minutes are brought one after the other. */
  bring(minute: number): void {
    this.#minute = minute;
    const { minutes, counts, arrivedMinute } = this.#fleet;
    const touched = new Set<number>();
    for (const cell of this.#order.until(minute)) {
      const window = Math.floor((cell % minutes) / this.#windowMinutes);
      if (window >= this.#windows) continue;
      const at = Math.floor(cell / minutes) * this.#windows + window;
      this.#events[at] = (this.#events[at] ?? 0) + (counts[cell] ?? 0);
      this.#arrivedMs[at] = (arrivedMinute[cell] ?? 0) * MINUTE_MS;
      this.#observed[window] = (this.#observed[window] ?? 0) + (counts[cell] ?? 0);
      touched.add(at);
    }
    this.#touched.set(minute, touched);
    this.#touched.delete(minute - 3);
  }

  /** Events of the whole fleet that arrived of a window by now. */
  observed(startMs: number): number {
    return this.#observed[this.#windowAt(startMs)] ?? 0;
  }

  arrived(_stream: string, { afterMs, oldestMs, beforeMs = Infinity }: Since): Promise<ArrivedTotal[]> {
    const isLate = afterMs >= (this.#minute - 2) * MINUTE_MS;
    const cells = isLate ? new Set([...this.#touched.values()].flatMap((set) => [...set])) : this.#events.keys();
    const isIn = (cell: number): boolean =>
      (this.#arrivedMs[cell] ?? 0) > afterMs && isBetween(this.#startMs(cell % this.#windows), oldestMs, beforeMs);
    return Promise.resolve([...cells].filter(isIn).map((cell) => this.#totalOf(cell)));
  }

  totals(_stream: string, { fromMs, toMs }: { fromMs: number; toMs: number }): Promise<ArrivedTotal[]> {
    const [from, to] = [this.#windowAt(fromMs), this.#windowAt(toMs)];
    const windows = Array.from({ length: to - from }, (_, at) => from + at);
    return Promise.resolve(
      windows.flatMap((window) =>
        this.#fleet.names
          .map((_, server) => this.#totalOf(server * this.#windows + window))
          .filter(({ events }) => events > 0),
      ),
    );
  }

  /** Packets come at the end of their minute, or never. */
  announced(
    _packets: string,
    _stream: string,
    { afterMs, oldestMs, beforeMs = Infinity }: Since,
  ): Promise<ArrivedTotal[]> {
    if (!this.#counts) return Promise.resolve([]);
    const { names, minutes, mute, announced } = this.#fleet;
    const fromMs = Math.max(afterMs + 1, oldestMs + MINUTE_MS);
    const windows = [this.#windowAt(fromMs - MINUTE_MS), this.#windowAt((this.#minute - 1) * MINUTE_MS)] as const;
    const told: ArrivedTotal[] = [];
    for (let window = Math.max(0, windows[0]); window <= windows[1]; window++) {
      const first = window * this.#windowMinutes;
      for (const [index, server] of names.entries()) {
        let [events, arrived] = [0, 0];
        for (let minute = first; minute < Math.min(this.#minute, first + this.#windowMinutes); minute++) {
          if (mute[index * minutes + minute] !== 0) continue;
          events += announced[index * minutes + minute] ?? 0;
          arrived = minute + 1;
        }
        if (arrived > 0 && isBetween(this.#startMs(window), oldestMs, beforeMs))
          told.push({ server, startMs: this.#startMs(window), events, arrivedAtMs: arrived * MINUTE_MS });
      }
    }
    return Promise.resolve(told);
  }

  beats(_packets: string, { afterMs }: Since): Promise<{ server: string; arrivedAtMs: number }[]> {
    const { names, minutes, mute } = this.#fleet;
    const beats: { server: string; arrivedAtMs: number }[] = [];
    for (let minute = Math.max(1, Math.floor(afterMs / MINUTE_MS) + 1); minute <= this.#minute; minute++)
      for (const [index, server] of names.entries())
        if (mute[index * minutes + minute - 1] === 0) beats.push({ server, arrivedAtMs: minute * MINUTE_MS });
    return Promise.resolve(beats);
  }

  regions(): Promise<ReadonlyMap<string, string>> {
    const { names, regionNames } = this.#fleet;
    return Promise.resolve(new Map(names.map((name, server) => [name, regionNames[server] ?? ''])));
  }

  firstWindow(): Promise<number> {
    return Promise.resolve(0);
  }

  finals(_stream: string, { fromMs, toMs }: { fromMs: number; toMs: number }): Promise<FinalWindow[]> {
    const finals: FinalWindow[] = [];
    for (const [startMs, memos] of this.memos) {
      if (startMs < fromMs || startMs >= toMs) continue;
      const window = this.#windowAt(startMs);
      const empty = this.#fleet.names.filter((_, server) => this.#events[server * this.#windows + window] === 0).length;
      finals.push({ startMs, events: this.observed(startMs), empty, memos });
      this.memos.delete(startMs);
    }
    return Promise.resolve(finals.sort((a, b) => a.startMs - b.startMs));
  }

  saveEstimates(_stream: string, rows: readonly EstimateRow[]): Promise<void> {
    this.estimates.push(...rows);
    this.keepMemos(rows);
    return Promise.resolve();
  }

  #totalOf(cell: number): ArrivedTotal {
    return {
      server: this.#fleet.names[Math.floor(cell / this.#windows)] ?? '',
      startMs: this.#startMs(cell % this.#windows),
      events: this.#events[cell] ?? 0,
      arrivedAtMs: this.#arrivedMs[cell] ?? 0,
    };
  }

  #startMs(window: number): number {
    return window * this.#windowMinutes * MINUTE_MS;
  }

  #windowAt(startMs: number): number {
    return Math.floor(startMs / (this.#windowMinutes * MINUTE_MS));
  }
}

const isBetween = (value: number, from: number, before: number): boolean => value >= from && value < before;
