/** What receivers can be told of. */
export const EVENT_TYPES = [
  'alert.firing',
  'alert.resolved',
  'alert.retracted',
  'alert.confirmed',
  'window.ready',
  'window.complete',
  'window.sealed',
  'window.restated',
  'server.silent',
  'server.dead',
  'server.back',
] as const;

/** What happened, as a receiver's `events` name it. */
export type EventType = (typeof EVENT_TYPES)[number];

/** What a receiver is told of that names no events. */
export const DEFAULT_EVENTS: readonly EventType[] = ['alert.firing', 'alert.resolved'];

/** Whom to tell of what. */
export interface Subscription {
  readonly enabled: boolean;
  readonly events: readonly EventType[];
  /** Streams by name; none named = all. */
  readonly streams: readonly string[];
  /** When it was made, epoch ms: of windows and servers it is told what happens in windows that end later. */
  readonly sinceMs: number;
}

/** What happened, to what. */
export interface Occurrence {
  readonly type: EventType;
  /** Who asks for these, too, is told of it otherwise. */
  readonly unless?: EventType;
  readonly stream: string;
}

/** Whether a subscription asks for it. */
export const wants = ({ enabled, events, streams }: Subscription, { type, unless, stream }: Occurrence): boolean =>
  enabled &&
  events.includes(type) &&
  !(unless !== undefined && events.includes(unless)) &&
  (streams.length === 0 || streams.includes(stream));
