import { fnv1a64 } from '../findings/fnv1a64.ts';
import type { Alert } from './alert.ts';
import type { Rule } from './rule.ts';

/** Why somebody is told. */
export type NoticeReason = 'first' | 'grown' | 'resolved' | 'reminder';

/** A message about an alert. Its id is a function of the alert, the episode and the reason: made again it is the same message. */
export interface Notice {
  readonly id: string;
  readonly alertId: string;
  readonly reason: NoticeReason;
  readonly type: 'alert.firing' | 'alert.resolved';
  /** Our clock, epoch ms. */
  readonly createdAtMs: number;
  readonly alert: Alert;
}

/** What must be told about an alert that went from `before` to `after`; `lastToldMs` is when its firing was told last. */
export function noticesOf(
  rule: Rule,
  before: Alert | undefined,
  after: Alert,
  at: { nowMs: number; lastToldMs: number | undefined },
): Notice[] {
  const wasFiring = before?.status === 'firing';
  if (after.status === 'firing' && !wasFiring) return [notice(after, 'first', '', at.nowMs)];
  if (after.status === 'firing' && before !== undefined && before.severity !== after.severity)
    return [notice(after, 'grown', after.severity, at.nowMs)];
  if (after.status === 'firing' && at.lastToldMs !== undefined && at.nowMs - at.lastToldMs >= rule.repeatEveryMs)
    return [notice(after, 'reminder', String(Math.floor(at.nowMs / rule.repeatEveryMs)), at.nowMs)];
  if (after.status === 'resolved' && wasFiring)
    return [notice(after, 'resolved', String(after.endsAtMs ?? 0), at.nowMs)];
  return [];
}

function notice(alert: Alert, reason: NoticeReason, ordinal: string, createdAtMs: number): Notice {
  const id = `msg_${fnv1a64(`${alert.id}|${String(alert.startsAtMs)}|${reason}|${ordinal}`)}`;
  return {
    id,
    alertId: alert.id,
    reason,
    type: reason === 'resolved' ? 'alert.resolved' : 'alert.firing',
    createdAtMs,
    alert,
  };
}
