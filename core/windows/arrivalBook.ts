import { KnownServers } from './knownServers.ts';
import type { ArrivalNews, OpenServer, OpenWindow } from './openWindow.ts';
import { declaredAt, type RosterTerms } from './roster.ts';
import { ArrivalColumns } from './arrivalColumns.ts';

/** A server that goes on is past a window so long after its end, at most. */
const PASSED_MS_MAX = 60_000;

/** What a server has sent of one window by now: all of it, not what is new. */
export interface ArrivedTotal {
  readonly server: string;
  readonly startMs: number;
  readonly events: number;
  /** When the newest of it came, epoch ms. */
  readonly arrivedAtMs: number;
}

/**
 * The books of one stream's open windows: what arrived of which server, and who is expected. Holds at most `openMax` windows, the newest, and those that events of the near future are of:
 * 25 bytes per server and window, about 150 per server.
 *
 *     newest window with events of a server     -> earlier ones with events are whole: it is past them
 *     all is there that its packet announced    -> whole, also without any
 */
export class ArrivalBook {
  readonly #windowMs: number;
  readonly #openMax: number;
  readonly #roster: RosterTerms;
  readonly #servers = new KnownServers();
  readonly #windows = new Map<number, ArrivalColumns>();

  constructor({
    windowMs,
    roster,
    openMax = 200,
  }: {
    readonly windowMs: number;
    readonly roster: RosterTerms;
    readonly openMax?: number;
  }) {
    this.#windowMs = windowMs;
    this.#openMax = openMax;
    this.#roster = roster;
  }

