import type { KnownServer, KnownWindow } from './knownWindow.ts';
import type { PeerLevel } from './peerLevel.ts';
import type { Silence, Silences } from './silences.ts';

/** Events that are missing of one server, and whether they come. */
export interface MissingEvents {
  readonly server: string;
  readonly region: string;
  readonly events: number;
  /** Of them, those that the server itself told of: nobody had to guess how many they are. */
  readonly announced: number;
  readonly lateProbability: number;
  /** Those with the same text come together or not at all. */
  readonly fate: string;
  /** Whether the server is past them already. */
  readonly isPassed: boolean;
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
    const [ahead, passed] = [
      { events: 0, announced: 0 },
      { events: 0, announced: 0 },
    ];
    for (let at = 0; at < known.minutes; at++) {
      const events = server.counts[at] ?? 0;
      const said = server.announced?.[at];
      const left = Math.max(0, (said ?? (server.whole[at] === true ? 0 : level.cell(server, at))) - events);
      expected += events + left;
      add(silences.isPassed(server.server, known.startMinute, at) ? passed : ahead, left, said);
    }
    if (ahead.events > 0)
      missing.push(aheadOf(server, ahead, silences.isHeard(server.server) ? silences.of(server.server) : NEVER_HEARD));
    if (passed.events > 0) missing.push(passedOver(server, passed, silences.holeProbability()));
  }
  return { missing, expected };
}

type Left = Pick<MissingEvents, 'events' | 'announced'>;

function add(to: { -readonly [what in keyof Left]: number }, events: number, said: number | undefined): void {
  to.events += events;
  if (said !== undefined) to.announced += events;
}

/** Of a server that was never heard nothing is known, so either may be; and what befell it befell all such. */
const NEVER_HEARD: Silence = { fate: 'never heard', lateProbability: 0.5 };

/** Cells beyond the newest that came: of one that is not overdue they are sure to come. */
const aheadOf = ({ server, region }: KnownServer, left: Left, silence: Silence | undefined): MissingEvents => ({
  server,
  region,
  ...left,
  lateProbability: silence?.lateProbability ?? 1,
  fate: silence === undefined ? 'punctual' : silence.fate,
  isPassed: false,
  isSilent: silence !== undefined,
});

/** Cells that were passed over: lost, but for the few that come out of order. */
const passedOver = ({ server, region }: KnownServer, left: Left, lateProbability: number): MissingEvents => ({
  server,
  region,
  ...left,
  lateProbability,
  fate: `hole ${server}`,
  isPassed: true,
  isSilent: false,
});
