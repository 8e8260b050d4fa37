import type { Standing } from './law/conformal.ts';
import type { History } from './history.ts';
import type { KnownServer, KnownWindow } from './knownWindow.ts';
import { type MissingEvents, missingEventsOf } from './missingEvents.ts';
import { type Grounds, lawOf } from './law/missingLaw.ts';
import { meanOf, type NormalMixture, valueAt } from './law/normalMixture.ts';
import { type PeerLevel, peerLevelOf } from './level/peerLevel.ts';

/** An interval for the final value, in events; `high` is infinite when nothing is known. */
export interface Interval {
  readonly confidence: number;
  readonly low: number;
  readonly high: number;
}

/** What an open window will come to. Events throughout. */
export interface Estimate {
  readonly observed: number;
  /** The mean of what it may come to; what is observed when nothing is known. */
  readonly value: number;
  /** One per confidence asked for; never below what is observed. */
  readonly intervals: readonly Interval[];
  /**
   * What it stands on. `whole`: nothing is missing. `peers`: servers that are there. `forecast`: none are, so the time of day. `guess`: there is no history, or a region has ten times what it says, so missing servers are
   * taken to be like the others. `nothing`: nobody is there and there is no history.
   */
  readonly basis: 'whole' | PeerLevel['basis'];
  readonly standing: Standing;
  /** Who misses what. */
  readonly missing: readonly MissingEvents[];
  /** The law before calibration, and the z that bounds each interval, by confidence. */
  readonly law: NormalMixture;
  readonly bounds: ReadonlyMap<number, number>;
}

/**
 * The final value of an open window. What is there counts as it is; what is missing of a server is what its packet says, or else imputed from its share and its peers ({@link peerLevelOf}); servers that are silent beyond
 * their custom are late or dead ({@link scenariosOf}), weighed by how such silences ended; intervals are as wide as they had to be on sealed windows (`conformal.ts`).
 * A pure function of both; `history` must have been told what arrived until `known.nowMinute` and nothing later.
 */
export function estimateWindow(
  known: KnownWindow,
  history: History,
  confidences: readonly number[] = [0.8, 0.95],
): Estimate {
  return groundedEstimate(known, history, confidences).estimate;
}

/** The same with what its law stands on, so that sums over the same events can have theirs. */
export function groundedEstimate(
  known: KnownWindow,
  history: History,
  confidences: readonly number[],
): { readonly estimate: Estimate; readonly grounds: Grounds } {
  const observed = observedOf(known.servers);
  const level = peerLevelOf(known, history.traffic);
  const { missing, expected } = missingEventsOf(known, level, history.silences);
  const silent = missing.reduce((sum, { events, silentProbability }) => sum + silentProbability * events, 0);
  const ageMinutes = known.nowMinute - known.startMinute - known.minutes * history.cellMinutes;
  const standing = { ageMinutes, silentShare: expected > 0 ? silent / expected : 0 };
  const grounds = { missing, level, loss: history.loss, minutes: known.minutes };
  const law = lawOf(observed, grounds);
  const isWhole =
    known.servers.length > 0 && missing.length === 0 && known.servers.every(({ whole }) => whole.every(Boolean));
  const basis = isWhole ? 'whole' : level.basis;
  const bounds = new Map(
    confidences.map((confidence) => [confidence, history.conformal.bound(standing, confidence)] as const),
  );
  const intervals = [...bounds].map(([confidence, bound]): Interval => {
    if (basis === 'whole') return { confidence, low: observed, high: observed };
    if (basis === 'nothing') return { confidence, low: observed, high: Infinity };
    return {
      confidence,
      low: Math.max(observed, valueAt(law, -bound)),
      high: Math.max(observed, valueAt(law, bound)),
    };
  });
  const value = basis === 'whole' || basis === 'nothing' ? observed : Math.max(observed, meanOf(law));
  return { estimate: { observed, value, intervals, basis, standing, missing, law, bounds }, grounds };
}

const observedOf = (servers: readonly KnownServer[]): number =>
  servers.reduce((sum, { counts }) => counts.reduce((part, count) => part + count, sum), 0);
