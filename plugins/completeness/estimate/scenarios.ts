import type { NormalMixture, NormalPart } from './normalMixture.ts';

/** What is missing in one region: so many events, what they add to the total, and its variance given how many they are. */
export interface MissedPart {
  readonly events: number;
  readonly value: number;
  readonly variance: number;
}

/** What is missing of one or more servers that are late together or dead together: what is imputed, by region, and what packets told of. */
export interface MissingUnit {
  readonly lateProbability: number;
  readonly byRegion: ReadonlyMap<string, MissedPart>;
  /** Of what packets told of, as much as comes when the server is late; and the variance by what is lost of them. */
  readonly announced: number;
  readonly lossVariance: number;
}

/** What the scenarios of a window are made of. */
export interface WindowParts {
  /** The total that is there. */
  readonly observed: number;
  readonly units: readonly MissingUnit[];
  /** Variance of what is imputed, given what each region misses. */
  readonly varianceOf: (byRegion: ReadonlyMap<string, MissedPart>) => number;
  /** Least deviation; left out: half an event. */
  readonly deviationMin?: number;
}

/** Units whose fate moves the total most get scenarios of their own (2^5 of them); the others enter by mean and variance. */
const OWN_SCENARIOS = 5;
const WEIGHT_MIN = 1e-5;
const DEVIATION_MIN = 0.5;

const sizeOf = ({ byRegion, announced }: MissingUnit): number => valueOf(byRegion, announced);
const valueOf = (byRegion: ReadonlyMap<string, MissedPart>, more: number): number =>
  [...byRegion.values()].reduce((sum, { value }) => sum + value, more);
const varianceByFate = (unit: MissingUnit): number =>
  unit.lateProbability * (1 - unit.lateProbability) * sizeOf(unit) ** 2;

/** The law of a window's final value: a normal law for each way the fates of the largest silent units may turn out. In the total's own unit. */
export function scenariosOf({ observed, units, varianceOf, deviationMin = DEVIATION_MIN }: WindowParts): NormalMixture {
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
    const mean = observed + valueOf(missing, 0) + announced;
    const deviation = Math.max(deviationMin, Math.sqrt(varianceOf(missing) + lossVariance));
    parts.push({ weight, mean, deviation });
  }
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  return parts.map((part) => ({ ...part, weight: part.weight / total }));
}

function addedUp(
  units: readonly (readonly [MissingUnit, number])[],
  to: ReadonlyMap<string, MissedPart> = new Map(),
): ReadonlyMap<string, MissedPart> {
  const sum = new Map(to);
  for (const [{ byRegion }, share] of units)
    for (const [region, { events, value, variance }] of byRegion) {
      const before = sum.get(region) ?? { events: 0, value: 0, variance: 0 };
      sum.set(region, {
        events: before.events + share * events,
        value: before.value + share * value,
        variance: before.variance + share * variance,
      });
    }
  return sum;
}
