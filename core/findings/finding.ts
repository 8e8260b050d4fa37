import type { Window } from '../time/window.ts';
import type { Draft } from './draft.ts';

/**
 * A draft signed by the host. Its `id` is a function of stream, plugin, check, series, labels and window alone, so the
 * same trouble found again (after a restart, a restatement, a replay) replaces itself.
 */
export interface Finding extends Draft, Window {
  readonly id: string;
  /** The same trouble in any window: stream, plugin, check, series and labels, without the time. */
  readonly fingerprint: string;
  readonly plugin: string;
  /** The message id; what rules select by. */
  readonly check: string;
  readonly stream: string;
  /** The window's revision that this was said of. */
  readonly revision: number;
  /** The message with its data filled in. */
  readonly text: string;
  /** SQL that shows the raw events behind it, runnable as it is. */
  readonly evidenceSql: string;
}
