import { type Alert, begin, step } from '../alerts/alert.ts';
import { alertLabels, matches, type Rule } from '../alerts/rule.ts';
import { fingerprintOf } from '../alerts/fingerprint.ts';
import type { Finding } from '../findings/finding.ts';
import type { Window } from '../time/window.ts';

/** A window of a stream with what was found in it. */
export interface FoundWindow extends Window {
  readonly stream: string;
  readonly findings: readonly Finding[];
}

/** All alerts that live, and how news change them. Holds state only between two stores; what it holds can be read back. */
export class AlertBook {
  readonly #alerts = new Map<string, Alert>();

  constructor(alerts: Iterable<Alert>) {
    for (const alert of alerts) this.#alerts.set(alert.id, alert);
  }

  /** Takes windows in order of event time. Answers the alerts that changed, as they were and as they are. */
  take(
    rules: readonly Rule[],
    windows: readonly FoundWindow[],
    nowMs: number,
  ): readonly { readonly before: Alert | undefined; readonly after: Alert; readonly rule: Rule }[] {
    const before = new Map<string, { readonly alert: Alert | undefined; readonly rule: Rule }>();
    for (const window of [...windows].sort((a, b) => a.startMs - b.startMs))
      for (const rule of rules)
        for (const [id, alert] of this.#stepped(rule, window, nowMs)) {
          if (!before.has(id)) before.set(id, { alert: this.#alerts.get(id), rule });
          this.#alerts.set(id, alert);
        }
    return [...before].flatMap(([id, { alert, rule }]) => {
      const after = this.#alerts.get(id);
      return after === undefined || after === alert ? [] : [{ before: alert, after, rule }];
    });
  }

  /** Forgets alerts that are resolved and had no trouble in all the windows that they remember: begun again they would be the same. */
  forgetQuiet(): void {
    for (const [id, { status, recent }] of this.#alerts)
      if (status === 'resolved' && recent.every(([, present]) => !present)) this.#alerts.delete(id);
  }

  /** Alerts that fire at the moment. */
  firing(): readonly Alert[] {
    return [...this.#alerts.values()].filter(({ status }) => status === 'firing');
  }

  /** Alerts of one rule after one window, as far as it concerns them. */
  *#stepped(rule: Rule, window: FoundWindow, nowMs: number): Generator<[string, Alert]> {
    const found = new Map<string, Finding>();
    for (const finding of window.findings)
      if (matches(rule, finding)) found.set(`${rule.id}-${fingerprintOf(alertLabels(rule, finding))}`, finding);
    for (const [id, finding] of found) if (!this.#alerts.has(id)) yield [id, begin(rule, finding, nowMs)];
    for (const [id, alert] of this.#alerts) {
      if (alert.ruleId !== rule.id || alert.labels['stream'] !== window.stream) continue;
      yield [id, step(rule, alert, { startMs: window.startMs, endMs: window.endMs, finding: found.get(id) }, nowMs)];
    }
  }
}
