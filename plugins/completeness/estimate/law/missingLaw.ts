import type { AnnouncedLoss } from './announcedLoss.ts';
import type { MissingEvents } from '../missingEvents.ts';
import type { NormalMixture } from './normalMixture.ts';
import type { PeerLevel } from '../level/peerLevel.ts';
import { type MissedPart, type MissingUnit, scenariosOf } from './scenarios.ts';

/** What a law of what is missing stands on. */
export interface Grounds {
  readonly missing: readonly MissingEvents[];
  readonly level: PeerLevel;
  readonly loss: AnnouncedLoss;
  /** Cells of the window. */
  readonly minutes: number;
}

/** What the events of a server add to a total. */
export interface Worth {
  /** One event. */
  of(server: string): number;
  /** Variance of what so many events add, given how many they are. */
  varianceOf(server: string, events: number): number;
  /** Squared relative error that the worth of all servers' events shares. */
  readonly sharedError: number;
}

/** In a count of events. */
const ONE_EACH: Worth = { of: () => 1, varianceOf: () => 0, sharedError: 0 };

/** The law of a total of which `observed` is there: of the events themselves, or of what they are worth, such as a sum over them. */
export function lawOf(
  observed: number,
  { missing, level, loss, minutes }: Grounds,
  worth: Worth = ONE_EACH,
  deviationMin?: number,
): NormalMixture {
  return scenariosOf({
    observed,
    units: unitsOf(missing, loss, worth),
    varianceOf: (byRegion) => varianceOf(byRegion, level, { minutes, sharedError: worth.sharedError }),
    ...(deviationMin === undefined ? {} : { deviationMin }),
  });
}

/** Those with one fate as one. */
function unitsOf(missing: readonly MissingEvents[], loss: AnnouncedLoss, worth: Worth): MissingUnit[] {
  const pendingOf = ({ announced, isPassed }: MissingEvents): number => (isPassed ? 0 : announced);
  const pending = missing.map(pendingOf).filter((events) => events > 0);
  const dispersion = loss.dispersion(pending.reduce((sum, events) => sum + events, 0) / Math.max(1, pending.length));
  return [...Map.groupBy(missing, ({ fate }) => fate).values()].map((members) => {
    const byRegion = new Map<string, MissedPart>();
    let [announced, lossVariance] = [0, 0];
    for (const member of members) {
      const { server, region } = member;
      const [each, imputed, comes] = [worth.of(server), member.events - member.announced, pendingOf(member)];
      const before = byRegion.get(region) ?? { events: 0, value: 0, variance: 0 };
      byRegion.set(region, {
        events: before.events + imputed,
        value: before.value + each * imputed,
        variance: before.variance + worth.varianceOf(server, imputed),
      });
      announced += each * (member.announced - loss.share * comes);
      lossVariance += each ** 2 * dispersion * comes + worth.varianceOf(server, comes);
    }
    return { lateProbability: members[0]?.lateProbability ?? 0.5, byRegion, announced, lossVariance };
  });
}

/** Of so much that is missing: its own noise, and the errors of the levels that it is imputed by, which all of a region share. */
function varianceOf(
  byRegion: ReadonlyMap<string, MissedPart>,
  level: PeerLevel,
  { minutes, sharedError }: { readonly minutes: number; readonly sharedError: number },
): number {
  let [all, variance] = [0, 0];
  for (const [region, { events, value, variance: own }] of byRegion) {
    let minuteError = 0;
    for (let at = 0; at < minutes; at++) minuteError += level.minuteError(region, at) / minutes;
    const ofCount = events > 0 ? level.dispersion * (value / events) * value : 0;
    variance += ofCount + own + value ** 2 * (level.regionError(region) + minuteError);
    all += value;
  }
  return variance + all ** 2 * (level.fleetError + sharedError);
}
