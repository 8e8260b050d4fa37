import { judgeServer } from '../../plugins/completeness/states/judgeServer.ts';
import { NO_PAST, pastAfter, type ServerPast } from '../../plugins/completeness/states/serverPast.ts';
import type { JudgedServer, Peers, ServerState, StateLimits } from '../../plugins/completeness/states/serverState.ts';
import { knownArrival, placesHere } from './knownArrival.ts';
import { type ServerMinute, type StateFleet } from './stateFleet.ts';
import { trueStates } from './stateTruth.ts';
import { thresholdStates } from './thresholdRule.ts';

/** One server and window: what is true, what could be known of it, and what each classifier said. */
export interface Verdict {
  readonly truth: ReadonlySet<ServerState>;
  readonly knowable: ReadonlySet<ServerState>;
  readonly ours: ReadonlySet<ServerState>;
  readonly rule: ReadonlySet<ServerState>;
}

/** When a window is judged first, in minutes after its close, and when it is asked for. */
export const FIRST_AGE = 2;
export const AGES: readonly number[] = [FIRST_AGE, 5, 30];

const LIMITS: StateLimits = { completeRatio: 0.999, silenceRarityMax: 1e-8, nullRarityMax: 1e-8 };

/** Goes through a fleet's time as the judge's fold does: what comes late has its windows judged again, and all after them. */
export function* replayStates(
  { servers, minutes }: StateFleet,
  fromMinute: number,
): Generator<{ readonly age: number; readonly verdict: Verdict }> {
  const heard = Array.from(
    { length: minutes },
    (_, minute) => servers.filter((own) => (own[minute]?.packetAt ?? Infinity) <= minute + 1 + FIRST_AGE).length,
  );
  for (const [server, own] of servers.entries()) {
    const fold = new ServerFold(`s${String(server)}`, own, heard);
    for (let now = 1 + FIRST_AGE; now < minutes; now++) {
      fold.advance(now);
      for (const age of AGES) {
        const minute = now - 1 - age;
        if (minute >= fromMinute) yield { age, verdict: fold.verdict(minute, now) };
      }
    }
  }
}

class ServerFold {
  readonly #server: string;
  readonly #minutes: readonly ServerMinute[];
  readonly #heard: readonly number[];
  readonly #judged: JudgedServer[] = [];
  /** Before each minute. */
  readonly #pasts: ServerPast[] = [NO_PAST];

  constructor(server: string, minutes: readonly ServerMinute[], heard: readonly number[]) {
    this.#server = server;
    this.#minutes = minutes;
    this.#heard = heard;
  }

  /** At the end of minute `now`: judges the newest window, and before it those that moved. */
  advance(now: number): void {
    const newest = now - 1 - FIRST_AGE;
    let from = newest;
    for (let minute = newest - 1; minute >= 0 && minute > newest - 600; minute--) {
      const { restAt, packetAt } = this.#minutes[minute]!;
      if (restAt === now || packetAt === now) from = minute;
    }
    for (let minute = from; minute <= newest; minute++) {
      const past = this.#pasts[minute] ?? NO_PAST;
      const arrival = knownArrival(this.#minutes[minute]!, this.#server, now);
      const peers: Peers = { heard: this.#heard[minute] ?? 0, sendPackets: true, fields: new Map() };
      const judged = judgeServer({ startMs: minute, arrival, past, peers }, LIMITS);
      this.#judged[minute] = judged;
      this.#pasts[minute + 1] = pastAfter(past, minute, judged);
    }
  }

  verdict(minute: number, now: number): Verdict {
    const own = this.#minutes[minute]!;
    const judged = this.#judged[minute]!;
    const laterIsHere = this.#minutes
      .slice(minute + 1, now)
      .some((later) => later.copies.subarray(0, placesHere(later, now)).some((count) => count > 0));
    return {
      truth: trueStates(own, now),
      knowable: trueStates(own, now, laterIsHere),
      ours: this.#standing(minute),
      rule: thresholdStates(judged.arrival),
    };
  }

  /** What was said of the window, and what later ones said of it: that which had not come is lost. */
  #standing(minute: number): ReadonlySet<ServerState> {
    const states = new Set(this.#judged[minute]!.states.map(({ state }) => state));
    const isLost = this.#judged.slice(minute + 1).some(({ lostBefore }) => (lostBefore?.sinceMs ?? Infinity) <= minute);
    if (isLost && states.delete('late')) states.add('lost');
    return states;
  }
}
