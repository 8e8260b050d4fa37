import type { Finding } from '../findings/finding.ts';
import type { Roster } from '../windows/roster.ts';
import { jsonTime } from './insertBodies.ts';

/** A judged window, as it is written down. */
export interface WindowRow {
  readonly stream: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly revision: number;
  readonly state: 'ready' | 'complete' | 'sealed';
  readonly events: number;
  readonly serversExpected: number;
  readonly serversArrived: number;
  readonly eventsAnnounced: number | undefined;
  readonly digest: bigint;
  /** Names the version of the roster, where one is known. */
  readonly rosterSinceMs?: number;
}

/** What judging a span of windows says. */
export interface Judgement {
  readonly findings: readonly { readonly finding: Finding; readonly retracted: boolean }[];
  readonly windows: readonly WindowRow[];
  readonly rosters: readonly Roster[];
}

/** A row of `window_revisions`. */
export const windowRow = (window: WindowRow, atMs: number): object => ({
  stream: window.stream,
  windowStart: jsonTime(window.startMs),
  windowEnd: jsonTime(window.endMs),
  revision: window.revision,
  state: window.state,
  events: window.events,
  serversExpected: window.serversExpected,
  serversArrived: window.serversArrived,
  eventsAnnounced: window.eventsAnnounced ?? null,
  inputsDigest: window.digest.toString(),
  tooLate: 0,
  judgedAt: jsonTime(atMs),
  rosterSince: window.rosterSinceMs === undefined ? null : jsonTime(window.rosterSinceMs),
});

/** A row of `roster_rows`. */
export const rosterRow = (stream: string, { sinceMs, ...roster }: Roster, atMs: number): object => ({
  ...{ stream, since: jsonTime(sinceMs), ...roster },
  writtenAt: jsonTime(atMs),
});
