import type { Draft } from '../../../core/plugin.ts';
import type { FleetLoss } from './fleetLoss.ts';
import { type Ratios, ratiosOf, ratiosOfAll } from './ratios.ts';
import type { FoundState, JudgedServer, ServerState } from './serverState.ts';

export type StateMessage =
  'incomplete' | 'server-silent' | 'duplicated' | 'lost-before' | 'server-zero' | 'field-null' | 'fleet-lost';

export const stateMessages: Readonly<Record<StateMessage, string>> = {
  incomplete: '{received} of {expected} events of {who} are there ({percent} %), by {witness}; {state}: {why}.',
  'server-silent': '{who} sent nothing, no packet either; {usual} events a window are usual; {state}: {why}.',
  duplicated: '{repeated} events of {who} are there more than once: {why}.',
  'lost-before': '{lost} events of {who} that had not come are lost: later ones are here.',
  'server-zero': '{who} is alive and had no events; {usual} a window are usual: {why}.',
  'field-null': '{who} reports without a value of {field}: {why}.',
  'fleet-lost': '{lost} of {expected} events of the fleet are lost ({percent} %); servers that lost some: {servers}.',
};

type StateDraft = Draft<StateMessage>;
/** A draft with whom it is about. */
interface Told {
  readonly draft: StateDraft;
  readonly judged: JudgedServer;
}

/** One draft per server and trouble; where more than `serversMax` have the same, one for all of them. */
export function stateDrafts(
  judged: readonly JudgedServer[],
  { serversMax, silenceRarityMax }: { readonly serversMax: number; readonly silenceRarityMax: number },
): readonly StateDraft[] {
  const groups = new Map<string, Told[]>();
  for (const one of judged)
    for (const draft of draftsOf(one, silenceRarityMax)) {
      const { server: _, ...rest } = draft.labels;
      const key = [draft.message, ...Object.values(rest)].join(' ');
      groups.set(key, [...(groups.get(key) ?? []), { draft, judged: one }]);
    }
  return [...groups]
    .sort(([a], [b]) => placeOf(a) - placeOf(b) || (a < b ? -1 : 1))
    .flatMap(([, told]) => (told.length > serversMax ? [summed(told)] : told.map(({ draft }) => draft)));
}

/** What the whole fleet lost. */
export const fleetDraft = (
  { lost, expected, rarity, servers, sinceMs }: FleetLoss,
  judged: readonly JudgedServer[],
): StateDraft => ({
  message: 'fleet-lost',
  data: { lost, expected, servers, percent: percentOf(lost, expected), ...ratiosOfAll(judged) },
  severity: 'warning',
  series: '',
  labels: {},
  observed: expected - lost,
  expected: { low: expected, center: expected, high: expected },
  rarity,
  ...(sinceMs === undefined ? {} : { sinceMs }),
});

const ORDER = Object.keys(stateMessages);
const placeOf = (key: string): number => ['server-silent', ...ORDER].indexOf(key.split(' ')[0] ?? '');

function draftsOf(judged: JudgedServer, silenceRarityMax: number): StateDraft[] {
  const { arrival, account, states, lostBefore } = judged;
  const found = (state: ServerState): FoundState | undefined => states.find((one) => one.state === state);
  const isSilent = arrival.received === 0 && !arrival.heartbeat && (account.expected ?? 0) <= 0;
  const drafts: StateDraft[] = [];
  const gone = found('dead') ?? (isSilent ? found('late') : undefined);
  if (gone !== undefined) drafts.push(silence(judged, gone));
  else if (found('late') ?? found('lost')) drafts.push(shortage(judged));
  const repeated = found('duplicated');
  if (repeated !== undefined) drafts.push(repetition(judged, repeated));
  if (lostBefore !== undefined) drafts.push(lossBefore(judged, lostBefore));
  const zero = found('zero');
  if (zero !== undefined && Math.exp(-judged.usual) < silenceRarityMax) drafts.push(nothing(judged, zero));
  return [...drafts, ...states.flatMap((state) => (state.state === 'null' ? [absence(judged, state)] : []))];
}

