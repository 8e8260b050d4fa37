import { binomialRarity } from '../../schema-watch/rarity.ts';
import type { JudgedServer } from './serverState.ts';

/** What a fleet loses when nothing is wrong: one event in 100,000, as a process that is ended loses what it had not written. */
const USUAL_LOST_RATIO = 1e-5;

/** What the whole fleet lost, in this window or in earlier ones of which it is known only now. */
export interface FleetLoss {
  readonly lost: number;
  readonly expected: number;
  /** Bound of the probability that chance loses as many. */
  readonly rarity: number;
  /** Servers that lost some. */
  readonly servers: number;
  /** Start of the first window concerned, epoch ms; undefined when it is this one. */
  readonly sinceMs: number | undefined;
}

/**
 * Whether the fleet lost at least `ratioMin` of its events on several servers, and by no chance: a few of few are no loss of a fleet. Only what is known to be lost counts, so what is late
 * is left out. Of one server alone its own finding tells as much.
 */
export function fleetLoss(
  judged: readonly JudgedServer[],
  { ratioMin, rarityMax }: { readonly ratioMin: number; readonly rarityMax: number },
): FleetLoss | undefined {
  let [lost, expected, servers] = [0, 0, 0];
  let sinceMs: number | undefined;
  for (const { account, states, lostBefore } of judged) {
    const own = states.reduce((sum, { state, events }) => sum + (state === 'lost' ? events : 0), 0);
    const before = lostBefore?.events ?? 0;
    lost += own + before;
    expected += Math.max(0, account.expected ?? account.received) + before;
    if (own + before > 0) servers++;
    if (lostBefore !== undefined) sinceMs = Math.min(sinceMs ?? lostBefore.sinceMs, lostBefore.sinceMs);
  }
  if (servers < 2 || lost / expected < ratioMin) return undefined;
  const rarity = binomialRarity(lost, expected, USUAL_LOST_RATIO);
  return rarity > rarityMax ? undefined : { lost, expected, rarity, servers, sinceMs };
}
