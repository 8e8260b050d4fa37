import { type Alert, begin, fallbackMs, step } from '../../alerts/alert.ts';
import { alertLabels, matches, type Rule } from '../../alerts/rule.ts';
import { fingerprintOf } from '../../alerts/fingerprint.ts';
import type { Finding } from '../../findings/finding.ts';
import type { Window } from '../../time/window.ts';

/** A window of a stream with what was found in it. */
export interface FoundWindow extends Window {
  readonly stream: string;
  readonly findings: readonly Finding[];
}

/** An alert that news changed, as it was and as it is. */
export interface ChangedAlert {
  readonly before: Alert | undefined;
  readonly after: Alert;
  readonly rule: Rule;
}

/** What a rule's threshold said of one series in a window: the finding that it would be, and whether it fires. */
export interface DecidedSeries {
  readonly finding: Finding;
  readonly fires: boolean;
}

/** All alerts that live, and how news change them. Holds state only between two stores; what it holds can be read back. */
export class AlertBook {
  readonly #alerts = new Map<string, Alert>();

  constructor(alerts: Iterable<Alert>) {
    for (const alert of alerts) this.#alerts.set(alert.id, alert);
  }

  /**
   * Takes windows with all that is found in them now. Of a stream of which windows are judged again it wants every judged window
   * from {@link AlertBook.tellFromMs} on: an alert that begins or ends in the past must hear what came after.
   */
  take(rules: readonly Rule[], windows: readonly FoundWindow[], nowMs: number): readonly ChangedAlert[] {
    const byStream = Map.groupBy(windows, ({ stream }) => stream);
    return [...byStream].flatMap(([stream, ofStream]) => {
      const inOrder = [...ofStream].sort((a, b) => a.startMs - b.startMs);
      const byFindings = rules.filter(({ threshold }) => threshold === undefined);
      return byFindings.flatMap((rule) => [...this.#told(rule, stream, inOrder, nowMs)]);
    });
  }

  /** Takes what the threshold of a rule says of series in a window: news of their alerts only. */
  decided(
    rule: Rule,
    { startMs, endMs }: Window,
    decided: readonly DecidedSeries[],
    nowMs: number,
  ): readonly ChangedAlert[] {
    return decided.flatMap(({ finding, fires }) => {
      const id = idOf(rule, finding);
      const before = this.#alerts.get(id);
      if (before === undefined && !fires) return [];
      const news = { startMs, endMs, finding: fires ? finding : undefined };
      const after = step(rule, before ?? begin(rule, finding, nowMs), [news], nowMs);
      if (after === before) return [];
      this.#alerts.set(id, after);
      return [{ before, after, rule }];
    });
  }

  /** From where on a stream's windows are to be told, when those from `startMs` on were judged (again): from what an alert falls back to, should its newest finding be taken back. */
  tellFromMs(stream: string, startMs: number): number {
    let fromMs = startMs;
    for (const alert of this.#alerts.values())
      if (alert.stream === stream && alert.latest.startMs >= startMs)
        fromMs = Math.min(fromMs, fallbackMs(alert, startMs) ?? startMs);
    return fromMs;
  }

  /** Forgets alerts that are resolved and had no trouble in all the windows that they remember: begun again they would be the same. */
  forgetQuiet(): void {
    for (const [id, { status, recent }] of this.#alerts)
      if (status === 'resolved' && recent.every(([, severity]) => severity === '')) this.#alerts.delete(id);
  }

  /** Alerts that fire at the moment. */
  firing(): readonly Alert[] {
    return [...this.#alerts.values()].filter(({ status }) => status === 'firing');
  }

  /** Alerts of one rule after windows of a stream, as far as those change them. */
  *#told(rule: Rule, stream: string, windows: readonly FoundWindow[], nowMs: number): Generator<ChangedAlert> {
    const found = new Map<string, Map<number, Finding>>();
    for (const finding of windows.flatMap(({ findings }) => findings)) {
      if (!matches(rule, finding)) continue;
      const id = idOf(rule, finding);
      let ofAlert = found.get(id);
      if (ofAlert === undefined) found.set(id, (ofAlert = new Map<number, Finding>()));
      ofAlert.set(finding.startMs, finding);
    }
    const known = [...this.#alerts.values()].filter((alert) => alert.ruleId === rule.id && alert.stream === stream);
    for (const id of new Set([...known.map((alert) => alert.id), ...found.keys()])) {
      const ofAlert = found.get(id);
      const before = this.#alerts.get(id);
      const first = windows.find(({ startMs }) => ofAlert?.has(startMs));
      const firstFinding = first && ofAlert?.get(first.startMs);
      const begun = before ?? (firstFinding && begin(rule, firstFinding, nowMs));
      if (begun === undefined) continue;
      const news = windows
        .filter(({ startMs }) => before !== undefined || startMs >= begun.startsAtMs)
        .map(({ startMs, endMs }) => ({ startMs, endMs, finding: ofAlert?.get(startMs) }));
      const after = step(rule, begun, news, nowMs);
      if (after === before) continue;
      this.#alerts.set(id, after);
      yield { before, after, rule };
    }
  }
}

const idOf = (rule: Rule, finding: Finding): string => `${rule.id}-${fingerprintOf(alertLabels(rule, finding))}`;
