import { GAP_BINS, gapBinOf, passedOf } from './gapBins.ts';
import { courseOf, type GapCourse } from './kaplanMeier.ts';

/** How many gaps of its own a server (or region) needs to be believed as much as its region (or the fleet). */
const TRUST_GAPS = 5;
/** Gaps of a record beyond which its past is halved, so that the newer weighs more. */
const REMEMBERED_GAPS = 2_000;

interface GapRecord {
  readonly late: Float32Array;
  readonly dead: Float32Array;
  open: Float32Array;
  /** What follows of the three; undefined since one of them changed. */
  course: GapCourse | undefined;
}

const newRecord = (): GapRecord => ({
  late: new Float32Array(GAP_BINS),
  dead: new Float32Array(GAP_BINS),
  open: new Float32Array(GAP_BINS),
  course: undefined,
});

/** A record as it stands in a snapshot: its three rows, late, dead and open, each up to the last bin that holds something. */
type KeptRecord = readonly [late: readonly number[], dead: readonly number[], open: readonly number[]];

/** A law of gaps as it stands in a snapshot. */
export type KeptGaps = readonly [
  fleet: KeptRecord,
  regions: readonly (readonly [string, KeptRecord])[],
  servers: readonly (readonly [string, KeptRecord])[],
];

/** Where a gap happened: '' for a server or region that is not one. */
export interface GapPlace {
  readonly server: string;
  readonly region: string;
}

/**
 * How gaps end, by length: with the data there after all, or without it. Learned from gaps that ended, per server, region and fleet, each shrunk towards the next wider
 * one; gaps still open count as censored. 300 bytes per server that ever had a gap (three rows of 25 floats).
 */
export class GapLaw {
  #fleet = newRecord();
  readonly #regions = new Map<string, GapRecord>();
  readonly #servers = new Map<string, GapRecord>();

  /** A gap of that many minutes ended. `weight` is 1 for a gap by itself; servers silent together share 1. */
  ended(place: GapPlace, { minutes, isLate, weight }: { minutes: number; isLate: boolean; weight: number }): void {
    const bin = gapBinOf(minutes);
    for (const record of this.#recordsOf(place)) {
      const row = isLate ? record.late : record.dead;
      row[bin] = (row[bin] ?? 0) + weight;
      forgetHalf(record);
      record.course = undefined;
    }
  }

  /** All gaps that are open now take the place of those said before. */
  setOpen(gaps: Iterable<GapPlace & { readonly minutes: number; readonly weight: number }>): void {
    for (const record of [this.#fleet, ...this.#regions.values()]) {
      record.open.fill(0);
      record.course = undefined;
    }
    for (const { region, minutes, weight } of gaps) {
      const bin = gapBinOf(minutes);
      for (const record of this.#recordsOf({ server: '', region })) {
        record.open[bin] = (record.open[bin] ?? 0) + weight;
        record.course = undefined;
      }
    }
  }

  /** Probability in (0, 1) that the data of a gap that is open for that many minutes comes after all; where nothing is known what is `usual`, which counts for one gap. */
  lateProbability({ server, region }: GapPlace, minutes: number, usual = 0.5): number {
    const at = { bin: gapBinOf(minutes), passed: passedOf(minutes) };
    let chance = usual;
    let trust = 1;
    for (const record of [this.#fleet, this.#regions.get(region), this.#servers.get(server)]) {
      if (record !== undefined) chance = shrunk(record, at, { chance, trust });
      trust = TRUST_GAPS;
    }
    return chance;
  }

  /** Forgets all servers but these. */
  keepOnly(servers: ReadonlySet<string>): void {
    for (const server of this.#servers.keys()) if (!servers.has(server)) this.#servers.delete(server);
  }

  snapshot(): KeptGaps {
    return [keptRecord(this.#fleet), keptRecords(this.#regions), keptRecords(this.#servers)];
  }

  restore([fleet, regions, servers]: KeptGaps): void {
    this.#fleet = restoredRecord(fleet);
    restoreRecords(this.#regions, regions);
    restoreRecords(this.#servers, servers);
  }

  #recordsOf({ server, region }: GapPlace): readonly GapRecord[] {
    const records = [this.#fleet];
    if (region !== '') records.push(recordOf(this.#regions, region));
    if (server !== '') records.push(recordOf(this.#servers, server));
    return records;
  }
}

interface Wider {
  readonly chance: number;
  readonly trust: number;
}

/** The chance in a record of ending with data, of gaps that have so much of a bin behind them, weighed against a wider record's chance. */
function shrunk(record: GapRecord, { bin, passed }: { bin: number; passed: number }, wider: Wider): number {
  const { survival, lateBy, atRisk } = (record.course ??= courseOf(record));
  const within = (course: readonly number[], atFirst: number): number => {
    const begin = bin === 0 ? atFirst : (course[bin - 1] ?? 0);
    return begin + passed * ((course[bin] ?? 0) - begin);
  };
  const [alive, before] = [within(survival, 1), within(lateBy, 0)];
  if (!(alive > 0)) return wider.chance;
  const never = survival.at(-1) ?? 0;
  const late = (lateBy.at(-1) ?? 0) - before;
  // What is open beyond the last end is of unknown fate: it is shared out by the wider record's chance.
  const chance = Math.min(1, Math.max(0, (late + never * wider.chance) / alive));
  const risk = atRisk[bin] ?? 0;
  return (risk * chance + wider.trust * wider.chance) / (risk + wider.trust);
}

function forgetHalf({ late, dead }: GapRecord): void {
  let total = 0;
  for (let bin = 0; bin < GAP_BINS; bin++) total += (late[bin] ?? 0) + (dead[bin] ?? 0);
  if (total <= REMEMBERED_GAPS) return;
  for (const row of [late, dead]) for (let bin = 0; bin < GAP_BINS; bin++) row[bin] = (row[bin] ?? 0) / 2;
}

function recordOf(records: Map<string, GapRecord>, name: string): GapRecord {
  let record = records.get(name);
  if (record === undefined) records.set(name, (record = newRecord()));
  return record;
}

const keptRecord = ({ late, dead, open }: GapRecord): KeptRecord => [filled(late), filled(dead), filled(open)];
const keptRecords = (records: ReadonlyMap<string, GapRecord>): readonly (readonly [string, KeptRecord])[] =>
  [...records].map(([name, record]) => [name, keptRecord(record)]);
const filled = (row: Float32Array): readonly number[] => [
  ...row.subarray(0, row.findLastIndex((gaps) => gaps !== 0) + 1),
];

function restoredRecord([late, dead, open]: KeptRecord): GapRecord {
  const record = newRecord();
  record.late.set(late);
  record.dead.set(dead);
  record.open.set(open);
  return record;
}

function restoreRecords(records: Map<string, GapRecord>, kept: readonly (readonly [string, KeptRecord])[]): void {
  records.clear();
  for (const [name, record] of kept) records.set(name, restoredRecord(record));
}
