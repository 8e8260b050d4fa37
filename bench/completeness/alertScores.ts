import { decide, type ThresholdSpec } from '../../core/alerts/threshold.ts';
import { type AlertWindow, WAIT_MINUTES } from './alertReplay.ts';
import { quantileOf } from './scores.ts';

export type Bound = Pick<ThresholdSpec, 'above' | 'below'>;

/** What came of a bound in a window: when it first fired, in minutes after the close, and whether that was before all was waited for. */
interface Fired {
  readonly ageMinutes: number;
  readonly isPartial: boolean;
}

/** A way to decide; undefined: it did not fire. */
export type Decider = (bound: Bound, window: AlertWindow) => Fired | undefined;

const isBeyond = ({ above, below }: Bound, value: number): boolean =>
  above === undefined ? value < (below ?? 0) : value > above;

/** Fires with the first estimate that allows, or when the wait is over. */
export const byInterval: Decider = (bound, { asked }) => {
  for (const { ageMinutes, known } of asked) {
    if (ageMinutes > WAIT_MINUTES) return undefined;
    if (decide(bound, known) === 'fires') return { ageMinutes, isPartial: !known.isFinal };
  }
  return undefined;
};

export const atOnce: Decider = (bound, window) =>
  isBeyond(bound, window.atOnce) ? { ageMinutes: 0, isPartial: true } : undefined;

export const afterWait: Decider = (bound, window) =>
  isBeyond(bound, window.waited) ? { ageMinutes: WAIT_MINUTES, isPartial: false } : undefined;

/** How a way to decide did over bounds and windows. */
export class AlertScore {
  #beyond = 0;
  #within = 0;
  #missed = 0;
  /** False alarms before the wait was over, and at its end. */
  #falsePartial = 0;
  #falseAtEnd = 0;
  readonly #trueAges: number[] = [];

  add(decider: Decider, bound: Bound, window: AlertWindow): void {
    const fired = decider(bound, window);
    if (isBeyond(bound, window.final)) {
      this.#beyond++;
      if (fired === undefined) this.#missed++;
      else this.#trueAges.push(fired.ageMinutes);
      return;
    }
    this.#within++;
    if (fired?.isPartial === true) this.#falsePartial++;
    else if (fired !== undefined) this.#falseAtEnd++;
  }

  /** Cells under {@link ALERT_HEADINGS}. */
  row(): readonly string[] {
    const gained = (share: number): string => {
      const minutes = this.#trueAges.map((age) => WAIT_MINUTES - age);
      return minutes.length === 0 ? '-' : quantileOf(minutes, share).toFixed(0);
    };
    const wrong = this.#falsePartial + this.#falseAtEnd;
    return [
      String(this.#within),
      `${String(this.#falsePartial)} (${percent(this.#falsePartial, this.#within)})`,
      String(this.#falseAtEnd),
      percent(wrong, wrong + this.#trueAges.length),
      String(this.#beyond),
      `${String(this.#missed)} (${percent(this.#missed, this.#beyond)})`,
      gained(0.5),
      gained(0.1),
    ];
  }
}

/** Gained: minutes before the fixed delay at which half, and nine in ten, of the right alarms were there. */
export const ALERT_HEADINGS = [
  ...['within', 'false, partial', 'at 15 min', 'of alarms'],
  ...['beyond', 'missed', 'gained, p50', 'by 90 %'],
];

const percent = (part: number, of: number): string => (of === 0 ? '-' : `${((100 * part) / of).toFixed(2)} %`);
