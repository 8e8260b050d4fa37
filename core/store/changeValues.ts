import type { Alert } from '../alerts/alert.ts';
import { alertFace } from './alertRows.ts';

/** A finding as other jobs are told of it: as it was made, and whether it still stands. */
export const findingValue = (finding: object, retracted: boolean, ms: number): object => ({
  ...finding,
  retracted,
  foundAt: isoTime(ms),
});

/** A judged window as other jobs are told of it. 64-bit integers come as text. */
export const windowValue = (row: Readonly<Record<string, unknown>>, ms: number): object => ({
  stream: row['stream'],
  startMs: Number(row['startMs']),
  endMs: Number(row['endMs']),
  state: row['state'],
  revision: row['revision'],
  events: Number(row['events']),
  serversExpected: row['serversExpected'],
  serversArrived: row['serversArrived'],
  eventsAnnounced: row['eventsAnnounced'] === null ? null : Number(row['eventsAnnounced']),
  tooLate: Number(row['tooLate']),
  judgedAt: isoTime(ms),
});

/** An alert as other jobs are told of it; `finding` is the newest that it shows. */
export const alertValue = (alert: Alert, ms: number): object => ({
  ...alertFace(alert),
  text: alert.latest.text,
  evidenceSql: alert.latest.evidenceSql,
  startsAt: isoTime(alert.startsAtMs),
  endsAt: alert.endsAtMs === undefined ? null : isoTime(alert.endsAtMs),
  changedAt: isoTime(ms),
  finding: alert.latest,
});

const isoTime = (ms: number): string => new Date(ms).toISOString();
