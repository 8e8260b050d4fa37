import { DelayLaw } from './delayLaw.ts';
import { fatesOf, type SilentServer } from './commonFate.ts';
import { GapLaw, type GapPlace } from './gapLaw.ts';

/** Silent for longer than all but this share of a server's minutes take is overdue. */
const USUAL_SHARE = 0.99;
/** However punctual a server is, it is overdue no sooner; however unpunctual, no later. */
const [OVERDUE_MIN_MINUTES, OVERDUE_MAX_MINUTES] = [2, 6];
/** Of the minutes a gap spans, the share that may be passed over by what comes first when its data comes after all. */
const SKIPPED_SHARE_MAX = 0.5;

interface Heard {
  readonly region: string;
  lastMinute: number;
  newestMinute: number;
  /** Of the gap that is open: how many fell silent together with it, as far as was ever seen. */
  together: number;
  isGivenUp: boolean;
}

/** A server that has been silent for longer than is usual for it. */
export interface Silence {
  /** Servers with the same number share one fate. */
  readonly fate: number;
  /** Probability that its data comes after all. */
  readonly lateProbability: number;
}

/**
 * Who is silent, since when, together with whom, and how likely their data still comes: learned from arrivals alone, in the order in which they come. Keeps 84 bytes of
 * delays, 300 of gaps and a few numbers per server.
 */
export class Silences {
  readonly delays = new DelayLaw();
  readonly #alone = new GapLaw();
  /** Servers that fell silent together have a law of their own, by whether they are few or a good part of the fleet. */
  readonly #few = new GapLaw();
  readonly #many = new GapLaw();
  readonly #heard = new Map<string, Heard>();
  #silent = new Map<string, Silence>();
  #holesFilled = 0;
  #holesLeft = 0;
  readonly #givenUpMinutes: number;

  /** `givenUpMinutes`: the lateness that is allowed; data of a longer gap is taken to be gone. */
  constructor(givenUpMinutes: number) {
    this.#givenUpMinutes = givenUpMinutes;
  }

  /** The data of one whole minute of a server arrived, so many minutes since 1970. */
  arrived({ server, region }: GapPlace, minute: number, arrivedMinute: number): void {
    this.delays.learn(server, arrivedMinute - minute - 1);
    const heard = this.#heard.get(server);
    if (heard === undefined) {
      this.#heard.set(server, {
        region,
        lastMinute: arrivedMinute,
        newestMinute: minute,
        together: 1,
        isGivenUp: false,
      });
      return;
    }
    const minutes = arrivedMinute - heard.lastMinute;
    if (minutes > this.#overdueMinutes(server) && !heard.isGivenUp) {
      const skipped = minute - heard.newestMinute - 1;
      this.#ended({ server, region }, heard, { minutes, isLate: skipped <= SKIPPED_SHARE_MAX * minutes });
    }
    if (minute < heard.newestMinute) this.#holesFilled++;
    heard.newestMinute = Math.max(heard.newestMinute, minute);
    heard.lastMinute = Math.max(heard.lastMinute, arrivedMinute);
    heard.together = 1;
    heard.isGivenUp = false;
  }

  /** A sealed window left so many minutes of servers empty. */
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

  /** The newest minute that has come from a server; before all time for one never heard. */
  newestMinuteOf(server: string): number {
    return this.#heard.get(server)?.newestMinute ?? -Infinity;
  }

  /** Probability that a minute that was passed over still comes. */
  holeProbability(): number {
    return (this.#holesFilled + 0.5) / (this.#holesFilled + this.#holesLeft + 1);
  }

  /** Forgets all servers but these. */
  keepOnly(servers: ReadonlySet<string>): void {
    for (const law of [this.delays, this.#alone, this.#few, this.#many]) law.keepOnly(servers);
    for (const server of this.#heard.keys()) if (!servers.has(server)) this.#heard.delete(server);
  }

  #judge(overdue: readonly SilentServer[]): void {
    const silent = new Map<string, Silence>();
    const open = new Map<GapLaw, (GapPlace & { minutes: number; weight: number })[]>();
    for (const law of [this.#alone, this.#few, this.#many]) open.set(law, []);
    for (const [fate, { members, region, minutes }] of fatesOf(overdue, this.#heard.size).entries()) {
      for (const { server } of members) {
        const heard = this.#heard.get(server);
        if (heard !== undefined) heard.together = Math.max(heard.together, members.length);
      }
      const together = Math.max(...members.map(({ server }) => this.#heard.get(server)?.together ?? 1));
      const place = { server: together === 1 ? (members[0]?.server ?? '') : '', region };
      const law = this.#lawOf(together);
      const given = members.filter(({ server }) => this.#heard.get(server)?.isGivenUp === true).length;
      const weight = (members.length - given) / together;
      if (weight > 0) open.get(law)?.push({ ...place, minutes, weight });
      const lateProbability = law.lateProbability(place, minutes);
      for (const { server } of members) silent.set(server, { fate, lateProbability });
    }
    for (const [law, gaps] of open) law.setOpen(gaps);
    this.#silent = silent;
  }

  #ended({ server, region }: GapPlace, { together }: Heard, end: { minutes: number; isLate: boolean }): void {
    const place = together === 1 ? { server, region } : { server: '', region };
    this.#lawOf(together).ended(place, { ...end, weight: 1 / together });
  }

  #lawOf(together: number): GapLaw {
    if (together === 1) return this.#alone;
    return together < 0.02 * this.#heard.size ? this.#few : this.#many;
  }

  #overdueMinutes(server: string): number {
    const usual = 1 + (this.delays.quantileMinutes(server, USUAL_SHARE) ?? 0);
    return Math.min(OVERDUE_MAX_MINUTES, Math.max(OVERDUE_MIN_MINUTES, usual));
  }
}
