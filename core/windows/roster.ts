import type { RosterConfig } from '../config/rosterConfig.ts';

/** Servers that somebody declared to be expected in windows that start at or after a time. */
export interface DeclaredRoster {
  readonly fromMs: number;
  readonly servers: readonly string[];
}

/** Who is expected to report: who was seen lately, or from some time on whoever is declared. */
export interface RosterTerms {
  /** How long a server that sends nothing is still expected, ms. */
  readonly seenForMs: number;
  /** In order of time. */
  readonly declared: readonly DeclaredRoster[];
}

/** What a stream's config says of it. */
export const rosterTermsOf = ({ seenForMs, declared }: RosterConfig): RosterTerms => ({
  seenForMs,
  declared: declared.map(({ from, servers }) => ({ fromMs: Date.parse(from), servers: servers.toSorted() })),
});

/** One version of a roster: the same servers in every window from its first one to the next version's. */
export interface Roster {
  /** Start of the first window that it holds for, epoch ms; names the version. */
  readonly sinceMs: number;
  readonly isDeclared: boolean;
  /** Sorted. */
  readonly servers: readonly string[];
  /** Who is new in it, and who is no longer in it. */
  readonly joined: readonly string[];
  readonly left: readonly string[];
}

/** What is kept of a roster; `current` is left out before the first window. */
export interface KeptRoster {
  readonly servers: readonly (readonly [server: string, lastMs: number])[];
  readonly current?: Roster | undefined;
}

/** Follows a stream's roster from window to window, in order of time: a function of the windows shown so far and of what is declared. */
export class RosterBook {
  readonly #terms: RosterTerms;
  /** By server: start of the last window with events, epoch ms. */
  readonly #lastMs = new Map<string, number>();
  #current: Roster | undefined;

  constructor(terms: RosterTerms) {
    this.#terms = terms;
  }

  /** Whether nobody is expected. */
  isEmpty(startMs: number): boolean {
    return this.#expected(startMs).servers.length === 0;
  }

  /** The roster of a window; it is the version before where nobody came and nobody left. */
  of(startMs: number): Roster {
    const { servers, isDeclared } = this.#expected(startMs);
    const before = this.#current?.servers ?? [];
    const isSame = before.length === servers.length && before.every((server, at) => server === servers[at]);
    if (isSame && this.#current?.isDeclared === isDeclared) return this.#current;
    const [now, then] = [new Set(servers), new Set(before)];
    this.#current = {
      ...{ sinceMs: startMs, isDeclared, servers },
      joined: servers.filter((server) => !then.has(server)),
      left: before.filter((server) => !now.has(server)),
    };
    return this.#current;
  }

  /** Notes that a server had events in a window. */
  see(server: string, startMs: number): void {
    this.#lastMs.set(server, startMs);
  }

  /** Forgets who has been silent for too long; bounds the memory. */
  forgetBefore(startMs: number): void {
    for (const [server, lastMs] of this.#lastMs) if (!this.#isSeen(lastMs, startMs)) this.#lastMs.delete(server);
  }

  snapshot(): KeptRoster {
    return { servers: [...this.#lastMs], current: this.#current };
  }

  restore({ servers, current }: KeptRoster): void {
    this.#lastMs.clear();
    for (const [server, lastMs] of servers) this.#lastMs.set(server, lastMs);
    this.#current = current;
  }

  #expected(startMs: number): Pick<Roster, 'servers' | 'isDeclared'> {
    const declared = declaredAt(this.#terms, startMs);
    if (declared !== undefined) return { servers: declared, isDeclared: true };
    const seen = [...this.#lastMs].filter(([, lastMs]) => this.#isSeen(lastMs, startMs)).map(([server]) => server);
    return { servers: seen.sort(), isDeclared: false };
  }

  #isSeen(lastMs: number, startMs: number): boolean {
    return lastMs >= startMs - this.#terms.seenForMs;
  }
}

/** Who is declared to be expected in a window; undefined where nothing is declared for its time. */
export const declaredAt = (
  { declared }: Pick<RosterTerms, 'declared'>,
  startMs: number,
): readonly string[] | undefined => declared.findLast(({ fromMs }) => fromMs <= startMs)?.servers;
