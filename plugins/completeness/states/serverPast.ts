import type { Json } from '../../../core/plugin.ts';
import { absenceAfter } from './absence.ts';
import type { JudgedServer } from './serverState.ts';

/** Weight of the newest window in what is usual. */
const WEIGHT = 0.05;
/** The same for a field that seems to be absent: after a working day its absence is usual. */
const ABSENT_WEIGHT = 0.002;
const ABSENCE_LIKELY = 9;

/** What is remembered of one server; a value, never changed in place. */
export interface ServerPast {
  /** Events a window: an exponentially weighted mean; 0 for one that is new. */
  readonly usual: number;
  /** Windows it was seen in. */
  readonly windows: number;
  /** The last boot whose numbers came, and the last of them. */
  readonly boot?: number;
  readonly greatest?: number;
  /** Events that exist and had not come when their windows were judged. */
  readonly owed: number;
  /** Start of the first window since the server's last events of which some or all are outstanding, epoch ms. */
  readonly sinceMs?: number;
  /** Went on after a shortage, without numbers that say where it was: it loses some all the time. */
  readonly isLossy: boolean;
  /** Events that are usual in as many windows as it has said to have none, up to now or to its silence. */
  readonly quiet: number;
  /** Its packets have counted the stream's events. */
  readonly counts: boolean;
  /** Share of events with a value, by field. */
  readonly fields: Readonly<Record<string, number>>;
  /** Evidence that a field has a value half as often as is usual, in nats, by field (`absence.ts`). */
  readonly absence: Readonly<Record<string, number>>;
}

/** A server that was never seen. */
export const NO_PAST: ServerPast = {
  usual: 0,
  windows: 0,
  owed: 0,
  isLossy: false,
  quiet: 0,
  counts: false,
  fields: {},
  absence: {},
};

/** What is remembered after one more window. */
export function pastAfter(past: ServerPast, startMs: number, judged: JudgedServer): ServerPast {
  const { arrival, account, states } = judged;
  const { received, announced } = arrival;
  const late = states.find(({ state }) => state === 'late')?.events ?? 0;
  // Windows in which it is missed do not make silence usual.
  const isMissed = received === 0 && states.some(({ state }) => state === 'late' || state === 'dead');
  const isOutstanding = received > 0 ? late > 0 : announced !== 0 || past.sinceMs !== undefined;
  const sinceMs = received > 0 ? startMs : (past.sinceMs ?? startMs);
  return {
    ...(isMissed ? { usual: past.usual, windows: past.windows } : usualAfter(past, account.received)),
    ...lastNumber(past, arrival),
    owed: received > 0 ? late : past.owed + late,
    ...(isOutstanding ? { sinceMs } : {}),
    isLossy: received > 0 ? goesOnShort(past, judged) : past.isLossy,
    quiet: quietAfter(past, arrival),
    counts: past.counts || announced !== undefined,
    ...fieldsAfter(past, judged),
  };
}

const usualAfter = ({ usual, windows }: ServerPast, received: number): Pick<ServerPast, 'usual' | 'windows'> => ({
  usual: windows === 0 ? received : usual + WEIGHT * (received - usual),
  windows: windows + 1,
});

function lastNumber(past: ServerPast, { boots }: JudgedServer['arrival']): Pick<ServerPast, 'boot' | 'greatest'> {
  const last = boots.at(-1);
  if (last === undefined) {
    const { boot, greatest } = past;
    return boot === undefined || greatest === undefined ? {} : { boot, greatest };
  }
  const before = last.boot === past.boot ? (past.greatest ?? last.greatest) : last.greatest;
  return { boot: last.boot, greatest: Math.max(before, last.greatest) };
}

const goesOnShort = ({ owed, isLossy }: ServerPast, { arrival, states }: JudgedServer): boolean =>
  arrival.boots.length === 0 && (owed > 0 || (isLossy && states.some(({ state }) => state === 'lost')));

function quietAfter({ quiet, usual }: ServerPast, { heartbeat, announced, received }: JudgedServer['arrival']): number {
  if (received > 0 || (heartbeat && announced !== 0)) return 0;
  return heartbeat ? quiet + usual : quiet;
}

function fieldsAfter(
  { fields, absence }: ServerPast,
  { arrival }: JudgedServer,
): Pick<ServerPast, 'fields' | 'absence'> {
  if (arrival.received <= 0) return { fields, absence };
  const shares: Record<string, number> = {};
  const evidence: Record<string, number> = {};
  for (const { field, present } of arrival.fields) {
    const share = present / arrival.received;
    const usual = fields[field] ?? share;
    const after = absenceAfter(absence[field] ?? 0, { events: arrival.received, present, usual });
    shares[field] = usual + (after > ABSENCE_LIKELY ? ABSENT_WEIGHT : WEIGHT) * (share - usual);
    evidence[field] = after;
  }
  return { fields: shares, absence: evidence };
}

/** Of what a snapshot has: a past, or as it was before pasts were kept, the usual number of events. */
export const restoredPast = (kept: Json): ServerPast =>
  typeof kept === 'number' ? { ...NO_PAST, usual: kept, windows: 1 } : (kept as unknown as ServerPast);
