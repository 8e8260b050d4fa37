import { type Draws, drawsOf } from './draws.ts';
import { type StateFault, stateFaults } from './stateFaults.ts';

/** What one server did in one minute, and what became of it. The classifier sees of this only what `knownArrival` tells. */
export interface ServerMinute {
  readonly isDead: boolean;
  readonly boot: number;
  /** Events made, numbered from `firstSeq` on. */
  readonly made: number;
  readonly firstSeq: number;
  /** How often each comes: 0 (lost), 1, or 2. */
  readonly copies: Uint8Array;
  /** Of each: whether its metric's field has a value. */
  readonly hasValue: Uint8Array;
  /** Events before this place come at once, the others when the stall is over. */
  readonly promptBefore: number;
  /** Minute at whose end the others are here. */
  readonly restAt: number;
  /** Minute at whose end the packet is here; Infinity when it never is. */
  readonly packetAt: number;
  /** Whether the field is left out by a fault. */
  readonly lacksField: boolean;
}

export interface StateFleet {
  readonly minutes: number;
  /** By server, by minute. */
  readonly servers: readonly (readonly ServerMinute[])[];
}

/** What is usual of the field, and how many packets never come though their server lives. */
const VALUE_SHARE = 0.98;
const LOST_PACKETS = 0.002;

/** Servers of 3 to 400 events a minute by the hour of the day, each with faults of its own. Depends on the seed alone. */
export function stateFleet(servers: number, minutes: number, seed: string): StateFleet {
  const draws = drawsOf(`states ${seed}`);
  return { minutes, servers: Array.from({ length: servers }, () => serverMinutes(minutes, draws)) };
}

function serverMinutes(minutes: number, draws: Draws): readonly ServerMinute[] {
  const faults = stateFaults(minutes, draws);
  const mean = 3 * (400 / 3) ** draws.uniform();
  const made: ServerMinute[] = [];
  let [boot, seq, restAt] = [0, 1, 0];
  for (let minute = 0; minute < minutes; minute++) {
    const held = faults.filter(({ fromMinute, toMinute }) => Math.floor(fromMinute) <= minute && minute < toMinute);
    const before = made.at(-1);
    const isDead = held.some(({ kind }) => kind === 'death');
    const begins = held.some(({ kind, fromMinute }) => kind === 'restart' && Math.floor(fromMinute) === minute);
    if (before === undefined || begins || (before.isDead && !isDead)) [boot, seq] = [minute, 1];
    const level = 1 + 0.4 * Math.sin((2 * Math.PI * minute) / 1_440);
    const isIdle = isDead || held.some(({ kind }) => kind === 'idle');
    const one = serverMinute(
      { minute, held, isDead, boot, seq, count: isIdle ? 0 : draws.poisson(mean * level) },
      draws,
    );
    // What stood still comes in order: nothing overtakes it.
    restAt = Math.max(restAt, one.restAt);
    const waits = (before?.restAt ?? 0) > minute + 1;
    made.push({ ...one, restAt, promptBefore: waits ? 0 : one.promptBefore });
    seq += one.made;
  }
  return made;
}

interface Making {
  readonly minute: number;
  readonly held: readonly StateFault[];
  readonly isDead: boolean;
  readonly boot: number;
  readonly seq: number;
  readonly count: number;
}

function serverMinute({ minute, held, isDead, boot, seq, count }: Making, draws: Draws): ServerMinute {
  const shareOf = (kind: StateFault['kind']): number =>
    Math.max(0, ...held.filter((fault) => fault.kind === kind).map(({ share }) => share));
  const [lost, again, lacking] = [shareOf('line-loss'), shareOf('repeat'), shareOf('no-field')];
  const isGone = held.some(({ kind }) => kind === 'chunk-loss');
  const stalls = held.filter(({ kind }) => kind === 'stall');
  const stallFrom = Math.min(minute + 1, ...stalls.map(({ fromMinute }) => fromMinute));
  const stallTo = Math.max(minute + 1, ...stalls.map(({ toMinute }) => Math.ceil(toMinute)));
  const isMute = stalls.some((fault) => fault.isMute);
  const copies = new Uint8Array(count).map(() =>
    isGone || draws.uniform() < lost ? 0 : draws.uniform() < again ? 2 : 1,
  );
  const hasValue = new Uint8Array(count).map(() => (draws.uniform() < VALUE_SHARE * (1 - lacking) ? 1 : 0));
  const packetAt = isDead || draws.uniform() < LOST_PACKETS ? Infinity : isMute ? stallTo : minute + 1;
  return {
    ...{ isDead, boot, made: count, firstSeq: seq, copies, hasValue, packetAt },
    promptBefore: Math.floor(count * Math.max(0, stallFrom - minute)),
    restAt: stallTo,
    lacksField: lacking > 0,
  };
}
