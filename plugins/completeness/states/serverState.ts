import type { ServerArrival } from '../../../core/plugin.ts';
import type { Account } from '../account.ts';
import type { ServerPast } from './serverPast.ts';

/**
 * The six things that look alike:
 *
 *     late         its events exist and are not here yet: its packet counts them, or its stream stands still while its packets go on
 *     dead         no heartbeat, and its peers are alive
 *     lost         a hole that will not fill: the server is past it
 *     duplicated   the same events again
 *     zero         there is a heartbeat, and nothing to report
 *     null         it reports, but a metric's field has no value
 */
export type ServerState = 'late' | 'dead' | 'lost' | 'duplicated' | 'zero' | 'null';

/** One state of a server in a window, and why it is believed. Several hold at once: what came may be doubled, and a part of it lost. */
export interface FoundState {
  readonly state: ServerState;
  /** Events it is about, or of `null` those without a value. */
  readonly events: number;
  /** Of `null`: the field. */
  readonly field?: string;
  readonly why: string;
}

/** What of a server's windows before this one turned out to be lost. */
export interface LostBefore {
  readonly events: number;
  /** Start of the first window concerned, epoch ms. */
  readonly sinceMs: number;
}

/** What servers are to each other in one window. */
export interface Peers {
  /** Servers that a packet or an event was heard of. */
  readonly heard: number;
  /** Whether any server sends packets. */
  readonly sendPackets: boolean;
  /** Usual share of events with a value, over all servers, by field. */
  readonly fields: ReadonlyMap<string, number>;
}

/** All that is known of one server when one window is judged. */
export interface ServerFacts {
  readonly startMs: number;
  readonly arrival: ServerArrival;
  readonly past: ServerPast;
  readonly peers: Peers;
}

/** The limits of the judgement. */
export interface StateLimits {
  /** A server is whole when strictly more than this share of its events is there (0..1). */
  readonly completeRatio: number;
  /** Where no packets are sent, silence counts when chance makes it this rarely. */
  readonly silenceRarityMax: number;
  /** A field is absent when about half of the usual share has a value, or less, and chance does that this rarely. */
  readonly nullRarityMax: number;
}

/** A server in a window: its account, its states, and what they say of windows before. */
export interface JudgedServer {
  readonly arrival: ServerArrival;
  readonly account: Account;
  /** Events that were usual before this window. */
  readonly usual: number;
  readonly states: readonly FoundState[];
  readonly lostBefore: LostBefore | undefined;
}
