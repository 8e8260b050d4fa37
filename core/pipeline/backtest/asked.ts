import type { IncidentSpec } from '../../alerts/incident.ts';
import type { Rule } from '../../alerts/rule.ts';

/** Options of plugins by their names. */
export type OptionSet = Readonly<Record<string, unknown>>;

/** What is to be judged again, and how. */
export interface BacktestAsked {
  /** Event time; windows that lie wholly in it are reported. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The checks are shown the windows from here on, to learn; left out: from a day before. */
  readonly learnFromMs?: number | undefined;
  /** Leaves out rows that arrived later; left out: everything as it is now. */
  readonly asOfMs?: number | undefined;
  /** Left out: all. */
  readonly streams?: readonly string[] | undefined;
  /** The only ones to judge; left out: those of the config, and those that options are given for. */
  readonly plugins?: readonly string[] | undefined;
  /** Laid over the config's own, plugin by plugin. */
  readonly options?: OptionSet | undefined;
  /** Another set, side by side with the first. */
  readonly against?: OptionSet | undefined;
  /** Left out: those of the store. */
  readonly rules?: readonly Rule[] | undefined;
  readonly incidents?: readonly IncidentSpec[] | undefined;
  /** How many findings and alerts are told with their texts; all are counted. */
  readonly shownMax?: number | undefined;
}

/** The question cannot be answered as it is asked; the message tells what to do. */
export class BacktestRefused extends Error {
  override readonly name = 'BacktestRefused';
}
