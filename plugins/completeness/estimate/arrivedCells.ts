import type { KnownServer, KnownWindow } from './knownWindow.ts';

interface ServerCells {
  readonly region: string;
  readonly counts: number[];
  readonly whole: boolean[];
}

/** Some events of one server in one minute; `isWhole` with those that end the minute. */
export interface ArrivedEvents {
  readonly server: string;
  readonly minute: number;
  readonly count: number;
  readonly isWhole: boolean;
}

/** The (server, minute) cells of one window, filled in whatever order and pieces events arrive. */
export class ArrivedCells {
  readonly #startMinute: number;
  readonly #minutes: number;
  readonly #servers: Map<string, ServerCells>;

  /** `roster`: servers that are expected, with their regions. */
  constructor(startMinute: number, minutes: number, roster: Iterable<readonly [server: string, region: string]>) {
    this.#startMinute = startMinute;
    this.#minutes = minutes;
    this.#servers = new Map([...roster].map(([server, region]) => [server, emptyCells(region, minutes)]));
  }

  /** Takes events of the window; of other windows and servers outside the roster (whose region is not known) nothing. */
  add({ server, minute, count, isWhole }: ArrivedEvents): void {
    const cells = this.#servers.get(server);
    const at = minute - this.#startMinute;
    if (cells === undefined || at < 0 || at >= this.#minutes) return;
    cells.counts[at] = (cells.counts[at] ?? 0) + count;
    if (isWhole) cells.whole[at] = true;
  }

  /** All that is known at an instant, sorted by server. */
  known(nowMinute: number): KnownWindow {
    const servers = [...this.#servers]
      .map(([server, { region, counts, whole }]): KnownServer => {
        return { server, region, counts: [...counts], whole: [...whole] };
      })
      .sort((a, b) => (a.server < b.server ? -1 : 1));
    return { startMinute: this.#startMinute, minutes: this.#minutes, nowMinute, servers };
  }
}

const emptyCells = (region: string, minutes: number): ServerCells => ({
  region,
  counts: new Array<number>(minutes).fill(0),
  whole: new Array<boolean>(minutes).fill(false),
});
