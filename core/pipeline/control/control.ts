import type { Logger } from 'pino';
import { DEFAULT_EVENTS, wants } from '../../alerts/eventType.ts';
import { type Notice, noticesOf } from '../../alerts/notice.ts';
import { DEFAULT_RULE, type Rule } from '../../alerts/rule.ts';
import type { Config } from '../../config/config.ts';
import { type Fence, isFenced } from '../../store/fence.ts';
import type { Connection } from '../../store/connection.ts';
import { ControlStore, type Receiver } from '../../store/controlStore.ts';
import { NewsStore } from '../../store/newsStore.ts';
import { WindowStore } from '../../store/windowStore.ts';
import type { Instruments } from '../../telemetry.ts';
import type { Place } from '../../time/changeCursor.ts';
import type { Clock } from '../../time/wallClock.ts';
import type { ChangedAlert } from './alertBook.ts';
import { AlertNews } from './alertNews.ts';
import { Deliveries } from './deliver.ts';
import { OVERLAP_MS } from './newsFeed.ts';
import { ServerNews } from './serverNews.ts';
import { ThresholdNews } from './thresholdNews.ts';
import { pause } from '../untilDone.ts';
import { isFor, WindowNews } from './windowNews.ts';

/** What the control role is made of. */
export interface ControlParts {
  readonly connection: Connection;
  readonly database: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly instruments: Instruments;
  readonly beatMs?: number;
  /** Streams as they are declared, for rules with a threshold. */
  readonly declared: Config['streams'];
  /** Least share of a window's events, by stream, whose change is told as a restatement. */
  readonly materialRatioOf: (stream: string) => number;
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
  readonly alerts: AlertNews;
  readonly thresholds: ThresholdNews;
  readonly windows: WindowNews;
  readonly servers: ServerNews;
  readonly news: NewsStore;
  readonly lastTold: Map<string, number>;
  receivers: readonly Receiver[];
  /** Cursors of the feeds as they are written down. */
  saved: ReadonlyMap<string, Place>;
}

/** Goes on from the store. What is taken again that was taken already changes nothing. */
async function resume(parts: ControlParts, store: ControlStore): Promise<ControlState> {
  const { connection, database, clock, declared, materialRatioOf } = parts;
  if ((await store.rules()).length === 0) {
    const { id, ...spec } = DEFAULT_RULE;
    await store.saveRule(id, spec, clock());
  }
  const news = new NewsStore(connection, parts);
  const alerts = await store.liveAlerts(clock() - REMEMBERED_MS);
  const cursors = await news.cursors();
  // A store of an older Touchstone has no cursor: what was judged before the last change of an alert was taken then.
  const newestMs = Math.max(0, ...alerts.map(({ updatedAtMs }) => updatedAtMs - OVERLAP_MS));
  const behind = cursors.get('alerts') ?? { ms: newestMs, key: '' };
  const byFindings = new AlertNews(news, alerts, behind);
  return {
    alerts: byFindings,
    thresholds: new ThresholdNews({
      ...{ streams: declared, database, book: byFindings.book },
      store: new WindowStore(connection, database),
    }),
    windows: new WindowNews({ store: news, cursors, materialRatioOf }),
    servers: new ServerNews(news),
    news,
    lastTold: new Map(await store.lastTold()),
    receivers: [],
    saved: cursors,
  };
}

async function beat({ clock }: ControlParts, store: ControlStore, state: ControlState): Promise<void> {
  const [rules, receivers] = await Promise.all([store.rules(), store.receivers()]);
  state.receivers = receivers;
  const nowMs = clock();
  const { windows, changed: byFindings } = await state.alerts.next(rules, nowMs);
  const changed = [...byFindings, ...(await state.thresholds.next(rules, nowMs))];
  const aboutAlerts = alertNotices(state, rules, { changed, nowMs });
  const asked = [
    ...(await state.servers.next(receivers, windows, nowMs)),
    ...(await state.windows.next(receivers, nowMs)),
  ].map((notice) => ({ notice, receivers: idsOf(receivers.filter((receiver) => isFor(receiver, notice))) }));
  await store.save(
    [...aboutAlerts, ...asked],
    changed.map(({ after }) => after),
  );
  for (const { notice, alertId } of aboutAlerts) if (notice.type === 'alert.firing') state.lastTold.set(alertId, nowMs);
  await saveCursors(state, nowMs);
}

/** Notices of alerts with those who are told; what nobody hears of who did not ask for it is made only when somebody asked. */
function alertNotices(
  { alerts, lastTold, receivers }: ControlState,
  rules: readonly Rule[],
  { changed, nowMs }: { readonly changed: readonly ChangedAlert[]; readonly nowMs: number },
): { readonly notice: Notice; readonly receivers: string[]; readonly alertId: string }[] {
  const reminded = alerts.firing().map((alert) => ({
    ...{ before: alert, after: alert },
    rule: rules.find(({ id }) => id === alert.ruleId),
  }));
  return [...changed, ...reminded].flatMap(({ before, after, rule }) => {
    if (rule === undefined) return [];
    const lastToldMs = lastTold.get(after.id);
    return noticesOf(rule, before, after, { nowMs, lastToldMs }).flatMap((notice) => {
      const told = receivers.filter(
        (receiver) => (rule.receivers.length === 0 || rule.receivers.includes(receiver.id)) && wants(receiver, notice),
      );
      if (told.length === 0 && !DEFAULT_EVENTS.includes(notice.type)) return [];
      return [{ notice, receivers: idsOf(told), alertId: after.id }];
    });
  });
}

const idsOf = (receivers: readonly Receiver[]): string[] => receivers.map(({ id }) => id);

/** Writes down how far the feeds have come, where that is further than before. */
async function saveCursors(state: ControlState, nowMs: number): Promise<void> {
  const cursors = new Map([['alerts', state.alerts.cursor], ...state.windows.cursors]);
  const moved = [...cursors].filter(([feed, { ms, key }]) => {
    const before = state.saved.get(feed);
    return ms !== before?.ms || key !== before.key;
  });
  await state.news.saveCursors(new Map(moved), nowMs);
  state.saved = cursors;
}
