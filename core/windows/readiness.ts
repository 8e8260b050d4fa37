import type { Window } from '../time/window.ts';

/** What is known of one server when a window is to be judged. */
export interface ServerStanding {
  /** Newest event time of the server in the stream, epoch ms; -Infinity when it was never heard of. */
  readonly newestMs: number;
  /** Newest packet of the server, epoch ms of the minute's start; -Infinity without packets. */
  readonly packetMs: number;
  /** Events of it are there that were not stored yet. */
  readonly behind: boolean;
  /** Packets of it are there that were not stored yet. */
  readonly packetsBehind: boolean;
}

/** The stream's terms and the present moment. */
export interface ReadinessTerms {
  readonly waitMs: number;
  readonly disorderMs: number;
  /** Our clock, epoch ms. */
  readonly nowMs: number;
  /** Newest event time of the whole stream, epoch ms. */
  readonly fleetNewestMs: number;
  /** Everything that was there at this time is stored, as far as that is not told by server, epoch ms. */
  readonly heardMs: number;
}

/** Silence of a whole fleet is judged as it happens; silence that is older than this when we come to it is only a gap in the data. */
const FRESH_MS = 86_400_000;

/**
 * Whether a window may be judged, given the servers that were heard of:
 *
 *     what was there at the window's end is not all stored         -> wait for it, however long it takes
 *     every server is past the window, or is not waited for any longer    -> ready
 *     a server has events or packets here that are not stored yet         -> wait for them, however long it takes
 *     a server is silent                                                  -> wait `waitMs` after the window's end, once:
 *                                                                            one that is silent longer is not waited for again
 */
export function isReady(window: Window, servers: readonly ServerStanding[], terms: ReadinessTerms): boolean {
  if (Math.min(terms.nowMs, terms.heardMs) < window.endMs) return false;
  const waited = Math.min(terms.nowMs, terms.heardMs) >= window.endMs + terms.waitMs;
  const isHappening = terms.fleetNewestMs >= window.endMs || terms.nowMs - window.endMs < FRESH_MS;
  return (
    isHappening &&
    servers.every(
      (server) =>
        isPast(window, server, terms) || (!isCatchingUp(server) && (waited || isGivenUp(window, server, terms))),
    )
  );
}

/** The server has told all it will about the window: later events are here, or its packet of a later time and nothing is left to store. */
export function isPast(window: Window, server: ServerStanding, { disorderMs }: ReadinessTerms): boolean {
  const packetsArePast = server.packetMs >= window.endMs;
  return server.newestMs >= window.endMs + disorderMs
    ? packetsArePast || !server.packetsBehind
    : packetsArePast && !server.behind;
}

const isCatchingUp = ({ behind, packetsBehind }: ServerStanding): boolean => behind || packetsBehind;

const isGivenUp = (window: Window, server: ServerStanding, { waitMs }: ReadinessTerms): boolean =>
  Math.max(server.newestMs, server.packetMs) < window.startMs - waitMs;
