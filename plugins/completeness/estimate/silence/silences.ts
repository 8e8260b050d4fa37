import { CellLoss, type KeptCellLoss, NO_CELL_LOSS } from '../law/cellLoss.ts';
import { DelayLaw, type KeptDelays } from './delayLaw.ts';
import { type Fate, fatesOf, fellSilentAt, type SilentServer } from './commonFate.ts';
import { firstHeard, type Heard, type KeptHeard, keptHeard, type Pulse, pulseAt, restoredHeard } from './heard.ts';
import type { GapLaw, GapPlace, KeptGaps } from './gapLaw.ts';
import { GapLaws } from './gapLaws.ts';
import { newSilencesOf, type Watched } from './newlySilent.ts';
import { onsetPriorsOf } from './onsetPriors.ts';
import { type KeptOnsets, NO_ONSETS, OnsetRates } from './onsetRates.ts';
import { signsOf } from './signs.ts';
import { type KeptSilence, keptSilence, restoredSilence, type Silence } from './silence.ts';

/** Silent for longer than all but this share of a server's cells take is overdue. */
const USUAL_SHARE = 0.99;
/** However punctual a server is, it is overdue no sooner after the next cell's end; however unpunctual, no later. */
const [OVERDUE_MIN_MINUTES, OVERDUE_MAX_MINUTES] = [1, 5];
/** Of the minutes a gap spans, the share that may be passed over by what comes first when its data comes after all. */
const SKIPPED_SHARE_MAX = 0.5;

/** Packets after which the past of how long they stay away is halved: it is one law for all servers. */
const REMEMBERED_BEATS = 1_000_000;

type OpenGap = GapPlace & { readonly minutes: number; readonly weight: number };

/** Silences as they stand in a snapshot. */
export interface KeptSilences {
  readonly delays: KeptDelays;
  readonly laws: readonly KeptGaps[];
  readonly heard: readonly KeptHeard[];
  readonly silent: readonly KeptSilence[];
  readonly holes: readonly [filled: number, left: number];
  /** The last three are not in snapshots of an earlier version. */
  readonly beats?: KeptDelays;
  readonly onsets?: KeptOnsets;
  readonly advancedMinute?: number | null;
  readonly cellLoss?: KeptCellLoss;
}

/**
 * Who is silent, since when, together with whom, and how likely their data still comes: learned from arrivals (and from packets, which come by another way, where there are any), in the order in which they come. Keeps per
 * server 84 bytes of delays, at most 900 of gaps (300 for each pulse it ever had a gap with) and a few numbers.
 */
export class Silences {
  readonly delays = new DelayLaw();
  /** How long packets of servers that live stay away, of all servers as one. */
  readonly #beats = new DelayLaw(REMEMBERED_BEATS);
  readonly #laws = new GapLaws();
  readonly #onsets = new OnsetRates();
  readonly #cellLoss = new CellLoss();
  readonly #heard = new Map<string, Heard>();
  #silent = new Map<string, Silence>();
  #holesFilled = 0;
  #holesLeft = 0;
  #advancedMinute: number | undefined;
  readonly #givenUpMinutes: number;
  readonly cellMinutes: number;

  /** `givenUpMinutes`: the lateness that is allowed; data of a longer gap is taken to be gone. `cellMinutes`: how much time a cell spans. */
  constructor(givenUpMinutes: number, cellMinutes = 1) {
    this.#givenUpMinutes = givenUpMinutes;
    this.cellMinutes = cellMinutes;
  }

  /** The data of one whole cell of a server, which begins at `minute`, arrived; both in minutes since 1970. */
  arrived({ server, region }: GapPlace, minute: number, arrivedMinute: number): void {
    this.delays.learn(server, arrivedMinute - minute - this.cellMinutes);
    const heard = this.#heard.get(server);
    if (heard === undefined) {
      this.#heard.set(server, firstHeard(region, minute, arrivedMinute));
      return;
    }
    const minutes = arrivedMinute - heard.lastMinute;
    const skipped = minute - heard.newestMinute - this.cellMinutes;
    if (minutes > this.#overdueMinutes(server) && !heard.isGivenUp) {
      heard.pulse ??= pulseAt(heard.beatMinute, arrivedMinute);
      this.#ended({ server, region }, heard, { minutes, isLate: skipped <= SKIPPED_SHARE_MAX * minutes });
    } else {
      const over = Math.max(0, Math.round(skipped / this.cellMinutes));
      this.#cellLoss.came({ skipped: over, isFilling: minute < heard.newestMinute });
      if (heard.beatlessMinutes !== undefined) this.#beats.learn('', heard.beatlessMinutes);
    }
    heard.beatlessMinutes = undefined;
    if (minute < heard.newestMinute) this.#holesFilled++;
    heard.newestMinute = Math.max(heard.newestMinute, minute);
    heard.lastMinute = Math.max(heard.lastMinute, arrivedMinute);
    heard.pulse = undefined;
    heard.together = 1;
    heard.isGivenUp = false;
  }