  /** Windows that begin before it are no longer in the books at that time, epoch ms. */
  oldestMs(nowMs: number): number {
    return (Math.floor(nowMs / this.#windowMs) - this.#openMax) * this.#windowMs;
  }

  /** Takes what arrived: totals of servers, and what packets announced. Answers which windows of which servers have become whole by it. */
  take(
    totals: readonly ArrivedTotal[],
    announced: readonly ArrivedTotal[],
    regionOf: (server: string) => string,
  ): ArrivalNews['whole'] {
    const touched = new Set<number>();
    for (const total of totals) {
      if (total.events === 0) continue;
      const { server, startMs, events } = total;
      const number = this.#servers.numberOf(server);
      this.#servers.see(number, regionOf(server), { firstMs: startMs, newestMs: startMs });
      this.#touched(number, total).received[number] = events;
      touched.add(number);
    }
    for (const told of announced) {
      const number = this.#servers.numberOf(told.server);
      this.#touched(number, told).announced[number] = told.events;
      touched.add(number);
    }
    const whole = this.#newlyWhole([...touched].filter((number) => this.#servers.seen(number) !== undefined));
    return whole.sort((a, b) => a.arrivedAtMs - b.arrivedAtMs || a.startMs - b.startMs);
  }

  /** Forgets windows that are no longer in the books, and servers that are no longer expected. */
  forget(nowMs: number): void {
    const oldestMs = this.oldestMs(nowMs);
    for (const startMs of this.#windows.keys()) if (startMs < oldestMs) this.#windows.delete(startMs);
    const windows = [...this.#windows.values()];
    this.#servers.forget(oldestMs - this.#roster.seenForMs, (number) =>
      windows.some((cells) => cells.isTouched(number)),
    );
  }

  /** Servers that are expected in some window of the books. */
  servers(): ReadonlySet<string> {
    return new Set(this.#servers.inOrder().map((number) => this.#servers.seen(number)?.name ?? ''));
  }

  /** A window as it is known. */
  open(startMs: number, nowMs: number): OpenWindow {
    const cells = this.#windows.get(startMs);
    const servers: OpenServer[] = [];
    for (const number of this.#listed(startMs)) {
      const announced = cells?.announced[number] ?? NaN;
      servers.push({
        server: this.#servers.nameOf(number),
        region: this.#servers.seen(number)?.region ?? '',
        received: cells?.received[number] ?? 0,
        announced: Number.isNaN(announced) ? undefined : announced,
        whole: cells?.whole[number] === 1,
      });
    }
    if (declaredAt(this.#roster, startMs) !== undefined) servers.sort((a, b) => (a.server < b.server ? -1 : 1));
    return { startMs, endMs: startMs + this.#windowMs, nowMs, servers };
  }

  /** Events received of a window when nothing of it is missing; undefined while something is. */
  wholeEvents(startMs: number): number | undefined {
    const cells = this.#windows.get(startMs);
    let events = 0;
    for (const number of this.#listed(startMs)) {
      if (cells?.whole[number] !== 1) return undefined;
      events += cells.received[number] ?? 0;
    }
    return events;
  }

  /** Who is expected, as plain JSON; and back. */
  snapshot(): readonly (readonly [server: string, region: string, firstMs: number, newestMs: number])[] {
    return this.#servers.inOrder().flatMap((number) => {
      const seen = this.#servers.seen(number);
      return seen === undefined ? [] : [[seen.name, seen.region, seen.firstMs, seen.newestMs] as const];
    });
  }

  restore(servers: ReturnType<ArrivalBook['snapshot']>): void {
    for (const [server, region, firstMs, newestMs] of servers)
      this.#servers.see(this.#servers.numberOf(server), region, { firstMs, newestMs });
  }

  /** Who is declared; or who was seen before the window or in it, not too long ago, by name; and others that sent something. */
  *#listed(startMs: number): Generator<number> {
    const received = this.#windows.get(startMs)?.received;
    const hasSent = (number: number): boolean => (received?.[number] ?? 0) > 0;
    const declared = declaredAt(this.#roster, startMs);
    if (declared === undefined) {
      for (const number of this.#servers.inOrder()) {
        const { firstMs, newestMs } = this.#servers.seen(number) ?? NEVER;
        if (hasSent(number) || (firstMs <= startMs && newestMs >= startMs - this.#roster.seenForMs)) yield number;
      }
      return;
    }
    yield* new Set([
      ...declared.map((name) => this.#servers.numberOf(name)),
      ...this.#servers.inOrder().filter(hasSent),
    ]);
  }

  #touched(number: number, { startMs, arrivedAtMs }: ArrivedTotal): ArrivalColumns {
    let cells = this.#windows.get(startMs);
    if (cells === undefined) this.#windows.set(startMs, (cells = new ArrivalColumns(this.#servers.size)));
    // A fleet that grows server by server would else be copied as often.
    cells.touch(number, arrivedAtMs, Math.ceil(1.25 * this.#servers.size));
    return cells;
  }

  /**
   * When a window is taken to have been whole by what came later. One in which a server died is passed only when the server is back, hours later: what came of it came long before, so that
   * those hours are no backlog that arrives at last.
   */
  #passedAtMs(startMs: number, arrivedAtMs: number, passedAtMs: number): number {
    const soonMs = Math.max(arrivedAtMs, startMs + this.#windowMs) + PASSED_MS_MAX;
    return Math.min(soonMs, Math.max(arrivedAtMs, passedAtMs));
  }

  #newlyWhole(touched: readonly number[]): ArrivalNews['whole'][number][] {
    const whole: ArrivalNews['whole'][number][] = [];
    /** Of each of them, when the first of all that is later came. */
    const passedAtMs = new Float64Array(touched.length).fill(Number.POSITIVE_INFINITY);
    for (const [startMs, cells] of [...this.#windows].sort(([a], [b]) => b - a)) {
      for (let at = 0; at < touched.length; at++) {
        const number = touched[at] ?? 0;
        const arrivedAtMs = cells.arrivedAtMs[number] ?? NaN;
        if (Number.isNaN(arrivedAtMs)) continue;
        const [received, announced] = [cells.received[number] ?? 0, cells.announced[number] ?? NaN];
        const passed = passedAtMs[at] ?? Number.POSITIVE_INFINITY;
        const isSilent = Number.isNaN(announced);
        if (cells.whole[number] === 0 && (isSilent ? received > 0 && passed < Infinity : received >= announced)) {
          const { name, region } = this.#servers.seen(number) ?? { name: '', region: '' };
          whole.push({
            ...{ server: name, region, startMs },
            arrivedAtMs: isSilent ? this.#passedAtMs(startMs, arrivedAtMs, passed) : arrivedAtMs,
          });
          cells.whole[number] = 1;
        }
        if (received > 0) passedAtMs[at] = Math.min(passed, arrivedAtMs);
      }
    }
    return whole;
  }
}

const NEVER = { firstMs: Number.POSITIVE_INFINITY, newestMs: Number.NEGATIVE_INFINITY };
