import type { FleetOptions } from './options.ts';
import { randomOf, unitOf } from './rng.ts';

/** One ad server of the simulated fleet. */
export interface Server {
  /** `eu-west-01`. */
  readonly name: string;
  readonly region: string;
  readonly build: string;
  /** Its part of the fleet's traffic; all together 1. */
  readonly share: number;
  /** How far its region's clocks are ahead of UTC. */
  readonly offsetHours: number;
}

const OFFSET_HOURS: Readonly<Record<string, number>> = { us: -5, eu: 1, ap: 8, sa: -3, af: 2, me: 3 };

/** The fleet's servers, in a fixed order; shares differ by up to a factor of 4. */
export function rosterOf({ seed, servers, regions, builds }: FleetOptions): Server[] {
  const random = randomOf(seed, 'roster');
  const weights = Array.from({ length: servers }, () => 0.5 + 1.5 * unitOf(random));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight, at) => {
    const region = regions[at % regions.length] ?? '';
    const turn = Math.floor(at / regions.length);
    return {
      name: `${region}-${String(turn + 1).padStart(2, '0')}`,
      region,
      build: builds[turn % builds.length] ?? '',
      share: weight / total,
      offsetHours: OFFSET_HOURS[region.split('-')[0] ?? ''] ?? 0,
    };
  });
}
