import type { Finding } from '../findings/finding.ts';
import type { Severity } from '../findings/draft.ts';
import type { Window } from '../time/window.ts';
import { fillIn } from '../findings/sign.ts';
import { type Course, COURSE_START, type Heard, onward } from './course.ts';
import { fingerprintOf } from './fingerprint.ts';
import { alertLabels, type Rule } from './rule.ts';

/** What a finding says, as far as an alert shows it. */
export interface Shown extends Window {
  readonly findingId: string;
  readonly severity: Severity;
  readonly text: string;
  readonly observed: number | undefined;
  readonly expected: Finding['expected'];
  readonly evidenceSql: string;
  /** The window's revision that it was said of; undefined where an older Touchstone wrote it down. */
  readonly revision?: number;
}

/** The state machine of one rule and one label set. */
export interface Alert {
  /** The rule's id and the fingerprint: one alert through all its life. */
  readonly id: string;
  readonly fingerprint: string;
  readonly ruleId: string;
  /** The stream of whose windows it hears, whatever its labels say. */
  readonly stream: string;
  readonly status: Course['status'];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Event time of the first window of the present episode, and the end of its last, epoch ms. */
  readonly startsAtMs: number;
  readonly endsAtMs: number | undefined;
  readonly latest: Shown;
  /** Worst severity of the present episode. */
  readonly severity: Severity;
  /** What was told of the windows judged lately, by start, oldest first; bounded. */
  readonly recent: readonly Heard[];
  /** Where the windows before those have led: what was forgotten stands. Undefined while nothing is forgotten. */
  readonly past: Course | undefined;
  /** How often it ceased to fire. */
  readonly endings: number;
  /** Our clock: when it heard of a window last that it did not know so, and when anything that it shows changed. */
  readonly updatedAtMs: number;
  readonly changedAtMs: number;
}

/** What is new about an alert in one window: the finding, or that there is none. */
export interface News extends Window {
  readonly finding: Finding | undefined;
}

/** Windows that an alert remembers beyond those that its rule counts: so far back may a restatement take it. */
const SPARE_WINDOWS = 100;

/** The alert that a finding begins. */
export function begin(rule: Rule, finding: Finding, nowMs: number): Alert {
  const labels = alertLabels(rule, finding);
  const fingerprint = fingerprintOf(labels);
  const blank: Alert = {
    id: `${rule.id}-${fingerprint}`,
    fingerprint,
    ruleId: rule.id,
    stream: finding.stream,
    status: 'pending',
    labels,
    annotations: {},
    startsAtMs: finding.startMs,
    endsAtMs: undefined,
    latest: shownOf(finding),
    severity: finding.severity,
    recent: [],
    past: undefined,
    endings: 0,
    updatedAtMs: nowMs,
    changedAtMs: nowMs,
  };
  return step(rule, blank, [{ startMs: finding.startMs, endMs: finding.endMs, finding }], nowMs);
}

/**
 * The alert after windows were judged, for the first time or again. Pure, and the same news twice changes nothing:
 * what it becomes depends on what the last windows hold, not on the order in which they were told.
 */
export function step(rule: Rule, alert: Alert, news: readonly News[], nowMs: number): Alert {
  const { recent, past } = remembered(rule, alert, news);
  const { status, startsAtMs, severity, lastMs } = recent.reduce(
    (course, heard) => onward(rule, course, heard),
    past ?? COURSE_START,
  );
  const latest = shownAfter(alert, news, recent);
  const windowMs = latest.endMs - latest.startMs;
  const next: Alert = {
    ...alert,
    status,
    recent,
    past,
    latest,
    startsAtMs: startsAtMs ?? alert.startsAtMs,
    endsAtMs: status === 'resolved' ? (lastMs ?? latest.startMs) + windowMs : undefined,
    severity: severity ?? alert.severity,
    endings: alert.endings + (alert.status === 'firing' && status !== 'firing' ? 1 : 0),
    annotations: Object.fromEntries(
      Object.entries(rule.annotations).map(([name, template]) => [
        name,
        fillIn(template, { ...alert.labels, text: latest.text }),
      ]),
    ),
  };
  if (same(alert, next)) return alert;
  const isShown = !same({ ...alert, recent, past }, next);
  return { ...next, updatedAtMs: nowMs, changedAtMs: isShown ? nowMs : alert.changedAtMs };
}

/** Start of the newest window before `beforeMs` in which an alert knows a finding: it would show that one, were there none from then on. */
export const fallbackMs = ({ recent }: Alert, beforeMs: number): number | undefined =>
  recent.findLast(([startMs, severity]) => severity !== '' && startMs < beforeMs)?.[0];

/** The windows known after the news, the oldest forgotten when they are too many. */
function remembered(rule: Rule, alert: Alert, news: readonly News[]): Pick<Alert, 'recent' | 'past'> {
  const forgottenMs = alert.past === undefined ? Number.NEGATIVE_INFINITY : (alert.recent[0]?.[0] ?? 0);
  const known = new Map(alert.recent);
  for (const { startMs, finding } of news) if (startMs >= forgottenMs) known.set(startMs, finding?.severity ?? '');
  const all: Heard[] = [...known].sort(([a], [b]) => a - b);
  const tooMany = all.length - Math.max(rule.forWindows, rule.resolveAfterWindows) - SPARE_WINDOWS;
  if (tooMany <= 0) return { recent: all, past: alert.past };
  const past = all.slice(0, tooMany).reduce((course, heard) => onward(rule, course, heard), alert.past ?? COURSE_START);
  return { recent: all.slice(tooMany), past };
}

/** The newest finding that stands; where none of the news and what it showed is one, what it showed. */
function shownAfter({ latest }: Alert, news: readonly News[], recent: Alert['recent']): Shown {
  const stands = recent.some(([startMs, severity]) => startMs === latest.startMs && severity !== '');
  let newest: Finding | undefined;
  for (const { finding } of news)
    if (finding !== undefined && (newest === undefined || finding.startMs >= newest.startMs)) newest = finding;
  if (newest === undefined || (stands && newest.startMs < latest.startMs)) return latest;
  return shownOf(newest);
}

const shownOf = (finding: Finding): Shown => ({
  findingId: finding.id,
  startMs: finding.startMs,
  endMs: finding.endMs,
  severity: finding.severity,
  text: finding.text,
  observed: finding.observed,
  expected: finding.expected,
  evidenceSql: finding.evidenceSql,
  revision: finding.revision,
});

const same = (a: Alert, b: Alert): boolean => JSON.stringify(a) === JSON.stringify(b);
