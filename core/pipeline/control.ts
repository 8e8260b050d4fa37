import type { Logger } from 'pino';
import { noticesOf } from '../alerts/notice.ts';
import { DEFAULT_RULE, type Rule } from '../alerts/rule.ts';
import { type Fence, isFenced } from '../store/fence.ts';
import type { Connection } from '../store/connection.ts';
import { ControlStore, type JudgedWindow, type Receiver } from '../store/controlStore.ts';
import type { Instruments } from '../telemetry.ts';
import type { Clock } from '../time/wallClock.ts';
import { AlertBook, type FoundWindow } from './alertBook.ts';
import { Deliveries } from './deliver.ts';
import { pause } from './untilDone.ts';

/** What the control role is made of. */
export interface ControlParts {
  readonly connection: Connection;
  readonly database: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly instruments: Instruments;
  readonly beatMs?: number;
  /** What must hold for its writes, where other processes stand by. */
  readonly fence?: Fence | undefined;
  /** The fence no longer holds: another process is in control. */
  readonly onFenced?: () => void;
}

/** The running role. */
export interface Control {
  stop(): Promise<void>;
}

const BEAT_MS = 300;
/** The judge writes with its own clock, and rows appear a little after their time: the cursor stays behind by so much. */
const OVERLAP_MS = 5_000;
const WINDOWS_MAX = 2_000;
/** A resolved alert is remembered for so long: should its trouble come back, it is the same alert. */
const REMEMBERED_MS = 86_400_000;

/** The control role: on each beat turns newly judged windows into alerts, and alerts into deliveries. */
export function startControl(parts: ControlParts): Control {
  const stop = new AbortController();
  const store = new ControlStore(parts.connection, parts);
  const deliveries = new Deliveries({ ...parts, store });
  const running = run(parts, store, deliveries, stop.signal);
  return {
    async stop() {
      stop.abort();
      await running;
      await deliveries.settle();
    },
  };
}

async function run(parts: ControlParts, store: ControlStore, deliveries: Deliveries, stop: AbortSignal): Promise<void> {
  let state: ControlState | undefined;
  while (!stop.aborted) {
    try {
      state ??= await resume(parts, store);
      await beat(parts, store, state);
      await deliveries.startDue(state.receivers);
    } catch (error) {
      // Alerts in memory may be ahead of those in the store: they are read again.
      state = undefined;
      if (isFenced(error)) {
        parts.log.info('another process is in control');
        parts.onFenced?.();
        return;
      }
      parts.log.warn({ err: error }, 'control did not get an answer from the store; trying again');
      await pause(1_000, stop);
    }
    await pause(parts.beatMs ?? BEAT_MS, stop);
  }
}

interface ControlState {
  readonly book: AlertBook;
  /** Windows judged before it are known, by the judge's clock. */
  cursorMs: number;
  /** Windows already taken at or after the cursor. */
  taken: ReadonlySet<string>;
  lastTold: Map<string, number>;
  receivers: readonly Receiver[];
}

/** Goes on from the store. What was judged before the last change of an alert was taken then; taking it again would change nothing. */
async function resume({ clock }: ControlParts, store: ControlStore): Promise<ControlState> {
  if ((await store.rules()).length === 0) {
    const { id, ...spec } = DEFAULT_RULE;
    await store.saveRule(id, spec, clock());
  }
  const alerts = await store.liveAlerts(clock() - REMEMBERED_MS);
  const cursorMs = Math.max(0, ...alerts.map(({ updatedAtMs }) => updatedAtMs)) - OVERLAP_MS;
  return {
    book: new AlertBook(alerts),
    cursorMs,
    taken: new Set(),
    lastTold: new Map(await store.lastTold()),
    receivers: [],
  };
}

async function beat({ clock }: ControlParts, store: ControlStore, state: ControlState): Promise<void> {
  const [rules, receivers, judged] = await Promise.all([
    store.rules(),
    store.receivers(),
    store.judgedSince(state.cursorMs, WINDOWS_MAX),
  ]);
  state.receivers = receivers;
  const fresh = judged.filter((window) => !state.taken.has(keyOf(window)));
  const nowMs = clock();
  const changed = state.book.take(rules, await withFindings(store, fresh), nowMs);
  const reminded = state.book
    .firing()
    .map((alert) => ({ before: alert, after: alert, rule: rules.find(({ id }) => id === alert.ruleId) }));
  const notices = [...changed, ...reminded].flatMap(({ before, after, rule }) =>
    rule === undefined
      ? []
      : noticesOf(rule, before, after, { nowMs, lastToldMs: state.lastTold.get(after.id) }).map((notice) => ({
          notice,
          receivers: receiversOf(rule, receivers),
        })),
  );
  await store.save(
    notices,
    changed.map(({ after }) => after),
  );
  for (const { notice } of notices) if (notice.type === 'alert.firing') state.lastTold.set(notice.alertId, nowMs);
  const newestMs = Math.max(state.cursorMs, ...judged.map(({ judgedAtMs }) => judgedAtMs));
  state.cursorMs = judged.length < WINDOWS_MAX ? Math.max(state.cursorMs, newestMs - OVERLAP_MS) : newestMs;
  state.taken = new Set(judged.filter(({ judgedAtMs }) => judgedAtMs >= state.cursorMs).map(keyOf));
}

const keyOf = ({ stream, startMs, judgedAtMs }: JudgedWindow): string =>
  `${stream} ${String(startMs)} ${String(judgedAtMs)}`;

const receiversOf = ({ receivers }: Rule, all: readonly Receiver[]): string[] =>
  all.filter(({ id, enabled }) => enabled && (receivers.length === 0 || receivers.includes(id))).map(({ id }) => id);

/** Gives each window the findings that stand for it now. */
async function withFindings(store: ControlStore, windows: readonly JudgedWindow[]): Promise<FoundWindow[]> {
  const found: FoundWindow[] = [];
  for (const stream of new Set(windows.map((window) => window.stream))) {
    const ofStream = windows.filter((window) => window.stream === stream);
    const starts = ofStream.map(({ startMs }) => startMs);
    const findings = await store.findings(stream, Math.min(...starts), Math.max(...starts));
    for (const window of ofStream)
      found.push({ ...window, findings: findings.filter(({ startMs }) => startMs === window.startMs) });
  }
  return found;
}
