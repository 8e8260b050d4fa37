import { type EventType, wants } from '../../alerts/eventType.ts';
import type { Notice } from '../../alerts/notice.ts';
import { materialOnes } from '../../alerts/restatement.ts';
import {
  type EnoughWindow,
  enoughNotice,
  type JudgedWindow,
  restatedNotice,
  stateNotices,
} from '../../alerts/windowNotice.ts';
import type { Receiver } from '../../store/controlStore.ts';
import type { NewsStore, RestatedWindow } from '../../store/newsStore.ts';
import type { Place } from '../../time/changeCursor.ts';
import { NewsFeed, OVERLAP_MS } from './newsFeed.ts';

/** What window news are made of. */
export interface WindowNewsParts {
  readonly store: NewsStore;
  /** How far they were taken before, by feed. */
  readonly cursors: ReadonlyMap<string, Place>;
  /** Least share of a window's events that a material restatement changes. */
  readonly materialRatioOf: (stream: string) => number;
}

const READY: readonly EventType[] = ['window.ready'];
const STATES: readonly EventType[] = [...READY, 'window.complete', 'window.sealed'];
const RESTATED: readonly EventType[] = ['window.restated'];

/** What becomes of windows, for those who ask for it: nothing is read as long as nobody does, and no window that ended before somebody did. */
export class WindowNews {
  readonly #parts: WindowNewsParts;
  #enough: NewsFeed<EnoughWindow & Place> | undefined;
  #judged: NewsFeed<JudgedWindow & Place> | undefined;
  #restated: NewsFeed<RestatedWindow> | undefined;

  constructor(parts: WindowNewsParts) {
    this.#parts = parts;
  }

  get cursors(): ReadonlyMap<string, Place> {
    const feeds = [
      ['estimates', this.#enough],
      ['windows', this.#judged],
      ['restatements', this.#restated],
    ] as const;
    return new Map(feeds.flatMap(([name, feed]) => (feed === undefined ? [] : [[name, feed.cursor] as const])));
  }

  /** The next notices that somebody wants, but for those that were made before. */
  async next(receivers: readonly Receiver[], nowMs: number): Promise<readonly Notice[]> {
    const notices = [
      ...(await this.#ofEstimates(receivers, nowMs)),
      ...(await this.#ofStates(receivers, nowMs)),
      ...(await this.#ofRestatements(receivers, nowMs)),
    ];
    return newOnes(this.#parts.store, receivers, notices);
  }

  /** Ready is told as soon as an estimate is close enough; a window that is judged before is ready, too. */
  async #ofEstimates(receivers: readonly Receiver[], nowMs: number): Promise<Notice[]> {
    const sinceMs = askedSince(receivers, READY);
    if (sinceMs === undefined) {
      this.#enough = undefined;
      return [];
    }
    const { store } = this.#parts;
    this.#enough ??= new NewsFeed(
      {
        read: (after, limit) => store.enough(after, limit, sinceMs),
        version: () => store.version('estimates'),
      },
      this.#start('estimates', sinceMs),
    );
    return (await this.#enough.next(nowMs)).map(({ ms: _, key: __, ...window }) => enoughNotice(window, nowMs));
  }

  async #ofStates(receivers: readonly Receiver[], nowMs: number): Promise<Notice[]> {
    const sinceMs = askedSince(receivers, STATES);
    if (sinceMs === undefined) {
      this.#judged = undefined;
      return [];
    }
    const { store } = this.#parts;
    this.#judged ??= new NewsFeed(
      {
        read: (after, limit) => store.judged(after, limit, sinceMs),
        version: () => store.version('windows'),
      },
      this.#start('windows', sinceMs),
    );
    return (await this.#judged.next(nowMs)).flatMap(({ ms: _, key: __, ...window }) => stateNotices(window, nowMs));
  }

  async #ofRestatements(receivers: readonly Receiver[], nowMs: number): Promise<Notice[]> {
    const sinceMs = askedSince(receivers, RESTATED);
    if (sinceMs === undefined) {
      this.#restated = undefined;
      return [];
    }
    const { store, materialRatioOf } = this.#parts;
    this.#restated ??= new NewsFeed(
      {
        read: (after, limit) => store.restated(after, limit, sinceMs),
        version: () => store.version('restatements'),
      },
      this.#start('restatements', sinceMs),
    );
    const notices: Notice[] = [];
    for (const [stream, restated] of Map.groupBy(await this.#restated.next(nowMs), (window) => window.stream)) {
      const byWindow = Map.groupBy(restated, ({ startMs }) => startMs);
      const all = await store.restatements(stream, [...byWindow.keys()]);
      for (const [startMs, ofWindow] of Map.groupBy(all, (one) => one.startMs))
        for (const one of materialOnes(ofWindow, materialRatioOf(stream)))
          if (byWindow.get(startMs)?.some(({ revision }) => revision === one.revision))
            notices.push(restatedNotice(one, nowMs));
    }
    return notices;
  }

  /** A window is judged after its end; clocks differ a little. */
  #start(feed: string, sinceMs: number): Place {
    const before = this.#parts.cursors.get(feed);
    return before !== undefined && before.ms > sinceMs ? before : { ms: Math.max(0, sinceMs - OVERLAP_MS), key: '' };
  }
}

/** Those of the notices that somebody wants and that were not made before, each once: the first that tells it. */
export async function newOnes(
  store: NewsStore,
  receivers: readonly Receiver[],
  notices: readonly Notice[],
): Promise<readonly Notice[]> {
  const wanted = notices.filter((notice) => receivers.some((receiver) => isFor(receiver, notice)));
  if (wanted.length === 0) return [];
  const made = new Set(await store.made(wanted.map(({ id }) => id)));
  return wanted.filter(({ id }) => {
    const isNew = !made.has(id);
    made.add(id);
    return isNew;
  });
}

/** Whether a receiver is told: it asked before the window ended. */
export const isFor = (receiver: Receiver, notice: Notice): boolean =>
  wants(receiver, notice) && notice.windowEndMs > receiver.sinceMs;

/** When somebody asked first for any of the types; undefined when nobody does. */
export function askedSince(receivers: readonly Receiver[], types: readonly EventType[]): number | undefined {
  const asking = receivers.filter(({ enabled, events }) => enabled && events.some((type) => types.includes(type)));
  return asking.length === 0 ? undefined : Math.min(...asking.map(({ sinceMs }) => sinceMs));
}
