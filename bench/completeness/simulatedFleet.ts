import { type Draws, drawsOf } from './draws.ts';
import { faultsOf } from './faults.ts';
import { factorAt, type TrafficChange } from './plantedChanges.ts';

export interface FleetSize {
  readonly servers: number;
  readonly regions: number;
  readonly days: number;
  readonly seed: string;
  /** What is made of the traffic on purpose, beside the faults. */
  readonly changes?: readonly TrafficChange[];
}

/** Every cell of a fleet, with what is true of it. Cells are indexed by server times `minutes` plus minute. */
export interface SimulatedFleet {
  readonly size: FleetSize;
  readonly minutes: number;
  readonly names: readonly string[];
  readonly regionNames: readonly string[];
  /** Events, of them those that were filled, and when all arrived, in minutes; Infinity for what never does. */
  readonly counts: Int32Array;
  readonly filled: Int32Array;
  /** Events that the server had, which its packet tells: more than arrive where some are lost. */
  readonly announced: Int32Array;
  readonly arrivedMinute: Float64Array;
  /** 1 where no packet of the minute came in time. */
  readonly mute: Uint8Array;
  /** Share of the fleet that is dead, by minute, from the ledger. */
  readonly deadShare: Float64Array;
}

const [DAY_MINUTES, WEEK_MINUTES] = [1_440, 10_080];
const EVENTS_PER_CELL = 200;
const NONE = 0;
const DEAD = 255;
/** Of what a dead server would have served, its region's other servers take this. */
const TAKEN_OVER = 0.5;
const LOST_CELLS = 5e-4;

/**
 * A fleet's counts per server and minute with daily and weekly rhythms per region, noise that lasts (region and fleet), sudden rushes, shares that drift; and when each cell arrives: in order per server,
 * usually within a minute, later in stalls, never when it is lost or its server is dead. Depends on the seed alone.
 */
export function simulatedFleet(size: FleetSize): SimulatedFleet {
  const { servers, regions, days, seed } = size;
  const minutes = days * DAY_MINUTES;
  const draws = drawsOf(seed);
  const regionOf = (server: number): number => server % regions;
  const faults = faultsOf({ servers, regions, regionOf, minutes }, draws);
  const lost = new Uint8Array(servers * minutes);
  const stalledUntil = new Float32Array(servers * minutes);
  const mute = new Uint8Array(servers * minutes);
  for (const { kind, servers: victims, fromMinute, toMinute, isMute, share } of faults) {
    for (const server of victims) {
      for (let minute = Math.floor(fromMinute); minute < Math.min(minutes, toMinute); minute++) {
        const cell = server * minutes + minute;
        if (isMute) mute[cell] = 1;
        if (kind === 'death') lost[cell] = DEAD;
        else if (kind === 'loss') lost[cell] = Math.max(lost[cell] ?? NONE, Math.round(100 * share));
        else stalledUntil[cell] = Math.max(stalledUntil[cell] ?? 0, toMinute);
      }
    }
  }
  const fleet: SimulatedFleet = {
    size,
    minutes,
    names: Array.from({ length: servers }, (_, server) => `s${String(server).padStart(4, '0')}`),
    regionNames: Array.from({ length: servers }, (_, server) => `r${String(regionOf(server))}`),
    counts: new Int32Array(servers * minutes),
    filled: new Int32Array(servers * minutes),
    announced: new Int32Array(servers * minutes),
    arrivedMinute: new Float64Array(servers * minutes).fill(Infinity),
    mute,
    deadShare: new Float64Array(minutes),
  };
  fillCounts(fleet, lost, draws);
  fillArrivals(fleet, { lost, stalledUntil }, draws);
  return fleet;
}

