/** How far the events of each server of a stream have come, in event time (it never goes back), and whose events are read but not stored yet. */
export class Progress {
  readonly #newestMs = new Map<string, Map<string, number>>();
  /** By stream and server: batches under way that hold events of it. */
  readonly #underWay = new Map<string, Map<string, number>>();

  /** Notes that a batch was begun that holds events of a server, or with -1 that it was stored. */
  addUnderWay(stream: string, server: string, batches: 1 | -1): void {
    let servers = this.#underWay.get(stream);
    if (servers === undefined) this.#underWay.set(stream, (servers = new Map<string, number>()));
    const left = (servers.get(server) ?? 0) + batches;
    if (left > 0) servers.set(server, left);
    else servers.delete(server);
  }

  /** Servers whose events are read but not stored yet. */
  serversUnderWay(stream: string): Iterable<string> {
    return this.#underWay.get(stream)?.keys() ?? [];
  }

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
