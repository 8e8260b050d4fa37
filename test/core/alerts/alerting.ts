import { type Alert, begin, step } from '../../../core/alerts/alert.ts';
import { type Rule, ruleSpec } from '../../../core/alerts/rule.ts';
import type { Severity } from '../../../core/findings/draft.ts';
import type { Finding } from '../../../core/findings/finding.ts';

export const MINUTE_MS = 60_000;

export const ruleOf = (changed: object = {}): Rule => ({
  id: 'r1',
  ...ruleSpec.parse({ name: 'Low fill', ...changed }),
});

/** The finding of window number `at`. */
export const findingOf = (at: number, changed: Partial<Finding> = {}): Finding => ({
  id: `f${String(at)}`,
  fingerprint: 'f',
  plugin: 'outlier',
  check: 'unusually-low',
  message: 'unusually-low',
  stream: 'bids',
  startMs: at * MINUTE_MS,
  endMs: (at + 1) * MINUTE_MS,
  revision: 0,
  data: {},
  severity: 'warning',
  series: 'exchange=x7',
  labels: { metric: 'fill' },
  text: `text ${String(at)}`,
  evidenceSql: `SELECT ${String(at)}`,
  ...changed,
});

/** What is told of a window, and in which revision: `w` a warning, `c` critical, `i` an info, `.` no finding. */
export type Told = readonly [at: number, letter: string, revision?: number];

const SEVERITIES: Readonly<Record<string, Severity>> = { i: 'info', w: 'warning', c: 'critical' };

/** A window a letter, in order of time; blanks are for the eye. */
export const inOrder = (letters: string): Told[] =>
  Array.from(letters.replaceAll(' ', '')).map((letter, at) => [at, letter]);

/** The alert after each piece of news; undefined before the first finding begins it. */
export function alertsOf(rule: Rule, news: readonly Told[]): (Alert | undefined)[] {
  let alert: Alert | undefined;
  return news.map(([at, letter, revision = 0], told) => {
    const severity = SEVERITIES[letter];
    const finding = severity === undefined ? undefined : findingOf(at, { severity, revision });
    const nowMs = 1e9 + told;
    if (alert !== undefined)
      alert = step(rule, alert, [{ startMs: at * MINUTE_MS, endMs: (at + 1) * MINUTE_MS, finding }], nowMs);
    else if (finding !== undefined) alert = begin(rule, finding, nowMs);
    return alert;
  });
}
