import type { Window } from '../time/window.ts';

/** What is known of one server of the roster when a window is to be judged. */
export interface ServerStanding {
  /** Newest event time of the server in the stream, epoch ms; -Infinity when it was never heard of. */
  readonly newestMs: number;
  /** Newest packet of the server, epoch ms of the minute's start; -Infinity without packets. */
  readonly packetMs: number;
  /** Bytes of it are there that were not read yet. */
  readonly behind: boolean;
}

/** The stream's terms and the present moment. */
export interface ReadinessTerms {
  readonly waitMs: number;
  readonly disorderMs: number;
  /** Our clock, epoch ms. */
  readonly nowMs: number;
  /** Newest event time of the whole stream, epoch ms. */
  readonly fleetNewestMs: number;
}

/** Silence of a whole fleet is judged as it happens; silence that is older than this when we come to it is only a gap in the data. */
const FRESH_MS = 86_400_000;

/**
 * Whether a window may be judged, given its roster:
 *
 *     every server is past the window, or is not waited for any longer    -> ready
 *     a server has unread bytes here                                      -> wait for them, however long it takes
 *     a server is silent                                                  -> wait `waitMs` after the window's end, once:
 *                                                                            one that is silent longer is not waited for again
 */
export function isReady(window: Window, roster: readonly ServerStanding[], terms: ReadinessTerms): boolean {
  if (terms.nowMs < window.endMs) return false;
  const waited = terms.nowMs >= window.endMs + terms.waitMs;
  const isHappening = terms.fleetNewestMs >= window.endMs || terms.nowMs - window.endMs < FRESH_MS;
  return (
    isHappening &&
    roster.every(
      (server) => isPast(window, server, terms) || (!server.behind && (waited || isGivenUp(window, server, terms))),
    )
  );
}

/** The server has told all it will about the window: later events are here, or its packet of a later time and nothing is unread. */
export function isPast(window: Window, server: ServerStanding, { disorderMs }: ReadinessTerms): boolean {
  return server.newestMs >= window.endMs + disorderMs || (!server.behind && server.packetMs >= window.endMs);
}

const isGivenUp = (window: Window, server: ServerStanding, { waitMs }: ReadinessTerms): boolean =>
  Math.max(server.newestMs, server.packetMs) < window.startMs - waitMs;
