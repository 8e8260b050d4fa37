import type { KnownServer, KnownWindow } from './knownWindow.ts';
import type { PeerLevel } from './peerLevel.ts';
import type { Silence } from './silence.ts';
import type { Silences } from './silences.ts';

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
  /** Probability that the server is silent, for longer than is usual for it or newly. */
  readonly silentProbability: number;
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
      missing.push(
        ...aheadOf(server, ahead, silences.isHeard(server.server) ? silences.of(server.server) : NEVER_HEARD),
      );
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
const NEVER_HEARD: Silence = { fate: 'never heard', lateProbability: 0.5, share: 1, silentProbability: 1 };
const PUNCTUAL: Silence = { fate: 'punctual', lateProbability: 1, share: 1, silentProbability: 0 };

/** Cells beyond the newest that came: of one that is not overdue they are sure to come, unless it is newly silent; then a part of them shares the fate of those who fell silent with it. */
function aheadOf(server: KnownServer, left: Left, silence = PUNCTUAL): readonly MissingEvents[] {
  const part = (share: number, { fate, lateProbability, silentProbability }: Silence): MissingEvents => ({
    server: server.server,
    region: server.region,
    events: share * left.events,
    announced: share * left.announced,
    lateProbability,
    fate,
    isPassed: false,
    silentProbability,
  });
  const own = part(silence.share, silence);
  return silence.share < 1 ? [own, part(1 - silence.share, PUNCTUAL)] : [own];
}

/** Cells that were passed over: lost, but for the few that come out of order. */
const passedOver = ({ server, region }: KnownServer, left: Left, lateProbability: number): MissingEvents => ({
  server,
  region,
  ...left,
  lateProbability,
  fate: `hole ${server}`,
  isPassed: true,
  silentProbability: 0,
});
