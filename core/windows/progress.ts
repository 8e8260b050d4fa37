/** How far the events of each server of a stream have come, in event time. Never goes back. */
export class Progress {
  readonly #newestMs = new Map<string, Map<string, number>>();

  /** Notes that an event of this time was stored. */
  advance(stream: string, server: string, newestMs: number): void {
    let servers = this.#newestMs.get(stream);
    if (servers === undefined) this.#newestMs.set(stream, (servers = new Map<string, number>()));
    if (newestMs > (servers.get(server) ?? Number.NEGATIVE_INFINITY)) servers.set(server, newestMs);
  }

  /** Newest event time of a server in a stream, epoch ms; -Infinity when it was never heard of. */
  newestMs(stream: string, server: string): number {
    return this.#newestMs.get(stream)?.get(server) ?? Number.NEGATIVE_INFINITY;
  }

  /** Newest event time of the whole stream, epoch ms; -Infinity without events. */
  fleetNewestMs(stream: string): number {
    return Math.max(Number.NEGATIVE_INFINITY, ...(this.#newestMs.get(stream)?.values() ?? []));
  }

  /** Servers that were ever heard of in a stream. */
  servers(stream: string): readonly string[] {
    return [...(this.#newestMs.get(stream)?.keys() ?? [])];
  }
}
