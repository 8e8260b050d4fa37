import type { KnownServer, KnownWindow } from './knownWindow.ts';
import type { PeerLevel } from './level/peerLevel.ts';
import type { Silence } from './silence/silence.ts';
import type { Silences } from './silence/silences.ts';

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
    const [next, ahead, passed] = [none(), none(), none()];
    let lost = 0;
    for (let at = 0; at < known.minutes; at++) {
      const events = server.counts[at] ?? 0;
      const said = server.announced?.[at];
      const left = Math.max(0, (said ?? (server.whole[at] === true ? 0 : level.cell(server, at))) - events);
      expected += events + left;
      const lostHere = silences.lostProbability(server.server, known.startMinute, at);
      if (lostHere > 0) lost = lostHere;
      const isPassed = silences.isPassed(server.server, known.startMinute, at);
      add(isPassed ? passed : lostHere > 0 ? next : ahead, left, said);
    }
    if (next.events + ahead.events > 0) {
      const silence = silences.isHeard(server.server) ? silences.of(server.server) : NEVER_HEARD;
      if (silence !== undefined) missing.push(...aheadOf(server, sumOf(next, ahead), silence));
      else missing.push(...[part(server, next, lostOf(server, lost)), part(server, ahead, PUNCTUAL)].filter(isAny));
    }
    if (passed.events > 0) missing.push(passedOver(server, passed, silences.holeProbability()));
  }
  return { missing, expected };
}

type Left = Pick<MissingEvents, 'events' | 'announced'>;

const none = (): Left => ({ events: 0, announced: 0 });
const isAny = ({ events }: Left): boolean => events > 0;
const shareOf = ({ events, announced }: Left, share: number): Left => ({
  events: share * events,
  announced: share * announced,
});
const sumOf = (a: Left, b: Left): Left => ({ events: a.events + b.events, announced: a.announced + b.announced });

function add(to: { -readonly [what in keyof Left]: number }, events: number, said: number | undefined): void {
  to.events += events;
  if (said !== undefined) to.announced += events;
}

/** Of a server that was never heard nothing is known, so either may be; and what befell it befell all such. */
const NEVER_HEARD: Silence = { fate: 'never heard', lateProbability: 0.5, share: 1, silentProbability: 1 };
const PUNCTUAL: Silence = { fate: 'punctual', lateProbability: 1, share: 1, silentProbability: 0 };

/** The first cell beyond the newest that came, of a server that lives: it comes, unless it alone is lost. */
const lostOf = ({ server }: KnownServer, lost: number): Silence => ({
  fate: `lost ${server}`,
  lateProbability: 1 - lost,
  share: 1,
  silentProbability: 0,
});

/** Cells beyond the newest that came: of one that is newly silent a part shares the fate of those who fell silent with it, and the rest comes. */
function aheadOf(server: KnownServer, left: Left, silence: Silence): readonly MissingEvents[] {
  const own = part(server, shareOf(left, silence.share), silence);
  return silence.share < 1 ? [own, part(server, shareOf(left, 1 - silence.share), PUNCTUAL)] : [own];
}

const part = ({ server, region }: KnownServer, left: Left, silence: Silence): MissingEvents => {
  const { fate, lateProbability, silentProbability } = silence;
  return { server, region, ...left, lateProbability, fate, isPassed: false, silentProbability };
};

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