function fillCounts(
  { size, minutes, counts, filled, announced, deadShare }: SimulatedFleet,
  lost: Uint8Array,
  draws: Draws,
): void {
  const { servers, regions, changes = [] } = size;
  const shares = Array.from({ length: servers }, () => Math.exp(0.5 * draws.normal()));
  const fillRates = Array.from({ length: servers }, () => 0.3 + 0.4 * draws.uniform());
  const noise = new Float64Array(regions + 1);
  let rush = 1;
  for (let minute = 0; minute < minutes; minute++) {
    for (let at = 0; at <= regions; at++) noise[at] = 0.97 * (noise[at] ?? 0) + 0.007 * draws.normal();
    if (draws.uniform() < 1 / (2 * DAY_MINUTES)) rush = 1.3;
    rush = 1 + (rush - 1) * 0.95;
    const fillLevel = 1 + 0.1 * Math.sin((2 * Math.PI * minute) / DAY_MINUTES);
    const [alive, dead] = [new Float64Array(regions), new Float64Array(regions)];
    for (let server = 0; server < servers; server++) {
      const part = lost[server * minutes + minute] === DEAD ? dead : alive;
      part[server % regions] = (part[server % regions] ?? 0) + (shares[server] ?? 1);
    }
    deadShare[minute] = total(dead) / (total(dead) + total(alive));
    const changed = Array.from({ length: regions }, (_, region) => factorAt(changes, minute, region));
    for (let server = 0; server < servers; server++) {
      const cell = server * minutes + minute;
      const region = server % regions;
      shares[server] = (shares[server] ?? 1) * Math.exp(0.0012 * draws.normal());
      if (lost[cell] === DEAD) continue;
      const more = 1 + (TAKEN_OVER * (dead[region] ?? 0)) / (alive[region] ?? 1);
      const lasting = Math.exp((noise[region] ?? 0) + (noise[regions] ?? 0));
      const level = levelOf(minute, region / regions) * lasting * rush * (changed[region] ?? 1);
      const there = 1 - (lost[cell] ?? 0) / 100;
      const mean = EVENTS_PER_CELL * (shares[server] ?? 1) * level * more * there * Math.exp(0.05 * draws.normal());
      const count = draws.poisson(mean);
      const rate = Math.min(0.95, (fillRates[server] ?? 0.5) * fillLevel);
      counts[cell] = count;
      announced[cell] = Math.round(count / there);
      const hits = Math.round(count * rate + Math.sqrt(count * rate * (1 - rate)) * draws.normal());
      filled[cell] = Math.min(count, Math.max(0, hits));
    }
  }
}

const total = (parts: Float64Array): number => parts.reduce((sum, part) => sum + part, 0);

/** Level over the day and the week; regions live in time zones of their own. */
function levelOf(minute: number, phase: number): number {
  const day = Math.sin(2 * Math.PI * (minute / DAY_MINUTES + phase));
  const isWeekend = (minute % WEEK_MINUTES) / DAY_MINUTES >= 5;
  return (1 + 0.4 * day) * (isWeekend ? 0.85 : 1);
}

function fillArrivals(
  { size, minutes, arrivedMinute }: SimulatedFleet,
  { lost, stalledUntil }: { lost: Uint8Array; stalledUntil: Float32Array },
  draws: Draws,
): void {
  for (let server = 0; server < size.servers; server++) {
    const medianMinutes = 0.4 * Math.exp(0.3 * draws.normal());
    let last = 0;
    for (let minute = 0; minute < minutes; minute++) {
      const cell = server * minutes + minute;
      const delayMinutes = medianMinutes * Math.exp(0.6 * draws.normal());
      const isLost = lost[cell] === DEAD || draws.uniform() < LOST_CELLS;
      if (isLost) continue;
      const sent = minute + 1 + delayMinutes;
      const until = stalledUntil[server * minutes + Math.min(minutes - 1, Math.floor(sent))] ?? 0;
      last = Math.max(last, sent, until > sent ? until + delayMinutes / 10 : 0);
      arrivedMinute[cell] = last;
    }
  }
}
