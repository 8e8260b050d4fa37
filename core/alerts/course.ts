import type { Severity } from '../findings/draft.ts';
import type { Rule } from './rule.ts';

/** What was told of one window: how severe the finding in it is; '' when there is none. */
export type Heard = readonly [startMs: number, severity: Severity | ''];

/** Where the windows told so far have led, in order of time. */
export interface Course {
  readonly status: 'pending' | 'firing' | 'resolved';
  /** Start of the first window of the newest episode; undefined before the first. */
  readonly startsAtMs: number | undefined;
  /** Worst severity of that episode. */
  readonly severity: Severity | undefined;
  /** Start of the newest window with a finding. */
  readonly lastMs: number | undefined;
  /** Windows in a row, up to the newest, with a finding; and without. */
  readonly present: number;
  readonly absent: number;
}

const SEVERITIES: readonly Severity[] = ['info', 'warning', 'critical'];

/** Before anything was told. */
export const COURSE_START: Course = {
  ...{ status: 'resolved', startsAtMs: undefined, severity: undefined, lastMs: undefined, present: 0, absent: 0 },
};

/** The state machine of a rule, one window further. */
export function onward(
  { forWindows, resolveAfterWindows }: Pick<Rule, 'forWindows' | 'resolveAfterWindows'>,
  course: Course,
  [startMs, severity]: Heard,
): Course {
  if (severity === '') {
    const absent = course.absent + 1;
    return { ...course, present: 0, absent, status: absent >= resolveAfterWindows ? 'resolved' : course.status };
  }
  const begins = course.status === 'resolved';
  const present = course.present + 1;
  return {
    status: present >= forWindows ? 'firing' : begins ? 'pending' : course.status,
    startsAtMs: begins ? startMs : course.startsAtMs,
    severity: begins ? severity : worse(course.severity ?? severity, severity),
    lastMs: startMs,
    present,
    absent: 0,
  };
}

/** The graver of two. */
export const worse = (a: Severity, b: Severity): Severity => (SEVERITIES.indexOf(a) >= SEVERITIES.indexOf(b) ? a : b);
