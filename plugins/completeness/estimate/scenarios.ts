import type { NormalMixture, NormalPart } from './normalMixture.ts';

/** Events missing of one or more servers that are late together or dead together: those imputed, by region, and those that packets told of. */
export interface MissingUnit {
  readonly lateProbability: number;
  readonly byRegion: ReadonlyMap<string, number>;
  /** Of those that packets told of, as many as come when the server is late; and the variance by what is lost of them. */
  readonly announced: number;
  readonly lossVariance: number;
}

/** What the scenarios of a window are made of. */
export interface WindowParts {
  /** Events that are there. */
  readonly observed: number;
  readonly units: readonly MissingUnit[];
  /** Variance of how many the imputed events are, given how many each region misses. */
  readonly varianceOf: (byRegion: ReadonlyMap<string, number>) => number;
}

/** Units whose fate moves the total most get scenarios of their own (2^5 of them); the others enter by mean and variance. */
const OWN_SCENARIOS = 5;
const WEIGHT_MIN = 1e-5;
/** Least deviation in events: half of one. */
const DEVIATION_MIN = 0.5;

const sizeOf = ({ byRegion, announced }: MissingUnit): number =>
  [...byRegion.values()].reduce((sum, events) => sum + events, announced);
const varianceByFate = (unit: MissingUnit): number =>
  unit.lateProbability * (1 - unit.lateProbability) * sizeOf(unit) ** 2;

/** The law of a window's final value: a normal law for each way the fates of the largest silent units may turn out. */
export function scenariosOf({ observed, units, varianceOf }: WindowParts): NormalMixture {
  const ranked = units
    .map((unit) => ({ unit, variance: varianceByFate(unit) }))
    .sort((a, b) => b.variance - a.variance);
  const own = ranked.slice(0, OWN_SCENARIOS).filter(({ variance }) => variance > 0);
  const rest = ranked.slice(own.length);
  const certain = addedUp(rest.map(({ unit }) => [unit, unit.lateProbability]));
  const certainlyAnnounced = rest.reduce((sum, { unit }) => sum + unit.lateProbability * unit.announced, 0);
  const restVariance = rest.reduce(
    (sum, { unit, variance }) => sum + variance + unit.lateProbability * unit.lossVariance,
    0,
  );
  const parts: NormalPart[] = [];
  for (let fates = 0; fates < 2 ** own.length; fates++) {
    const isLate = (at: number): boolean => ((fates >> at) & 1) === 1;
    const weight = own.reduce(
      (product, { unit }, at) => product * (isLate(at) ? unit.lateProbability : 1 - unit.lateProbability),
      1,
    );
    if (weight < WEIGHT_MIN) continue;
    const late = own.flatMap(({ unit }, at) => (isLate(at) ? [[unit, 1] as const] : []));
    const missing = addedUp(late, certain);
    const announced = late.reduce((sum, [unit]) => sum + unit.announced, certainlyAnnounced);
    const lossVariance = late.reduce((sum, [unit]) => sum + unit.lossVariance, restVariance);
    const mean = observed + [...missing.values()].reduce((sum, events) => sum + events, 0) + announced;
    const deviation = Math.max(DEVIATION_MIN, Math.sqrt(varianceOf(missing) + lossVariance));
    parts.push({ weight, mean, deviation });
  }
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  return parts.map((part) => ({ ...part, weight: part.weight / total }));
}

function addedUp(
  units: readonly (readonly [MissingUnit, number])[],
  to: ReadonlyMap<string, number> = new Map(),
): ReadonlyMap<string, number> {
  const sum = new Map(to);
  for (const [{ byRegion }, share] of units)
    for (const [region, events] of byRegion) sum.set(region, (sum.get(region) ?? 0) + share * events);
  return sum;
}
