import type { KnownServer, KnownWindow } from './knownWindow.ts';
import type { PeerLevel } from './peerLevel.ts';
import type { Silence, Silences } from './silences.ts';

/** Events that are missing of one server, and whether they come. */
export interface MissingEvents {
  readonly server: string;
  readonly region: string;
  readonly events: number;
  readonly lateProbability: number;
  /** Those with the same text come together or not at all. */
  readonly fate: string;
  /** Whether the server is silent for longer than is usual for it. */
  readonly isSilent: boolean;
}

/** Who misses how many events, and how many the window should have with nobody missing. */
export function missingEventsOf(
  known: KnownWindow,
  level: PeerLevel,
  silences: Silences,
): { missing: readonly MissingEvents[]; expected: number } {
  const missing: MissingEvents[] = [];
  let expected = 0;
  for (const server of known.servers) {
    const newestMinute = silences.newestMinuteOf(server.server);
    let [ahead, passed] = [0, 0];
    for (let at = 0; at < known.minutes; at++) {
      const events = server.counts[at] ?? 0;
      const left = server.whole[at] === true ? 0 : Math.max(0, level.cell(server, at) - events);
      expected += events + left;
      // Half a cell more, since begins of cells that are no whole minutes are not exact.
      if (known.startMinute + (at - 0.5) * silences.cellMinutes <= newestMinute) passed += left;
      else ahead += left;
    }
    if (ahead > 0)
      missing.push(aheadOf(server, ahead, silences.isHeard(server.server) ? silences.of(server.server) : NEVER_HEARD));
    if (passed > 0) missing.push(passedOver(server, passed, silences.holeProbability()));
  }
  return { missing, expected };
}

/** Of a server that was never heard nothing is known, so either may be; and what befell it befell all such. */
const NEVER_HEARD: Silence = { fate: 'never heard', lateProbability: 0.5 };

/** Cells beyond the newest that came: of one that is not overdue they are sure to come. */
const aheadOf = ({ server, region }: KnownServer, events: number, silence: Silence | undefined): MissingEvents => ({
  server,
  region,
  events,
  lateProbability: silence?.lateProbability ?? 1,
  fate: silence === undefined ? 'punctual' : silence.fate,
  isSilent: silence !== undefined,
});

/** Cells that were passed over: lost, but for the few that come out of order. */
const passedOver = ({ server, region }: KnownServer, events: number, lateProbability: number): MissingEvents => ({
  server,
  region,
  events,
  lateProbability,
  fate: `hole ${server}`,
  isSilent: false,
});