  /** A packet of a server that was heard before arrived. */
  beat(server: string, arrivedMinute: number): void {
    const heard = this.#heard.get(server);
    if (heard !== undefined) heard.beatMinute = Math.max(heard.beatMinute ?? arrivedMinute, arrivedMinute);
  }

  /** A sealed window left so many cells empty. */
  leftEmpty(holes: number): void {
    this.#holesLeft += holes;
  }

  /** Brings the silences to an instant: nothing that arrived after it may have been told, everything before must have been. */
  advance(nowMinute: number): void {
    const overdue: SilentServer[] = [];
    this.#onsets.passed(nowMinute - (this.#advancedMinute ?? nowMinute), this.#heard.size);
    this.#advancedMinute = nowMinute;
    for (const [server, heard] of this.#heard) {
      if (heard.beatMinute !== undefined)
        heard.beatlessMinutes = Math.max(heard.beatlessMinutes ?? 0, nowMinute - heard.beatMinute);
      const minutes = nowMinute - heard.lastMinute;
      if (minutes <= this.#overdueMinutes(server)) continue;
      if (minutes > this.#givenUpMinutes && !heard.isGivenUp) {
        this.#ended({ server, region: heard.region }, heard, { minutes, isLate: false });
        heard.isGivenUp = true;
      }
      // Once without a pulse stays so until its data comes: a server that was restarted sends packets before it sends data.
      if (heard.pulse !== 'none') heard.pulse = pulseAt(heard.beatMinute, nowMinute);
      overdue.push({ server, region: heard.region, minutes, newestMinute: heard.newestMinute });
    }
    this.#judge(overdue, nowMinute);
  }

  /** The silence of a server at the instant last advanced to; undefined of one that is sure to come. */
  of(server: string): Silence | undefined {
    return this.#silent.get(server);
  }

  isHeard(server: string): boolean {
    return this.#heard.has(server);
  }

  /** Whether a server is past the cell that is `at` cells after a minute: a later one has come, or that one. */
  isPassed(server: string, minute: number, at: number): boolean {
    // Half a cell less, since begins of cells that are no whole minutes are not exact.
    return minute + (at - 0.5) * this.cellMinutes <= (this.#heard.get(server)?.newestMinute ?? -Infinity);
  }

  /** Probability that a cell that was passed over still comes. */
  holeProbability(): number {
    return (this.#holesFilled + 0.5) / (this.#holesFilled + this.#holesLeft + 1);
  }

  /** Probability that the first cell that is missing of a server is lost, though the server lives: the likelier the longer its data would usually be here. 0 of a cell after it. */
  lostProbability(server: string, minute: number, at: number): number {
    const next = (this.#heard.get(server)?.newestMinute ?? NaN) + this.cellMinutes;
    if (!(Math.abs(minute + at * this.cellMinutes - next) < this.cellMinutes / 2)) return 0;
    const waitedMinutes = (this.#advancedMinute ?? next) - next - this.cellMinutes;
    return this.#cellLoss.probability(this.delays.lasting(server, waitedMinutes));
  }

  /** Forgets all servers but these. */
  keepOnly(servers: ReadonlySet<string>): void {
    for (const law of [this.delays, ...this.#laws.all()]) law.keepOnly(servers);
    for (const kept of [this.#heard, this.#silent])
      for (const server of kept.keys()) if (!servers.has(server)) kept.delete(server);
  }

  snapshot(): KeptSilences {
    return {
      delays: this.delays.snapshot(),
      laws: this.#laws.snapshot(),
      heard: [...this.#heard].map(([server, heard]) => keptHeard(server, heard)),
      silent: [...this.#silent].map(([server, silence]) => keptSilence(server, silence)),
      holes: [this.#holesFilled, this.#holesLeft],
      beats: this.#beats.snapshot(),
      onsets: this.#onsets.snapshot(),
      advancedMinute: this.#advancedMinute ?? null,
      cellLoss: this.#cellLoss.snapshot(),
    };
  }

  restore({ delays, laws, heard, silent, holes, beats, onsets, advancedMinute, cellLoss }: KeptSilences): void {
    this.delays.restore(delays);
    this.#laws.restore(laws);
    this.#beats.restore(beats ?? []);
    this.#onsets.restore(onsets ?? NO_ONSETS);
    this.#cellLoss.restore(cellLoss ?? NO_CELL_LOSS);
    this.#advancedMinute = advancedMinute ?? undefined;
    this.#heard.clear();
    for (const [server, state] of heard.map(restoredHeard)) this.#heard.set(server, state);
    this.#silent = new Map(silent.map(restoredSilence));
    [this.#holesFilled, this.#holesLeft] = holes;
  }

  #judge(overdue: readonly SilentServer[], nowMinute: number): void {
    const silent = new Map<string, Silence>();
    const open = new Map(this.#laws.all().map((law) => [law, [] as OpenGap[]]));
    const fates = fatesOf(overdue, this.#heard.size, this.cellMinutes);
    for (const [at, fate] of fates.entries()) {
      const members = fate.members.flatMap(({ server }) => this.#heard.get(server) ?? []);
      for (const heard of members) heard.together = Math.max(heard.together, members.length);
      const together = Math.max(...members.map((heard) => heard.together));
      const place = { server: together === 1 ? (fate.members[0]?.server ?? '') : '', region: fate.region };
      const minutes = Math.min(fate.minutes, this.#givenUpMinutes);
      for (const [pulse, alike] of Map.groupBy(members, (heard) => heard.pulse ?? 'unknown')) {
        const weight = alike.filter(({ isGivenUp }) => !isGivenUp).length / together;
        if (weight > 0) open.get(this.#lawOf(pulse, together))?.push({ ...place, minutes, weight });
      }
      for (const { server } of fate.members) {
        const pulse = this.#heard.get(server)?.pulse ?? 'unknown';
        const kind = { pulse, together, fleetSize: this.#heard.size };
        // Those of one fate whose packets come and those whose packets do not are two.
        silent.set(server, {
          fate: `${pulse} ${at}`,
          lateProbability: this.#laws.lateProbability(place, minutes, kind),
          share: 1,
          silentProbability: 1,
        });
      }
    }
    for (const [law, gaps] of open) law.setOpen(gaps);
    this.#silent = new Map([...silent, ...this.#newlySilent(silent, fates, nowMinute)]);
  }

  #newlySilent(silent: ReadonlyMap<string, Silence>, fates: readonly Fate[], nowMinute: number): typeof silent {
    const { cellMinutes } = this;
    const laws = { delays: this.delays, beats: this.#beats, onsets: this.#onsets, cellMinutes };
    const watched = [...this.#heard].map(([server, heard]): Watched => {
      const signs = signsOf(server, heard, nowMinute, laws);
      return { server, region: heard.region, isOverdue: silent.has(server), signs };
    });
    const priors = onsetPriorsOf({ laws: this.#laws, onsets: this.#onsets, cellMinutes }, this.#heard.size);
    return newSilencesOf(watched, priors, (pulse, onsetMinute) =>
      fellSilentAt(fates, onsetMinute, cellMinutes)
        .map(({ server }) => silent.get(server))
        .find((silence) => silence?.fate.startsWith(`${pulse} `)),
    );
  }

  #ended(
    { server, region }: GapPlace,
    { pulse = 'unknown', together }: Heard,
    end: { minutes: number; isLate: boolean },
  ): void {
    const place = together === 1 ? { server, region } : { server: '', region };
    this.#lawOf(pulse, together).ended(place, { ...end, weight: 1 / together });
    this.#onsets.ended(pulse, together);
  }

  #lawOf(pulse: Pulse, together: number): GapLaw {
    return this.#laws.of({ pulse, together, fleetSize: this.#heard.size });
  }

  #overdueMinutes(server: string): number {
    const usual = this.delays.quantileMinutes(server, USUAL_SHARE) ?? 0;
    return this.cellMinutes + Math.min(OVERDUE_MAX_MINUTES, Math.max(OVERDUE_MIN_MINUTES, usual));
  }
}
