import { eventsIn, type KnownServer, type KnownWindow } from '../knownWindow.ts';
import type { Spread, Traffic } from './traffic.ts';

/** What a window's missing cells are imputed by. */
export interface PeerLevel {
  /** Events that a server should have in the i-th cell of the window, given what its peers have. */
  cell(server: KnownServer, at: number): number;
  /** Squared relative errors of a region's level, and of it in one cell; of the fleet's. */
  regionError(region: string): number;
  minuteError(region: string, at: number): number;
  readonly fleetError: number;
  /** Variance of a cell's count per count expected. */
  readonly dispersion: number;
  /** `peers`: some are there to compare with history; `forecast`: none are; `guess`: there is no history, or none that is worth anything, so one like another; `nothing`: neither. */
  readonly basis: 'peers' | 'forecast' | 'guess' | 'nothing';
}

/** So many times what was expected of a region is more than any rush. */
const VOID_RATIO = 10;

interface Ratio {
  readonly ratio: number;
  readonly error: number;
}

interface Sums {
  events: number;
  expected: number;
}

/**
 * How high the window runs against the seasonal forecast, from the cells that are whole and those that packets tell of: a ratio estimator (W. G. Cochran 1977, "Sampling Techniques", ch. 6) for the
 * fleet, each region and each minute of a region, each shrunk towards the wider one and the fleet's to the forecast, by how much of what is expected is there. That
 * is the weight of R. L. Bornhuetter and R. E. Ferguson (1972, "The actuary and IBNR"), in the form of least error by H. Bühlmann (1967, "Experience rating and credibility").
 */
export function peerLevelOf(known: KnownWindow, traffic: Traffic): PeerLevel {
  const forecast = forecastOf(known, traffic);
  if (forecast !== undefined) {
    const sums = sumsOf(known, forecast);
    if (![...sums.values()].some((row) => isVoid(row, traffic.spread)))
      return levelOf(sums, {
        expectedOf: forecast,
        spread: traffic.spread,
        basis: isThere(sums) ? 'peers' : 'forecast',
      });
  }
  const guess = guessOf(known);
  if (guess === undefined) return NOTHING;
  const spread = { fleet: 1, region: 1, minute: 1, dispersion: Math.max(1, guess()) };
  return levelOf(sumsOf(known, guess), { expectedOf: guess, spread, basis: 'guess' });
}

const NOTHING: PeerLevel = {
  cell: () => 0,
  regionError: () => 0,
  minuteError: () => 0,
  fleetError: 0,
  dispersion: 1,
  basis: 'nothing',
};

type ExpectedOf = (server: KnownServer, at: number) => number;

/** What each cell should hold by history, as far as there is any: a new server is like the mean of the others. */
function forecastOf({ startMinute, servers }: KnownWindow, traffic: Traffic): ExpectedOf | undefined {
  const usual = new Map<string, number>();
  for (const { server } of servers) {
    const events = traffic.expected(server, { minute: startMinute });
    if (events !== undefined) usual.set(server, events);
  }
  if (usual.size === 0) return undefined;
  const mean = [...usual.values()].reduce((sum, events) => sum + events, 0) / usual.size;
  return ({ server }, at) => traffic.expected(server, { minute: startMinute, at }) ?? mean;
}

/** Without history the mean of what is there, of which each server may stray by as much as is expected of it; undefined when nobody is there. */
function guessOf({ servers }: KnownWindow): (() => number) | undefined {
  let [events, cells] = [0, 0];
  for (const server of servers) {
    for (const at of server.counts.keys()) {
      const there = eventsIn(server, at);
      if (there !== undefined) [events, cells] = [events + there, cells + 1];
    }
  }
  return cells === 0 ? undefined : () => events / cells;
}

/** What is there of each region's cells, and what was expected of the same. */
function sumsOf({ minutes, servers }: KnownWindow, expectedOf: ExpectedOf): ReadonlyMap<string, readonly Sums[]> {
  const sums = new Map<string, Sums[]>();
  for (const server of servers) {
    let row = sums.get(server.region);
    if (row === undefined)
      sums.set(server.region, (row = Array.from({ length: minutes }, () => ({ events: 0, expected: 0 }))));
    for (const [at, sum] of row.entries()) {
      const there = eventsIn(server, at);
      if (there === undefined) continue;
      sum.events += there;
      sum.expected += expectedOf(server, at);
    }
  }
  return sums;
}

const isThere = (sums: ReadonlyMap<string, readonly Sums[]>): boolean =>
  [...sums.values()].flat().some(({ expected }) => expected > 0);

/** Whether a region has so much more than was expected that the forecast is worth nothing: it has rested and is back. */
function isVoid(row: readonly Sums[], { dispersion }: Spread): boolean {
  const { events, expected } = totalOf(row);
  return events > VOID_RATIO * (expected + dispersion);
}

function levelOf(
  sums: ReadonlyMap<string, readonly Sums[]>,
  { expectedOf, spread, basis }: { expectedOf: ExpectedOf; spread: Spread; basis: PeerLevel['basis'] },
): PeerLevel {
  const fleet = shrunk(totalOf([...sums.values()].flat()), { ratio: 1, error: spread.fleet }, spread.dispersion);
  const regions = new Map([...sums].map(([region, row]) => [region, regionRatios(row, fleet, spread)] as const));
  return {
    cell: (server, at) => expectedOf(server, at) * (regions.get(server.region)?.minutes[at]?.ratio ?? fleet.ratio),
    regionError: (region) => regions.get(region)?.region.error ?? spread.region,
    minuteError: (region, at) => regions.get(region)?.minutes[at]?.error ?? spread.minute,
    fleetError: fleet.error,
    dispersion: spread.dispersion,
    basis,
  };
}

function regionRatios(
  row: readonly Sums[],
  fleet: Ratio,
  spread: Spread,
): { region: Ratio; minutes: readonly Ratio[] } {
  const region = shrunk(totalOf(row), { ratio: fleet.ratio, error: spread.region }, spread.dispersion);
  const minutes = row.map((sum) => shrunk(sum, { ratio: region.ratio, error: spread.minute }, spread.dispersion));
  return { region, minutes };
}

/** The ratio of what is there to what was expected of it, weighed against a wider one by their errors. */
function shrunk({ events, expected }: Sums, wider: Ratio, dispersion: number): Ratio {
  if (!(expected > 0) || !(wider.error > 0)) return wider;
  const ownError = (dispersion * Math.max(wider.ratio, 1e-6)) / expected;
  const weight = wider.error / (wider.error + ownError);
  return { ratio: weight * (events / expected) + (1 - weight) * wider.ratio, error: weight * ownError };
}

const totalOf = (sums: readonly Sums[]): Sums => ({
  events: sums.reduce((total, { events }) => total + events, 0),
  expected: sums.reduce((total, { expected }) => total + expected, 0),
});
