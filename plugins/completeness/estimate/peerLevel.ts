import { eventsIn, type KnownServer, type KnownWindow } from './knownWindow.ts';
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
  /** `peers`: some are there to compare with history; `forecast`: none are; `guess`: there is no history, so one like another; `nothing`: neither. */
  readonly basis: 'peers' | 'forecast' | 'guess' | 'nothing';
}

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
  const { minutes, servers } = known;
  const expectations = expectationsOf(known, traffic);
  if (expectations === undefined) return NOTHING;
  const { expectedOf, isGuess } = expectations;
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
  const spread = isGuess ? guessedSpread(expectedOf, servers) : traffic.spread;
  const fleet = shrunk(totalOf([...sums.values()].flat()), { ratio: 1, error: spread.fleet }, spread.dispersion);
  const regions = new Map([...sums].map(([region, row]) => [region, regionRatios(row, fleet, spread)] as const));
  const isThere = [...sums.values()].flat().some(({ expected }) => expected > 0);
  return {
    cell: (server, at) => expectedOf(server, at) * (regions.get(server.region)?.minutes[at]?.ratio ?? fleet.ratio),
    regionError: (region) => regions.get(region)?.region.error ?? spread.region,
    minuteError: (region, at) => regions.get(region)?.minutes[at]?.error ?? spread.minute,
    fleetError: fleet.error,
    dispersion: spread.dispersion,
    basis: isGuess ? 'guess' : isThere ? 'peers' : 'forecast',
  };
}

const NOTHING: PeerLevel = {
  cell: () => 0,
  regionError: () => 0,
  minuteError: () => 0,
  fleetError: 0,
  dispersion: 1,
  basis: 'nothing',
};

/** What each cell should hold by history, as far as there is any: a new server is like the mean of the others, and in the first window the mean of what is there. */
function expectationsOf(
  { startMinute, servers }: KnownWindow,
  traffic: Traffic,
): { expectedOf: (server: KnownServer, at: number) => number; isGuess: boolean } | undefined {
  const usual = new Map<string, number>();
  for (const { server, region } of servers) {
    const events = traffic.expected(server, region, { minute: startMinute });
    if (events !== undefined) usual.set(server, events);
  }
  if (usual.size > 0) {
    const mean = [...usual.values()].reduce((sum, events) => sum + events, 0) / usual.size;
    const expectedOf = ({ server, region }: KnownServer, at: number): number =>
      traffic.expected(server, region, { minute: startMinute, at }) ?? mean;
    return { expectedOf, isGuess: false };
  }
  let [events, cells] = [0, 0];
  for (const server of servers) {
    for (const at of server.counts.keys()) {
      const there = eventsIn(server, at);
      if (there !== undefined) [events, cells] = [events + there, cells + 1];
    }
  }
  return cells === 0 ? undefined : { expectedOf: () => events / cells, isGuess: true };
}

/** Without history each server may send anything about the mean: a deviation as large as what is expected of it. */
function guessedSpread(
  expectedOf: (server: KnownServer, at: number) => number,
  servers: readonly KnownServer[],
): Spread {
  const [first] = servers;
  return { fleet: 1, region: 1, minute: 1, dispersion: first === undefined ? 1 : Math.max(1, expectedOf(first, 0)) };
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
