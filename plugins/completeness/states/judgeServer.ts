import { type Account, accountOf } from '../account.ts';
import { absentFields } from './absentFields.ts';
import type { FoundState, JudgedServer, LostBefore, ServerFacts, StateLimits } from './serverState.ts';

/** Losing the last events of a window as well is taken to be chance when it is no rarer than this. */
const TAIL_RARITY_MIN = 1e-3;

/**
 * Tells the states of one server in one window from what is known at that time. Events of a server come in order, so one that is past a hole will not fill it:
 *
 *     numbers     1 2 3 . . 6 7 8 | . . . .          . . within what came: lost
 *     packet      8                 4                after it, and nothing later is here: late
 *     next                        | . . . . 13 14    it is past them: lost, said of the window in which it began
 *
 * A new boot counts from the beginning again: no hole is seen across it.
 */
export function judgeServer(facts: ServerFacts, limits: StateLimits): JudgedServer {
  const { arrival, past } = facts;
  const { lostBefore, missingBefore } = beforeThis(facts);
  const account = accountOf(arrival, missingBefore);
  const isSilent = arrival.received === 0 && !arrival.heartbeat && (account.expected ?? 0) <= 0;
  const states = isSilent
    ? silence(facts, limits)
    : [
        ...shortage(account, missingBefore, facts, limits),
        ...repeats(account, arrival.repeated > 0),
        ...nothing(account, facts, limits),
        ...absentFields(facts, limits.nullRarityMax),
      ];
  return { arrival, account, usual: past.usual, states, lostBefore };
}

/** What the server left out before the first event of this window: of windows before, and of this one. */
function beforeThis({ arrival, past }: ServerFacts): { lostBefore?: LostBefore; missingBefore: number } {
  if (arrival.received === 0) return { missingBefore: 0 };
  const { sinceMs, owed } = past;
  const span = arrival.boots.find(({ boot }) => boot === past.boot);
  if (span !== undefined && past.greatest !== undefined) {
    const hole = Math.max(0, span.least - past.greatest - 1);
    const earlier = sinceMs === undefined ? 0 : past.counts ? Math.min(owed, hole) : hole;
    const lostBefore = sinceMs !== undefined && earlier > 0 ? { events: earlier, sinceMs } : undefined;
    return { ...(lostBefore === undefined ? {} : { lostBefore }), missingBefore: hole - earlier };
  }
  // What this window has too many may be what others had too few: packets and events may draw the line between minutes elsewhere.
  const shifted = Math.max(0, arrival.received - arrival.repeated - (arrival.announced ?? Number.POSITIVE_INFINITY));
  const events = owed - shifted;
  return sinceMs !== undefined && events > 0
    ? { lostBefore: { events, sinceMs }, missingBefore: 0 }
    : { missingBefore: 0 };
}

function silence({ arrival, past, peers }: ServerFacts, { silenceRarityMax }: StateLimits): FoundState[] {
  const isNew = past.usual === 0;
  // It said for long enough that it had nothing, and only then fell silent: it was put out of service.
  const wasPutOut = Math.exp(-past.quiet) < silenceRarityMax;
  if (!arrival.isDeclared && (isNew || wasPutOut)) return [];
  if (!isNew && !peers.sendPackets && Math.exp(-past.usual) >= silenceRarityMax) return [];
  const events = Math.round(past.usual);
  if (peers.heard === 0)
    return [{ state: 'late', events, why: 'nobody is heard, so it is likelier the way here than every server' }];
  const others = `${String(peers.heard)} others are heard`;
  const of = isNew ? ['it is declared and never had events'] : [];
  return [
    { state: 'dead', events, why: [...of, ...(peers.sendPackets ? ['no packet of it'] : []), others].join(', and ') },
  ];
}

function shortage(
  account: Account,
  missingBefore: number,
  { arrival, past }: ServerFacts,
  { completeRatio }: StateLimits,
): FoundState[] {
  const { received, expected, witness } = account;
  if (expected === undefined || expected <= 0 || received / expected > completeRatio) return [];
  const short = expected - received;
  const numbered = missingBefore + arrival.missingBySequence;
  const proven = Math.min(short, Math.max(numbered, arrival.missingByManifest));
  const rest = short - proven;
  if (arrival.boots.length === 0 && past.isLossy && received > 0)
    return [
      { state: 'lost', events: short, why: `${witness} counts more, and after such shortages it went on before` },
    ];
  // Each event is lost with the same chance: then k in a row at the end are with its k-th power (a geometric tail).
  const isChance = rest <= Math.log(TAIL_RARITY_MIN) / Math.log(proven / (proven + received));
  if (proven > 0 && (rest === 0 || isChance))
    return [{ state: 'lost', events: short, why: `${nameOfProof(arrival, numbered)}, and later ones are here` }];
  const late: FoundState = {
    state: 'late',
    events: rest,
    why:
      received === 0
        ? `${witness} counts them, and its stream stands still`
        : `${witness} counts more than came, and nothing later is here`,
  };
  return proven > 0
    ? [{ state: 'lost', events: proven, why: `${nameOfProof(arrival, numbered)}, and later ones are here` }, late]
    : [late];
}

const nameOfProof = ({ missingByManifest }: ServerFacts['arrival'], numbered: number): string =>
  missingByManifest > numbered ? 'a closed file holds less than its manifest says' : 'its sequence numbers have holes';

const repeats = ({ repeated }: Account, isNumbered: boolean): FoundState[] =>
  repeated <= 0
    ? []
    : [
        {
          state: 'duplicated',
          events: repeated,
          why: isNumbered ? 'sequence numbers came again' : 'more events are here than its packet counts',
        },
      ];

/** There is a heartbeat, and no event. A packet that counts events leaves the counter out when there are none; of one that never did, only what is usual tells. */
function nothing(
  { received, expected }: Account,
  { arrival, past }: ServerFacts,
  { silenceRarityMax }: StateLimits,
): FoundState[] {
  if (received > 0 || (expected ?? 0) > 0 || !arrival.heartbeat) return [];
  if (arrival.announced === undefined && !past.counts && Math.exp(-past.usual) < silenceRarityMax)
    return [{ state: 'late', events: Math.round(past.usual), why: 'its packets go on, and its stream stands still' }];
  const why = arrival.announced === undefined ? 'its packet counts none' : 'its packet says that there were none';
  return [{ state: 'zero', events: 0, why }];
}
