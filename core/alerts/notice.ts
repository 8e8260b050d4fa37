import { fnv1a64 } from '../findings/fnv1a64.ts';
import type { Alert } from './alert.ts';
import { worse } from './course.ts';
import type { EventType } from './eventType.ts';
import type { Rule } from './rule.ts';

/** Why somebody is told. */
export type AlertReason = 'first' | 'grown' | 'resolved' | 'reminder' | 'retracted' | 'confirmed';

/** A message. Its id is a function of what it tells: made again it is the same message. */
export interface Notice {
  readonly id: string;
  readonly type: EventType;
  /** Who asks for these hears of it by a notice of that type instead. */
  readonly unless?: EventType;
  readonly reason: string;
  /** What it is about: `alert/<id>`, `window/<stream>/<startMs>`, `server/<stream>/<server>`. */
  readonly about: string;
  readonly stream: string;
  /** Event time that it is about, epoch ms. */
  readonly windowEndMs: number;
  /** Our clock, epoch ms. */
  readonly createdAtMs: number;
  /** What receivers are told, as JSON. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** What must be told about an alert that went from `before` to `after`; `lastToldMs` is when its firing was told last. */
export function noticesOf(
  rule: Rule,
  before: Alert | undefined,
  after: Alert,
  at: { nowMs: number; lastToldMs: number | undefined },
): Notice[] {
  const told = (reason: AlertReason, type: EventType, ordinal: string): Notice =>
    alertNotice(after, { reason, type, ordinal }, at.nowMs);
  if (before?.status === 'firing' && after.status !== 'firing') {
    const ordinal = String(after.endsAtMs ?? 0);
    if (!isTakenBack(before, after)) return [told('resolved', 'alert.resolved', ordinal)];
    // The same, once for those who ask for retractions and once for those who know of resolutions only.
    return [told('retracted', 'alert.retracted', ordinal), told('retracted', 'alert.resolved', ordinal)];
  }
  if (after.status !== 'firing') return [];
  if (before?.status !== 'firing') return [told('first', 'alert.firing', '')];
  if (before.severity !== after.severity && worse(before.severity, after.severity) === after.severity)
    return [told('grown', 'alert.firing', after.severity)];
  if (at.lastToldMs !== undefined && at.nowMs - at.lastToldMs >= rule.repeatEveryMs)
    return [told('reminder', 'alert.firing', String(Math.floor(at.nowMs / rule.repeatEveryMs)))];
  return isConfirmed(before, after)
    ? [told('confirmed', 'alert.confirmed', `${String(after.latest.startMs)}.${String(after.latest.revision)}`)]
    : [];
}

/** A finding of a window that was told with it no longer stands, or the alert would never have fired, had all windows been known in time. */
function isTakenBack(before: Alert, after: Alert): boolean {
  const now = new Map(after.recent);
  return (
    after.status === 'pending' ||
    before.recent.some(([startMs, severity]) => severity !== '' && now.get(startMs) === '')
  );
}

/** What it shows was said again of a later revision of the same window. */
const isConfirmed = ({ latest: said }: Alert, { latest }: Alert): boolean =>
  said.startMs === latest.startMs && (latest.revision ?? 0) > (said.revision ?? 0);

function alertNotice(
  alert: Alert,
  { reason, type, ordinal }: { reason: AlertReason; type: EventType; ordinal: string },
  createdAtMs: number,
): Notice {
  const { recent: _, past: __, ...shown } = alert;
  return {
    id: messageId([alert.id, alert.startsAtMs, alert.endings, type, reason, ordinal].join('|')),
    type,
    ...(reason === 'retracted' && type === 'alert.resolved' ? { unless: 'alert.retracted' as const } : {}),
    reason,
    about: `alert/${alert.id}`,
    stream: alert.stream,
    windowEndMs: alert.latest.endMs,
    createdAtMs,
    data: {
      ...shown,
      reason,
      startsAt: new Date(alert.startsAtMs).toISOString(),
      endsAt: alert.endsAtMs === undefined ? null : new Date(alert.endsAtMs).toISOString(),
    },
  };
}

/** The id of a message that tells this and nothing else. */
export const messageId = (told: string): string => `msg_${fnv1a64(told)}`;
