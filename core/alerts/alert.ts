import type { Finding } from '../findings/finding.ts';
import type { Severity } from '../findings/draft.ts';
import type { Window } from '../time/window.ts';
import { fillIn } from '../findings/sign.ts';
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
}

/** The state machine of one rule and one label set. */
export interface Alert {
  /** The rule's id and the fingerprint: one alert through all its life. */
  readonly id: string;
  readonly fingerprint: string;
  readonly ruleId: string;
  readonly status: 'pending' | 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Event time of the first window of the present episode, and the end of its last, epoch ms. */
  readonly startsAtMs: number;
  readonly endsAtMs: number | undefined;
  readonly latest: Shown;
  /** Worst severity of the present episode. */
  readonly severity: Severity;
  /** Presence in the windows judged lately, by start, oldest first; bounded. */
  readonly recent: readonly (readonly [startMs: number, present: boolean])[];
  /** Our clock: when it heard of a window last that it did not know so, and when anything that it shows changed. */
  readonly updatedAtMs: number;
  readonly changedAtMs: number;
}

/** What is new about an alert in one window: the finding, or that there is none. */
export interface News extends Window {
  readonly finding: Finding | undefined;
}

/** Windows that an alert remembers beyond those that its rule counts. */
const SPARE_WINDOWS = 16;

const SEVERITIES: readonly Severity[] = ['info', 'warning', 'critical'];

/** The alert that a finding begins. */
export function begin(rule: Rule, finding: Finding, nowMs: number): Alert {
  const labels = alertLabels(rule, finding);
  const fingerprint = fingerprintOf(labels);
  const blank: Alert = {
    id: `${rule.id}-${fingerprint}`,
    fingerprint,
    ruleId: rule.id,
    status: 'pending',
    labels,
    annotations: {},
    startsAtMs: finding.startMs,
    endsAtMs: undefined,
    latest: shownOf(finding),
    severity: finding.severity,
    recent: [],
    updatedAtMs: nowMs,
    changedAtMs: nowMs,
  };
  return step(rule, blank, { startMs: finding.startMs, endMs: finding.endMs, finding }, nowMs);
}

/**
 * The alert after a window was judged, for the first time or again. Pure, and the same news twice changes nothing:
 * what it becomes depends on the presence in the last windows, not on the order in which they were told.
 */
export function step(rule: Rule, alert: Alert, news: News, nowMs: number): Alert {
  const windowsMax = Math.max(rule.forWindows, rule.resolveAfterWindows) + SPARE_WINDOWS;
  const recent = remembered(alert.recent, news, windowsMax);
  const before = recent.length < windowsMax ? undefined : alert;
  const { status, startsAtMs = alert.startsAtMs } = episodeOf(rule, recent, before);
  const begins = startsAtMs > alert.startsAtMs;
  const { finding } = news;
  const latest = finding !== undefined && news.startMs >= alert.latest.startMs ? shownOf(finding) : alert.latest;
  const said = finding !== undefined && news.startMs >= startsAtMs ? finding.severity : latest.severity;
  const lastPresent = recent.findLast(([, present]) => present)?.[0] ?? alert.latest.startMs;
  const next: Alert = {
    ...alert,
    status,
    recent,
    latest,
    startsAtMs,
    endsAtMs: status === 'resolved' ? lastPresent + (news.endMs - news.startMs) : undefined,
    severity: begins ? said : worse(alert.severity, said),
    annotations: Object.fromEntries(
      Object.entries(rule.annotations).map(([name, template]) => [
        name,
        fillIn(template, { ...alert.labels, text: latest.text }),
      ]),
    ),
  };
  if (same(alert, next)) return alert;
  const isShown = !same({ ...alert, recent }, next);
  return { ...next, updatedAtMs: nowMs, changedAtMs: isShown ? nowMs : alert.changedAtMs };
}

/**
 * Where presence in the windows leads when it is told in order of time, and when the episode began. What came before the windows remembered counts once some were
 * forgotten: then `before` is what it had led to.
 */
function episodeOf(
  rule: Rule,
  recent: Alert['recent'],
  before: Alert | undefined,
): { readonly status: Alert['status']; readonly startsAtMs: number | undefined } {
  let status = before?.status ?? 'resolved';
  let startsAtMs = before?.startsAtMs;
  let present = 0;
  let absent = 0;
  for (const [startMs, isPresent] of recent) {
    present = isPresent ? present + 1 : 0;
    absent = isPresent ? 0 : absent + 1;
    if (isPresent && status === 'resolved') {
      status = 'pending';
      startsAtMs = startMs;
    }
    if (present >= rule.forWindows) status = 'firing';
    else if (absent >= rule.resolveAfterWindows) status = 'resolved';
  }
  return { status, startsAtMs };
}

function remembered(recent: Alert['recent'], { startMs, finding }: News, windowsMax: number): Alert['recent'] {
  const others = recent.filter(([known]) => known !== startMs);
  return [...others, [startMs, finding !== undefined] as const].sort(([a], [b]) => a - b).slice(-windowsMax);
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
});

const worse = (a: Severity, b: Severity): Severity => (SEVERITIES.indexOf(a) >= SEVERITIES.indexOf(b) ? a : b);

const same = (a: Alert, b: Alert): boolean => JSON.stringify(a) === JSON.stringify(b);
