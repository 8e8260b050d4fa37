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
/** Units that fail to come so rarely enter together, by whether all of them come or not. */
const RARE = 0.1;
const DEVIATION_MIN = 0.5;

const sizeOf = ({ byRegion, announced }: MissingUnit): number => valueOf(byRegion, announced);
const valueOf = (byRegion: ReadonlyMap<string, MissedPart>, more: number): number =>
  [...byRegion.values()].reduce((sum, { value }) => sum + value, more);
const varianceByFate = (unit: MissingUnit): number =>
  unit.lateProbability * (1 - unit.lateProbability) * sizeOf(unit) ** 2;

/** The law of a window's final value: a normal law for each way the fates of the largest silent units may turn out, each with all of the many units come that seldom fail to, and without some. In the total's own unit. */
export function scenariosOf({ observed, units, varianceOf, deviationMin = DEVIATION_MIN }: WindowParts): NormalMixture {
  const ranked = units
    .map((unit) => ({ unit, variance: varianceByFate(unit) }))
    .sort((a, b) => b.variance - a.variance);
  const own = ranked.slice(0, OWN_SCENARIOS).filter(({ variance }) => variance > 0);
  const rest = ranked.slice(own.length);
  const rare = rareOf(rest.map(({ unit }) => unit));
  const shareOf = (unit: MissingUnit): number => (rare.units.has(unit) ? 1 : unit.lateProbability);
  const certain = addedUp(rest.map(({ unit }) => [unit, shareOf(unit)]));
  const certainlyAnnounced = rest.reduce((sum, { unit }) => sum + shareOf(unit) * unit.announced, 0);
  const restVariance = rest.reduce(
    (sum, { unit, variance }) => sum + (rare.units.has(unit) ? 0 : variance) + unit.lateProbability * unit.lossVariance,
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
    const variance = varianceOf(missing) + lossVariance;
    for (const way of rare.ways) {
      const deviation = Math.max(deviationMin, Math.sqrt(variance + way.variance));
      parts.push({ weight: weight * way.weight, mean: mean - way.failing, deviation });
    }
  }
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  return parts.map((part) => ({ ...part, weight: part.weight / total }));
}

/** Of units that seldom fail to come: that all of them come, or that some do not, and how many events then fail. */
function rareOf(rest: readonly MissingUnit[]): {
  readonly units: ReadonlySet<MissingUnit>;
  readonly ways: readonly { readonly weight: number; readonly failing: number; readonly variance: number }[];
} {
  const units = rest.filter(({ lateProbability }) => lateProbability >= 1 - RARE && lateProbability < 1);
  const all = units.reduce((product, { lateProbability }) => product * lateProbability, 1);
  const some = 1 - all;
  if (some < WEIGHT_MIN) return { units: new Set(), ways: [{ weight: 1, failing: 0, variance: 0 }] };
  const mean = units.reduce((sum, unit) => sum + (1 - unit.lateProbability) * sizeOf(unit), 0);
  const square = units.reduce((sum, unit) => sum + varianceByFate(unit), mean ** 2);
  const failing = mean / some;
  return {
    units: new Set(units),
    ways: [
      { weight: all, failing: 0, variance: 0 },
      { weight: some, failing, variance: Math.max(0, square / some - failing ** 2) },
    ],
  };
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
