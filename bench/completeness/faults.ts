import type { Draws } from './draws.ts';

/** Something that befalls servers in [fromMinute, toMinute). */
export interface Fault {
  readonly kind: 'stall' | 'death' | 'loss';
  readonly servers: readonly number[];
  readonly fromMinute: number;
  readonly toMinute: number;
  /** Whether packets stay away too, as those of the dead do. */
  readonly isMute: boolean;
  /** Of a loss: the share of events that is gone. */
  readonly share: number;
}

/** Median length in minutes, deviation of its logarithm, and how often packets stay away too. */
interface Lasts {
  readonly median: number;
  readonly spread: number;
  readonly mute?: number;
}

export interface FaultPlan {
  readonly servers: number;
  readonly regionOf: (server: number) => number;
  readonly regions: number;
  readonly minutes: number;
}

const DAY_MINUTES = 1_440;

/**
 * The faults of a fleet: each server stalls every other day (8 minutes in the median, its data comes late) and dies every 30 days (3 hours, its data never was); every other day most of a
 * region stalls (15 minutes), every day and a half 3 to 20 % of the fleet die together (90 minutes), half of the times within one region; each server loses a part of its events for an hour every 20 days.
 * Packets stay away from the dead, in a tenth of the stalls of one server and half of those of a region.
 */
export function faultsOf(plan: FaultPlan, draws: Draws): readonly Fault[] {
  const { servers, regions, regionOf, minutes } = plan;
  const faults: Fault[] = [];
  const days = minutes / DAY_MINUTES;
  const add = (kind: Fault['kind'], victims: readonly number[], lasts: Lasts): void => {
    const fromMinute = draws.uniform() * minutes;
    const length = Math.min(480, lasts.median * Math.exp(lasts.spread * draws.normal()));
    const share = 0.05 + 0.25 * draws.uniform();
    const isMute = kind === 'death' || draws.uniform() < (lasts.mute ?? 0);
    faults.push({ kind, servers: victims, fromMinute, toMinute: fromMinute + length, isMute, share });
  };
  for (let server = 0; server < servers; server++) {
    for (let left = draws.poisson(days / 2); left > 0; left--)
      add('stall', [server], { median: 8, spread: 1, mute: 0.1 });
    for (let left = draws.poisson(days / 30); left > 0; left--) add('death', [server], { median: 180, spread: 1 });
    for (let left = draws.poisson(days / 20); left > 0; left--) add('loss', [server], { median: 60, spread: 0.5 });
  }
  const everyone = Array.from({ length: servers }, (_, server) => server);
  const inRegion = (): readonly number[] => {
    const region = Math.floor(draws.uniform() * regions);
    return everyone.filter((server) => regionOf(server) === region);
  };
  const some = (from: readonly number[], count: number): readonly number[] =>
    from
      .map((server) => ({ server, lot: draws.uniform() }))
      .sort((a, b) => a.lot - b.lot)
      .slice(0, Math.max(1, Math.round(count)))
      .map(({ server }) => server);
  for (let left = draws.poisson(days / 2); left > 0; left--) {
    const region = inRegion();
    add('stall', some(region, region.length * (0.3 + 0.7 * draws.uniform())), { median: 15, spread: 0.9, mute: 0.5 });
  }
  for (let left = draws.poisson(days / 1.5); left > 0; left--) {
    const count = servers * (0.03 + 0.17 * draws.uniform());
    add('death', some(draws.uniform() < 0.5 ? inRegion() : everyone, count), { median: 90, spread: 0.8 });
  }
  return faults;
}
