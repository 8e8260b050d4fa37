import { DelayLaw, type KeptDelays } from './delayLaw.ts';
import { fatesOf, type SilentServer } from './commonFate.ts';
import { type Heard, type KeptHeard, keptHeard, type Pulse, pulseAt, restoredHeard } from './heard.ts';
import { GapLaw, type GapPlace, type KeptGaps } from './gapLaw.ts';

/** Silent for longer than all but this share of a server's cells take is overdue. */
const USUAL_SHARE = 0.99;
/** However punctual a server is, it is overdue no sooner after the next cell's end; however unpunctual, no later. */
const [OVERDUE_MIN_MINUTES, OVERDUE_MAX_MINUTES] = [1, 5];
/** Of the minutes a gap spans, the share that may be passed over by what comes first when its data comes after all. */
const SKIPPED_SHARE_MAX = 0.5;

/** From this share of the fleet on, those who fell silent together are many. */
const MANY_SHARE = 0.02;

type OpenGap = GapPlace & { readonly minutes: number; readonly weight: number };

/** A server that has been silent for longer than is usual for it. */
export interface Silence {
  /** Servers with the same text share one fate. */
  readonly fate: string;
  /** Probability that its data comes after all. */
  readonly lateProbability: number;
}

/** Silences as they stand in a snapshot. */
export interface KeptSilences {
  readonly delays: KeptDelays;
  readonly laws: readonly KeptGaps[];
  readonly heard: readonly KeptHeard[];
  readonly silent: readonly (readonly [server: string, fate: string, lateProbability: number])[];
  readonly holes: readonly [filled: number, left: number];
}

/**
 * Who is silent, since when, together with whom, and how likely their data still comes: learned from arrivals (and from packets, which come by another way, where there are any), in the order in which they come. Keeps per
 * server 84 bytes of delays, at most 900 of gaps (300 for each pulse it ever had a gap with) and a few numbers.
 */
export class Silences {
  readonly delays = new DelayLaw();
  /** By whether packets keep coming, and by whether servers fell silent alone, with a few others or with a good part of the fleet. */
  readonly #laws: Readonly<Record<Pulse, { alone: GapLaw; few: GapLaw; many: GapLaw }>> = {
    beating: { alone: new GapLaw(), few: new GapLaw(), many: new GapLaw() },
    none: { alone: new GapLaw(), few: new GapLaw(), many: new GapLaw() },
    unknown: { alone: new GapLaw(), few: new GapLaw(), many: new GapLaw() },
  };
  readonly #heard = new Map<string, Heard>();
  #silent = new Map<string, Silence>();
  #holesFilled = 0;
  #holesLeft = 0;
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
      this.#heard.set(server, {
        region,
        lastMinute: arrivedMinute,
        newestMinute: minute,
        beatMinute: undefined,
        pulse: undefined,
        together: 1,
        isGivenUp: false,
      });
      return;
    }
    const minutes = arrivedMinute - heard.lastMinute;
    if (minutes > this.#overdueMinutes(server) && !heard.isGivenUp) {
      const skipped = minute - heard.newestMinute - this.cellMinutes;
      heard.pulse ??= pulseAt(heard.beatMinute, arrivedMinute);
      this.#ended({ server, region }, heard, { minutes, isLate: skipped <= SKIPPED_SHARE_MAX * minutes });
    }
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
    for (const [server, heard] of this.#heard) {
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
    this.#judge(overdue);
  }

  /** The silence of a server at the instant last advanced to; undefined of one that is not overdue. */
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

  /** Forgets all servers but these. */
  keepOnly(servers: ReadonlySet<string>): void {
    for (const law of [this.delays, ...this.#allLaws()]) law.keepOnly(servers);
    for (const server of this.#heard.keys()) if (!servers.has(server)) this.#heard.delete(server);
  }

  snapshot(): KeptSilences {
    return {
      delays: this.delays.snapshot(),
      laws: this.#allLaws().map((law) => law.snapshot()),
      heard: [...this.#heard].map(([server, heard]) => keptHeard(server, heard)),
      silent: [...this.#silent].map(([server, { fate, lateProbability }]) => [server, fate, lateProbability]),
      holes: [this.#holesFilled, this.#holesLeft],
    };
  }

  restore({ delays, laws, heard, silent, holes }: KeptSilences): void {
    this.delays.restore(delays);
    for (const [at, law] of this.#allLaws().entries()) law.restore(laws[at] ?? [[[], [], []], [], []]);
    this.#heard.clear();
    for (const [server, state] of heard.map(restoredHeard)) this.#heard.set(server, state);
    this.#silent = new Map(silent.map(([server, fate, lateProbability]) => [server, { fate, lateProbability }]));
    [this.#holesFilled, this.#holesLeft] = holes;
  }

  #judge(overdue: readonly SilentServer[]): void {
    const silent = new Map<string, Silence>();
    const open = new Map(this.#allLaws().map((law) => [law, [] as OpenGap[]]));
    for (const [at, fate] of fatesOf(overdue, this.#heard.size, this.cellMinutes).entries()) {
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
        // Those of one fate whose packets come and those whose packets do not are two.
        const silence = {
          fate: `${pulse} ${at}`,
          lateProbability: this.#lateProbability(place, minutes, { pulse, together }),
        };
        silent.set(server, silence);
      }
    }
    for (const [law, gaps] of open) law.setOpen(gaps);
    this.#silent = silent;
  }

  /** Of many by their own law, which leans on that of single servers while it knows little. */
  #lateProbability(place: GapPlace, minutes: number, { pulse, together }: { pulse: Pulse; together: number }): number {
    const alone = this.#laws[pulse].alone.lateProbability(place, minutes);
    return together === 1 ? alone : this.#lawOf(pulse, together).lateProbability(place, minutes, alone);
  }

  #ended(
    { server, region }: GapPlace,
    { pulse = 'unknown', together }: Heard,
    end: { minutes: number; isLate: boolean },
  ): void {
    const place = together === 1 ? { server, region } : { server: '', region };
    this.#lawOf(pulse, together).ended(place, { ...end, weight: 1 / together });
  }

  #lawOf(pulse: Pulse, together: number): GapLaw {
    const { alone, few, many } = this.#laws[pulse];
    if (together === 1) return alone;
    return together < MANY_SHARE * this.#heard.size ? few : many;
  }

  #allLaws(): readonly GapLaw[] {
    return Object.values(this.#laws).flatMap(({ alone, few, many }) => [alone, few, many]);
  }

  #overdueMinutes(server: string): number {
    const usual = this.delays.quantileMinutes(server, USUAL_SHARE) ?? 0;
    return this.cellMinutes + Math.min(OVERDUE_MAX_MINUTES, Math.max(OVERDUE_MIN_MINUTES, usual));
  }
}
