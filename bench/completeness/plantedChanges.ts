import { drawsOf } from './draws.ts';

/** The traffic is so many times what it would be in [fromMinute, toMinute), everywhere or in one region. */
export interface TrafficChange {
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly factor: number;
  readonly region: number | undefined;
}

const FACTORS = [0.5, 0.7, 0.8, 0.9, 0.95, 1.1, 1.2, 1.5];
/** One in each stretch of this length. */
const EVERY_MINUTES = 360;
const [LASTS_MIN_MINUTES, LASTS_MAX_MINUTES] = [20, 60];
const ONE_REGION_SHARE = 0.25;

/** Drops and rises of traffic of known sizes: one every six hours after the warm-up, of 20 to 60 minutes, a quarter of them in one region only. Depends on the seed alone. */
export function plantedChanges(
  { days, regions, seed }: { readonly days: number; readonly regions: number; readonly seed: string },
  warmUpMinutes: number,
): readonly TrafficChange[] {
  const draws = drawsOf(`${seed} changes`);
  const stretches = Math.floor((days * 1_440 - warmUpMinutes) / EVERY_MINUTES);
  return Array.from({ length: stretches }, (_, stretch) => {
    const length = Math.round(LASTS_MIN_MINUTES + (LASTS_MAX_MINUTES - LASTS_MIN_MINUTES) * draws.uniform());
    const from = Math.floor((EVERY_MINUTES - length) * draws.uniform());
    const fromMinute = warmUpMinutes + stretch * EVERY_MINUTES + from;
    const factor = FACTORS[Math.floor(FACTORS.length * draws.uniform())] ?? 1;
    const region = draws.uniform() < ONE_REGION_SHARE ? Math.floor(regions * draws.uniform()) : undefined;
    return { fromMinute, toMinute: fromMinute + length, factor, region };
  });
}

/** By how much the traffic of a region differs in a minute. */
export const factorAt = (changes: readonly TrafficChange[], minute: number, region: number): number =>
  changes
    .filter((change) => change.fromMinute <= minute && minute < change.toMinute)
    .filter((change) => change.region === undefined || change.region === region)
    .reduce((product, { factor }) => product * factor, 1);
