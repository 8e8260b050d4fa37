import type { Alert } from '../../alerts/alert.ts';
import type { Episode } from '../../alerts/incidentMatch.ts';
import type { Rule } from '../../alerts/rule.ts';
import { AlertBook, type FoundWindow } from '../control/alertBook.ts';

type Growing = { -readonly [Key in keyof Episode]: Episode[Key] };

/** Writes down each time that an alert would have fired, and when it would have been resolved. The clock is event time: a window is told at its end. */
export class AlarmLog {
  readonly #rules: readonly Rule[];
  readonly #fromMs: number;
  readonly #book = new AlertBook([]);
  readonly #firing = new Map<string, Growing>();
  readonly episodes: Episode[] = [];

  /** Alerts that fired in windows before `fromMs` are not written down: they are of the time that was only learned from. */
  constructor(rules: readonly Rule[], fromMs: number) {
    this.#rules = rules;
    this.#fromMs = fromMs;
  }

  /** Takes the windows of one stream in order of time. */
  take(window: FoundWindow): void {
    for (const { before, after, rule } of this.#book.take(this.#rules, [window], window.endMs)) {
      if (after.status === 'firing' && before?.status !== 'firing') this.#begin(rule, after, window);
      const episode = this.#firing.get(after.id);
      if (episode === undefined) continue;
      episode.severity = after.severity;
      if (after.status !== 'resolved') continue;
      episode.endMs = after.endsAtMs;
      this.#firing.delete(after.id);
    }
    this.#book.forgetQuiet();
  }

  #begin(rule: Rule, { id, labels, severity, latest, startsAtMs }: Alert, window: FoundWindow): void {
    if (window.startMs < this.#fromMs) return;
    const episode: Growing = {
      rule: rule.name,
      stream: window.stream,
      series: window.findings.find((finding) => finding.id === latest.findingId)?.series ?? '',
      labels,
      severity,
      text: latest.text,
      startMs: startsAtMs,
      fired: { startMs: window.startMs, endMs: window.endMs },
      endMs: undefined,
    };
    this.#firing.set(id, episode);
    this.episodes.push(episode);
  }
}
