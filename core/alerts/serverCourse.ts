import type { Window } from '../time/window.ts';

/** What a window says of the servers of its stream. */
export interface ServersHeard extends Window {
  /** Servers that sent nothing, not even a packet; undefined: too many to be named. */
  readonly silent: ReadonlySet<string> | undefined;
  /** Servers that are expected no longer, from this window on. */
  readonly left: readonly string[];
  /** Whether any server sent anything: in an outage of the whole fleet nobody is dead. */
  readonly peersLive: boolean;
}

/** A server that is not heard of. */
export interface Silence {
  readonly state: 'silent' | 'dead';
  /** Start of the first window that it is silent in, epoch ms. */
  readonly sinceMs: number;
}

/** What happened to a server. */
export interface ServerTurn {
  readonly server: string;
  readonly type: 'server.silent' | 'server.dead' | 'server.back';
  readonly sinceMs: number;
  readonly windowEndMs: number;
}

/** Windows in a row without a sign of life, while peers live, after which a server counts as dead. */
const DEAD_WINDOWS = 3;

/**
 * The servers of one stream that are not heard of: heard -> silent -> dead -> back. Holds only those; a window that is older than the newest
 * shortens a silence when it is judged again, and begins none. Of a server that is expected no longer nothing more is said.
 */
export class ServerCourse {
  readonly #silences: Map<string, Silence>;
  #newestMs = Number.NEGATIVE_INFINITY;

  /** Begins with the silences that were told already. */
  constructor(told: Iterable<readonly [server: string, silence: Silence]> = []) {
    this.#silences = new Map(told);
  }

  /** What a window changes, in order of what happened. */
  hear(window: ServersHeard): readonly ServerTurn[] {
    const { silent, left } = window;
    for (const server of left)
      if ((this.#silences.get(server)?.sinceMs ?? Infinity) <= window.startMs) this.#silences.delete(server);
    if (silent === undefined) return [];
    const isNewest = window.startMs >= this.#newestMs;
    this.#newestMs = Math.max(this.#newestMs, window.startMs);
    const turns = [...this.#silences].flatMap(([server, silence]) =>
      silent.has(server) ? [] : this.#heardOf(server, silence, window),
    );
    return isNewest ? [...turns, ...[...silent].flatMap((server) => this.#missed(server, window))] : turns;
  }

  /** A server that was missed sent something in a window. */
  #heardOf(server: string, { state, sinceMs }: Silence, { startMs, endMs }: ServersHeard): ServerTurn[] {
    if (startMs < sinceMs) return [];
    if (startMs >= this.#newestMs) this.#silences.delete(server);
    else
      this.#silences.set(server, {
        state: this.#isDead(endMs, this.#newestMs, endMs - startMs) ? state : 'silent',
        sinceMs: endMs,
      });
    return startMs < this.#newestMs ? [] : [{ server, type: 'server.back', sinceMs, windowEndMs: endMs }];
  }

  /** A server sent nothing in the newest window. */
  #missed(server: string, { startMs, endMs, peersLive }: ServersHeard): ServerTurn[] {
    const before = this.#silences.get(server);
    const sinceMs = before?.sinceMs ?? startMs;
    const isDead = before?.state === 'dead' || (peersLive && this.#isDead(sinceMs, startMs, endMs - startMs));
    this.#silences.set(server, { state: isDead ? 'dead' : 'silent', sinceMs });
    const turn = (type: ServerTurn['type']): ServerTurn => ({ server, type, sinceMs, windowEndMs: endMs });
    return [
      ...(before === undefined ? [turn('server.silent')] : []),
      ...(isDead && before?.state !== 'dead' ? [turn('server.dead')] : []),
    ];
  }

  #isDead(sinceMs: number, newestMs: number, windowMs: number): boolean {
    return newestMs - sinceMs >= (DEAD_WINDOWS - 1) * windowMs;
  }
}
