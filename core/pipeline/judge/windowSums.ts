import type { ServerSumsStore, SummedStream } from '../../store/serverSums.ts';
import type { Span } from '../../store/span.ts';
import type { OpenWindow } from '../../windows/openWindow.ts';

/** What sums are read of. */
export interface WindowSumsParts extends SummedStream {
  readonly store: Pick<ServerSumsStore, keyof ServerSumsStore>;
}

type Sums = Readonly<Record<string, number>>;

const NONE: Sums = {};

/** Sums by server, which the metrics of one stream's estimates are made of: they stay in the store until a window is looked at. */
export class WindowSums {
  readonly #parts: WindowSumsParts;

  constructor(parts: WindowSumsParts) {
    this.#parts = parts;
  }

  /** Whether there are any to read. */
  get areAsked(): boolean {
    return this.#parts.aggregates.length > 0;
  }

  /** The windows with the sums of their servers as they stand; the events that these are sums over are there, too, though they may have come since. */
  async addTo(windows: readonly OpenWindow[]): Promise<readonly OpenWindow[]> {
    if (!this.areAsked || windows.length === 0) return windows;
    const { store, aggregates } = this.#parts;
    const rows = await store.ofWindows(
      this.#parts,
      windows.map(({ startMs }) => startMs),
    );
    const byWindow = Map.groupBy(rows, ({ startMs }) => startMs);
    return windows.map((window) => {
      const byServer = new Map(byWindow.get(window.startMs)?.map((row) => [row.server, row]));
      return {
        ...window,
        servers: window.servers.map((server) => {
          const row = byServer.get(server.server);
          if (row === undefined) return { ...server, sums: NONE };
          return {
            ...server,
            received: Math.max(server.received, row.events),
            sums: named(aggregates, row.sums),
          };
        }),
      };
    });
  }

  /** Of the whole stream in each window of the span; undefined when there are none to read. */
  async finals(span: Span): Promise<ReadonlyMap<number, Sums> | undefined> {
    if (!this.areAsked) return undefined;
    const totals = await this.#parts.store.totals(this.#parts, span);
    return new Map([...totals].map(([startMs, sums]) => [startMs, named(this.#parts.aggregates, sums)]));
  }
}

const named = (aggregates: readonly string[], sums: readonly number[]): Sums =>
  Object.fromEntries(aggregates.map((name, at) => [name, sums[at] ?? 0]));
