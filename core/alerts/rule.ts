import { z } from 'zod';
import type { Finding } from '../findings/finding.ts';
import { labelsOf } from '../windows/series.ts';
import { thresholdSpec } from './threshold.ts';

const SEVERITIES = ['info', 'warning', 'critical'] as const;

/** Which findings matter, for how long, and to whom. */
export const ruleSpec = z.strictObject({
  name: z.string().min(1).max(200),
  enabled: z.boolean().default(true),
  /** Conditions on a finding; what is left out does not narrow. */
  match: z
    .strictObject({
      plugin: z.string().optional(),
      check: z.string().optional(),
      stream: z.string().optional(),
      severityMin: z.enum(SEVERITIES).default('warning'),
      labels: z.record(z.string(), z.string()).default({}),
    })
    .prefault({}),
  /** Instead of findings: a bound on a metric, decided on as soon as an open window's interval allows. */
  threshold: thresholdSpec.optional(),
  /** Windows in a row that must have the finding before the alert fires. */
  forWindows: z.int().min(1).max(100).default(1),
  /** Windows in a row without it after which the alert is resolved. */
  resolveAfterWindows: z.int().min(1).max(100).default(3),
  /** A firing alert is told again after so long. */
  repeatEveryMs: z.int().min(60_000).default(14_400_000),
  /** Receivers by id; none named = all. */
  receivers: z.array(z.string()).default([]),
  /** Added to the alert's labels; they win over the finding's. */
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
});

/** A rule as it is given. */
export type RuleSpec = z.infer<typeof ruleSpec>;

/** A rule with its id. */
export interface Rule extends RuleSpec {
  readonly id: string;
}

/** Applies to everything that is at least a warning, tells every receiver. Holds where there are no rules. */
export const DEFAULT_RULE: Rule = { ...ruleSpec.parse({ name: 'Touchstone' }), id: 'default' };

/** Whether a rule is about a finding of a check; one with a threshold is about none. */
export function matches({ match, enabled, threshold }: RuleSpec, finding: Finding): boolean {
  return (
    enabled &&
    threshold === undefined &&
    (match.plugin === undefined || match.plugin === finding.plugin) &&
    (match.check === undefined || match.check === finding.check) &&
    (match.stream === undefined || match.stream === finding.stream) &&
    SEVERITIES.indexOf(finding.severity) >= SEVERITIES.indexOf(match.severityMin) &&
    Object.entries(match.labels).every(([label, value]) => labelsOfFinding(finding)[label] === value)
  );
}

/** All labels of a finding: what says it, of what, and what tells this trouble from others. Its severity may change and is none of them. */
export function labelsOfFinding(finding: Finding): Record<string, string> {
  return {
    ...labelsOf(finding.series),
    ...finding.labels,
    plugin: finding.plugin,
    check: finding.check,
    stream: finding.stream,
  };
}

/** Labels of the alert that a rule makes of a finding. */
export const alertLabels = (rule: Rule, finding: Finding): Record<string, string> => ({
  ...labelsOfFinding(finding),
  ...rule.labels,
  alertname: rule.name,
});
