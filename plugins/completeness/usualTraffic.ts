import type { Json } from '../../core/plugin.ts';

/** Weight of the newest window in the mean. */
const WEIGHT = 0.05;

/** How many events a server usually sends in a window: an exponentially weighted mean, and nothing from a server that is new. */
export class UsualTraffic {
  #means = new Map<string, number>();

  /** Events a window; 0 for a server that was never seen. */
  of(server: string): number {
    return this.#means.get(server) ?? 0;
  }

  learn(server: string, events: number): void {
    const mean = this.#means.get(server);
    this.#means.set(server, mean === undefined ? events : mean + WEIGHT * (events - mean));
  }

  /** Forgets all servers but these. */
  keepOnly(servers: Iterable<string>): void {
    const kept = new Set(servers);
    for (const server of this.#means.keys()) if (!kept.has(server)) this.#means.delete(server);
  }

  snapshot(): Iterable<readonly [string, Json]> {
    return [['', Object.fromEntries(this.#means)]];
  }

  restore(entries: Iterable<readonly [string, Json]>): void {
    this.#means = new Map([...entries].flatMap(([, means]) => Object.entries(means as Record<string, number>)));
  }
}
