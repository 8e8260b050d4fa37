import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../../core/alerts/alert.ts';
import type { Rule } from '../../../../core/alerts/rule.ts';
import type { Severity } from '../../../../core/findings/draft.ts';
import type { Finding } from '../../../../core/findings/finding.ts';
import { AlertBook, type FoundWindow } from '../../../../core/pipeline/control/alertBook.ts';
import { type JudgedSpan, noteFinding, retract } from '../../../../core/pipeline/judge/judgedSpan.ts';
import { findingOf, MINUTE_MS, ruleOf } from '../../alerts/alerting.ts';

const SERIES = ['exchange=x1', 'exchange=x2'];
const WINDOWS = 24;
const severity = fc.constantFrom<Severity | undefined>(undefined, undefined, 'info', 'warning', 'critical');
/** What a window holds after a revision: how severe the trouble of each series is. */
const content = fc.tuple(severity, severity);
type Content = readonly (Severity | undefined)[];
/** Each window's contents by revision: the last is its final one. */
const history = fc.array(fc.array(content, { minLength: 1, maxLength: 4 }), { minLength: WINDOWS, maxLength: WINDOWS });
const rules = fc.record({
  forWindows: fc.integer({ min: 1, max: 4 }),
  resolveAfterWindows: fc.integer({ min: 1, max: 4 }),
});

/** The store of findings, as judging a window (again) leaves it: by the host's own code for what is found and what is taken back. */
class Stored {
  readonly #standing = new Map<number, Map<string, Finding>>();

  judge(at: number, revision: number, found: Content): void {
    const before = this.#standing.get(at) ?? new Map<string, Finding>();
    const standing = new Map(
      [...before].map(([id, finding]) => [id, { startMs: finding.startMs, row: JSON.stringify(finding) }]),
    );
    const outcome: JudgedSpan = { findings: [], windows: [], rosters: [], restated: 0, standing };
    found.forEach((how, index) => {
      const series = SERIES[index] ?? '';
      const id = `${String(at)} ${series}`;
      // A rule of their own asks for warnings and worse: an info is a finding that matters to nobody.
      if (how !== undefined) noteFinding(outcome, findingOf(at, { id, series, severity: how, revision }));
    });
    retract(outcome, () => revision);
    const after = new Map(before);
    for (const { finding, retracted } of outcome.findings)
      if (retracted) after.delete(finding.id);
      else after.set(finding.id, finding);
    this.#standing.set(at, after);
  }

  /** Judged windows that start at or after a time. */
  from(startMs: number): FoundWindow[] {
    return [...this.#standing]
      .filter(([at]) => at * MINUTE_MS >= startMs)
      .map(([at, findings]) => ({
        ...{ stream: 'bids', startMs: at * MINUTE_MS, endMs: (at + 1) * MINUTE_MS },
        findings: [...findings.values()],
      }));
  }
}

/** What stands of an alert: all but what tells of its way there. */
const standing = ({ labels, status, startsAtMs, endsAtMs, severity: worst, latest }: Alert): object => ({
  ...{ labels, status, startsAtMs, endsAtMs, worst, latest },
});

/** The alerts of a book that stand on a finding; those whose findings were all taken back may be there no more, or be resolved. */
function alertsAfter(rule: Rule, tell: (take: (startMs: number, stored: Stored) => void) => void): Map<string, Alert> {
  const book = new AlertBook([]);
  const alerts = new Map<string, Alert>();
  tell((startMs, stored) => {
    const windows = stored.from(book.tellFromMs('bids', startMs));
    for (const { after } of book.take([rule], windows, 1e9)) alerts.set(after.id, after);
  });
  return alerts;
}

function expectSameAs(finally_: ReadonlyMap<string, Alert>, alerts: ReadonlyMap<string, Alert>): void {
  for (const [id, alert] of alerts) {
    const once = finally_.get(id);
    if (once === undefined) expect(alert).toMatchObject({ status: 'resolved' });
    else expect(standing(alert)).toEqual(standing(once));
  }
  for (const id of finally_.keys()) expect(alerts.has(id)).toBe(true);
}

/** Windows judged first in order of time, with their restatements anywhere behind: pairs of window and revision. */
const arrivals = history.chain((revisions) => {
  const steps = revisions.flatMap((contents, at) => contents.map((_, revision) => ({ at, revision })));
  return fc.tuple(
    fc.constant(revisions),
    fc
      .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: steps.length, maxLength: steps.length })
      .map((draws) => {
        /** First judgements at their time; a revision that much later, after the one before it. */
        const due = new Map<string, number>();
        steps.forEach(({ at, revision }, index) => {
          const before = due.get(`${String(at)} ${String(revision - 1)}`);
          due.set(
            `${String(at)} ${String(revision)}`,
            before === undefined ? at : before + 0.01 + (draws[index] ?? 0) * 12,
          );
        });
        return steps
          .map((step) => ({ ...step, due: due.get(`${String(step.at)} ${String(step.revision)}`) ?? 0 }))
          .sort((a, b) => a.due - b.due);
      }),
  );
});

describe('after any order of restatements', () => {
  it('the alerts are those of the windows told once, as they are in the end', () => {
    fc.assert(
      fc.property(arrivals, rules, ([revisions, steps], terms) => {
        const rule = ruleOf(terms);
        const alerts = alertsAfter(rule, (take) => {
          const stored = new Stored();
          for (const { at, revision } of steps) {
            stored.judge(at, revision, revisions[at]?.[revision] ?? []);
            take(at * MINUTE_MS, stored);
          }
        });
        const once = alertsAfter(rule, (take) => {
          const stored = new Stored();
          revisions.forEach((contents, at) => {
            stored.judge(at, contents.length - 1, contents.at(-1) ?? []);
            take(at * MINUTE_MS, stored);
          });
        });
        expectSameAs(once, alerts);
      }),
      { numRuns: 150 },
    );
  });

  it('no alert shows a finding that was taken back, unless it is resolved', () => {
    fc.assert(
      fc.property(arrivals, rules, ([revisions, steps], terms) => {
        const stored = new Stored();
        const alerts = alertsAfter(ruleOf(terms), (take) => {
          for (const { at, revision } of steps) {
            stored.judge(at, revision, revisions[at]?.[revision] ?? []);
            take(at * MINUTE_MS, stored);
          }
        });
        const findings = new Map(stored.from(0).flatMap((window) => window.findings.map((each) => [each.id, each])));
        for (const { status, latest } of alerts.values())
          if (status !== 'resolved')
            expect(findings.get(latest.findingId)).toMatchObject({ revision: latest.revision });
      }),
      { numRuns: 60 },
    );
  });
});
