import type { ClosedWindow, Json } from '../../../core/plugin.ts';
import { judgeServer } from './judgeServer.ts';
import { NO_PAST, pastAfter, restoredPast, type ServerPast } from './serverPast.ts';
import type { JudgedServer, Peers, StateLimits } from './serverState.ts';

/** The states of all servers of a stream, window after window. Memory: about 200 bytes a server of the roster. */
export class ServerStates {
  readonly #limits: StateLimits;
  #pasts = new Map<string, ServerPast>();

  constructor(limits: StateLimits) {
    this.#limits = limits;
  }

  /** Judges every server of the window; forgets those that left the roster. */
  judge({ servers, startMs }: ClosedWindow): readonly JudgedServer[] {
    const peers = this.#peersIn(servers);
    const pasts = new Map<string, ServerPast>();
    const judged = servers.map((arrival) => {
      const past = this.#pasts.get(arrival.server) ?? NO_PAST;
      const one = judgeServer({ startMs, arrival, past, peers }, this.#limits);
      pasts.set(arrival.server, pastAfter(past, startMs, one));
      return one;
    });
    this.#pasts = pasts;
    return judged;
  }

  snapshot(): Json {
    return Object.fromEntries(this.#pasts) as unknown as Json;
  }

  restore(state: Json | undefined): void {
    this.#pasts = new Map(
      Object.entries((state ?? {}) as Readonly<Record<string, Json>>).map(([server, kept]) => [
        server,
        restoredPast(kept),
      ]),
    );
  }

  #peersIn(servers: ClosedWindow['servers']): Peers {
    const shares = new Map<string, { sum: number; servers: number }>();
    for (const { fields } of this.#pasts.values())
      for (const [field, share] of Object.entries(fields)) {
        const { sum, servers: count } = shares.get(field) ?? { sum: 0, servers: 0 };
        shares.set(field, { sum: sum + share, servers: count + 1 });
      }
    return {
      heard: servers.filter(({ received, heartbeat }) => heartbeat || received > 0).length,
      sendPackets: servers.some(({ heartbeat }) => heartbeat),
      fields: new Map([...shares].map(([field, { sum, servers: count }]) => [field, sum / count])),
    };
  }
}