const about = (
  judged: JudgedServer,
  message: StateMessage,
  data: StateDraft['data'],
  labels: StateDraft['labels'] = {},
): StateDraft => ({
  message,
  data: { who: judged.arrival.server, ...data, ...ratiosOf(judged) },
  severity: message === 'server-zero' ? 'info' : 'warning',
  series: '',
  labels: { server: judged.arrival.server, ...labels },
});

const silence = (judged: JudgedServer, { state, why }: FoundState): StateDraft => ({
  ...about(judged, 'server-silent', { usual: Math.round(judged.usual), state, why }, { state }),
  observed: 0,
});

/** What was lost is lost, whatever else may still come. */
function shortage(judged: JudgedServer): StateDraft {
  const { account, states } = judged;
  const eventsOf = (wanted: ServerState): number => states.find(({ state }) => state === wanted)?.events ?? 0;
  const state = eventsOf('lost') > 0 ? 'lost' : 'late';
  const why = states.find((one) => one.state === state)?.why ?? '';
  const { received, expected = Math.round(judged.usual), witness } = account;
  const counts = { received, expected, lost: eventsOf('lost'), late: eventsOf('late') };
  return {
    ...about(
      judged,
      'incomplete',
      { ...counts, percent: percentOf(received, expected), witness: witness || 'what is usual', state, why },
      { state },
    ),
    observed: received,
    expected: { low: expected, center: expected, high: expected },
  };
}

function repetition(judged: JudgedServer, { events, why }: FoundState): StateDraft {
  const { received } = judged.account;
  return {
    ...about(judged, 'duplicated', { repeated: events, why }),
    observed: received + events,
    expected: { low: received, center: received, high: received },
  };
}

const lossBefore = (
  judged: JudgedServer,
  { events, sinceMs }: NonNullable<JudgedServer['lostBefore']>,
): StateDraft => ({
  ...about(judged, 'lost-before', { lost: events }),
  sinceMs,
});

const nothing = (judged: JudgedServer, { why }: FoundState): StateDraft => ({
  ...about(judged, 'server-zero', { usual: Math.round(judged.usual), why }),
  observed: 0,
});

const absence = (judged: JudgedServer, { field = '', events, why }: FoundState): StateDraft => ({
  ...about(judged, 'field-null', { field, events, why }, { field }),
  evidence: [{ column: field, is: 'null' }],
});

/** One for all: counts are added, ratios are those of the sums, and words are the first one's. */
function summed(told: readonly Told[]): StateDraft {
  const [first] = told as readonly [Told, ...Told[]];
  const { server: _, ...labels } = first.draft.labels;
  const data: Record<string, string | number> = {};
  for (const [key, value] of Object.entries(first.draft.data))
    if (typeof value === 'string') data[key] = value;
    else if (!isRatio(key)) data[key] = told.reduce((sum, { draft }) => sum + Number(draft.data[key] ?? 0), 0);
  const named = told.slice(0, 3).map(({ judged }) => judged.arrival.server);
  const ratios: Ratios = ratiosOfAll(told.map(({ judged }) => judged));
  const { received, expected } = data;
  const percent = expected === undefined ? {} : { percent: percentOf(Number(received), Number(expected)) };
  const who = `${String(told.length)} servers (${named.join(', ')}, ...)`;
  const since = told.flatMap(({ draft: { sinceMs } }) => sinceMs ?? []);
  return {
    message: first.draft.message,
    severity: first.draft.severity === 'info' ? 'info' : 'critical',
    series: '',
    labels,
    data: { ...data, ...ratios, ...percent, who },
    ...(since.length === 0 ? {} : { sinceMs: Math.min(...since) }),
    ...(first.draft.evidence === undefined ? {} : { evidence: first.draft.evidence }),
  };
}

const isRatio = (key: string): boolean => key.includes('_');
const percentOf = (part: number, whole: number): number => Math.floor((10_000 * part) / whole) / 100;
