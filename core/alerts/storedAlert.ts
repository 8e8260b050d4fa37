import type { Severity } from '../findings/draft.ts';
import type { Alert } from './alert.ts';
import { COURSE_START } from './course.ts';

/** An alert as an older Touchstone may have written it down: without its stream, and of each window only whether there was a finding. */
type StoredAlert = Omit<Alert, 'stream' | 'recent' | 'endings'> & {
  readonly stream?: string;
  readonly endings?: number;
  readonly recent: readonly (readonly [startMs: number, told: Severity | '' | boolean])[];
};

/** Windows that older alerts remembered at least: with fewer, none was forgotten. */
const OLD_WINDOWS_MIN = 19;

/** An alert out of the JSON that it was stored as. */
export function storedAlert(json: string): Alert {
  const { recent, past, ...stored } = JSON.parse(json) as StoredAlert;
  const isOld = stored.stream === undefined;
  const led = { ...COURSE_START, status: stored.status, startsAtMs: stored.startsAtMs, severity: stored.severity };
  return {
    ...stored,
    stream: stored.stream ?? stored.labels['stream'] ?? '',
    endsAtMs: stored.endsAtMs,
    endings: stored.endings ?? 0,
    recent: recent.map(([startMs, told]) => [startMs, typeof told === 'string' ? told : told ? stored.severity : '']),
    past: isOld && recent.length >= OLD_WINDOWS_MIN ? led : past,
  };
}
