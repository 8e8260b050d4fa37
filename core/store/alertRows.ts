import type { Alert } from '../alerts/alert.ts';
import type { Notice } from '../alerts/notice.ts';
import { jsonTime } from './insertBodies.ts';

/** What says which alert it is, and how it stands: the same in the store and for other jobs. */
export const alertFace = ({ id, fingerprint, ruleId, status, severity, labels, annotations }: Alert): object => ({
  ...{ id, fingerprint, ruleId, status, severity, labels, annotations },
});

/** An alert as a row of `alert_revisions`. */
export const alertRow = (alert: Alert): object => ({
  ...alertFace(alert),
  startsAt: jsonTime(alert.startsAtMs),
  endsAt: alert.endsAtMs === undefined ? null : jsonTime(alert.endsAtMs),
  windowStart: jsonTime(alert.latest.startMs),
  windowEnd: jsonTime(alert.latest.endMs),
  findingId: alert.latest.findingId,
  text: alert.latest.text,
  observed: alert.latest.observed ?? null,
  expectedLow: alert.latest.expected?.low ?? null,
  expectedCenter: alert.latest.expected?.center ?? null,
  expectedHigh: alert.latest.expected?.high ?? null,
  evidenceSql: alert.latest.evidenceSql,
  state: JSON.stringify(alert),
  updatedAt: jsonTime(alert.updatedAtMs),
});

/** A notice as a row of `notice_rows`, with the body that receivers get. */
export const noticeRow = (
  { id, about, reason, type, createdAtMs, windowEndMs, data }: Notice,
  receivers: readonly string[],
): object => ({
  id,
  alertId: about.startsWith(ABOUT_ALERT) ? about.slice(ABOUT_ALERT.length) : '',
  about,
  reason,
  type,
  receivers,
  body: JSON.stringify({ type, timestamp: new Date(createdAtMs).toISOString(), data }),
  windowEnd: jsonTime(windowEndMs),
  createdAt: jsonTime(createdAtMs),
});

const ABOUT_ALERT = 'alert/';
