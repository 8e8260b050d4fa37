import type { ArrivalNews, OpenServer, OpenWindow } from './openWindow.ts';
import { declaredAt, type RosterTerms } from './roster.ts';

/** What a server has sent of one window by now: all of it, not what is new. */
export interface ArrivedTotal {
  readonly server: string;
  readonly startMs: number;
  readonly events: number;
  /** When the newest of it came, epoch ms. */
  readonly arrivedAtMs: number;
}

interface KnownServer {
  region: string;
  readonly firstMs: number;
  /** Start of the newest window with events. */
  newestMs: number;
}

interface Cell {
  received: number;
  announced: number | undefined;
  /** When the newest of it came, events or packet, epoch ms. */
  arrivedAtMs: number;
  whole: boolean;
}

/**
 * The books of one stream's open windows: what arrived of which server, and who is expected. Holds at most `openMax` windows, the newest.
 *
 *     newest window with events of a server     -> earlier ones with events are whole: it is past them
 *     all is there that its packet announced    -> whole, also without any
 */
export class ArrivalBook {
  readonly #windowMs: number;
  readonly #openMax: number;
  readonly #roster: RosterTerms;
  readonly #servers = new Map<string, KnownServer>();
  readonly #windows = new Map<number, Map<string, Cell>>();

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
    const touched = new Set<string>();
    for (const total of totals) {
      if (total.events === 0) continue;
      this.#see(total, regionOf(total.server));
      this.#touched(total).received = total.events;
      touched.add(total.server);
    }
    for (const told of announced) {
      this.#touched(told).announced = told.events;
      touched.add(told.server);
    }
    const whole = [...touched].flatMap((server) => this.#newlyWhole(server));
    return whole.sort((a, b) => a.arrivedAtMs - b.arrivedAtMs || a.startMs - b.startMs);
  }

  /** Forgets windows that are no longer in the books, and servers that are no longer expected. */
  forget(nowMs: number): void {
    const oldestMs = this.oldestMs(nowMs);
    for (const startMs of this.#windows.keys()) if (startMs < oldestMs) this.#windows.delete(startMs);
    for (const [server, { newestMs }] of this.#servers)
      if (newestMs < oldestMs - this.#roster.seenForMs) this.#servers.delete(server);
  }

  /** Servers that are expected in some window of the books. */
  servers(): ReadonlySet<string> {
    return new Set(this.#servers.keys());
  }

  /** A window as it is known. */
  open(startMs: number, nowMs: number): OpenWindow {
    const cells = this.#windows.get(startMs);
    const servers: OpenServer[] = [];
    const sent = [...(cells ?? [])].flatMap(([server, { received }]) => (received > 0 ? [server] : []));
    for (const server of new Set([...this.#expected(startMs), ...sent])) {
      const { received = 0, announced, whole = false } = cells?.get(server) ?? {};
      servers.push({ server, region: this.#servers.get(server)?.region ?? '', received, announced, whole });
    }
    servers.sort((a, b) => (a.server < b.server ? -1 : 1));
    return { startMs, endMs: startMs + this.#windowMs, nowMs, servers };
  }

  /** Who is expected, as plain JSON; and back. */
  snapshot(): readonly (readonly [server: string, region: string, firstMs: number, newestMs: number])[] {
    return [...this.#servers].map(([server, { region, firstMs, newestMs }]) => [server, region, firstMs, newestMs]);
  }

  restore(servers: ReturnType<ArrivalBook['snapshot']>): void {
    for (const [server, region, firstMs, newestMs] of servers) this.#servers.set(server, { region, firstMs, newestMs });
  }

  /** Who is declared; or who was seen before the window or in it, not too long ago. */
  #expected(startMs: number): readonly string[] {
    const declared = declaredAt(this.#roster, startMs);
    if (declared !== undefined) return declared;
    const isSeen = ({ firstMs, newestMs }: KnownServer): boolean =>
      firstMs <= startMs && newestMs >= startMs - this.#roster.seenForMs;
    return [...this.#servers].filter(([, known]) => isSeen(known)).map(([server]) => server);
  }

  #see({ server, startMs }: ArrivedTotal, region: string): void {
    const known = this.#servers.get(server);
    if (known === undefined) {
      this.#servers.set(server, { region, firstMs: startMs, newestMs: startMs });
      return;
    }
    known.region = region;
    known.newestMs = Math.max(known.newestMs, startMs);
  }

  #touched({ server, startMs, arrivedAtMs }: ArrivedTotal): Cell {
    let cells = this.#windows.get(startMs);
    if (cells === undefined) this.#windows.set(startMs, (cells = new Map<string, Cell>()));
    let cell = cells.get(server);
    if (cell === undefined)
      cells.set(server, (cell = { received: 0, announced: undefined, arrivedAtMs, whole: false }));
    cell.arrivedAtMs = Math.max(cell.arrivedAtMs, arrivedAtMs);
    return cell;
  }

  #newlyWhole(server: string): ArrivalNews['whole'][number][] {
    const region = this.#servers.get(server)?.region;
    if (region === undefined) return [];
    const cells = [...this.#windows].flatMap(([startMs, window]) => {
      const cell = window.get(server);
      return cell === undefined ? [] : [{ startMs, cell }];
    });
    const whole: ArrivalNews['whole'][number][] = [];
    /** When the first of all that is later came. */
    let passedAtMs = Number.POSITIVE_INFINITY;
    for (const { startMs, cell } of cells.sort((a, b) => b.startMs - a.startMs)) {
      const { received, announced, arrivedAtMs } = cell;
      const wholeAtMs = announced === undefined ? Math.max(arrivedAtMs, passedAtMs) : arrivedAtMs;
      if (announced === undefined ? received > 0 && Number.isFinite(passedAtMs) : received >= announced) {
        if (!cell.whole) whole.push({ server, region, startMs, arrivedAtMs: wholeAtMs });
        cell.whole = true;
      }
      if (received > 0) passedAtMs = Math.min(passedAtMs, arrivedAtMs);
    }
    return whole;
  }
}
