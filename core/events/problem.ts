import type { Shape } from './shape.ts';

/** Why a line is no event. */
export type ProblemReason =
  | 'not-json'
  | 'not-an-object'
  | 'bad-utf8'
  | 'nul-byte'
  | 'line-too-long'
  | 'duplicate-key'
  | 'wrong-type'
  | 'out-of-range'
  | 'time-missing'
  | 'time-in-future'
  | 'time-before-horizon'
  | 'server-missing';

/** A line that could not become an event: kept with its bytes, so that it can be decoded again after a repair. */
export interface Problem {
  readonly offset: number;
  readonly reason: ProblemReason;
  /** What exactly: the field, the expectation and the value, in one sentence. */
  readonly detail: string;
  /** The line as it came, without its newline, cut at the line limit. */
  readonly raw: Uint8Array;
  /** What could be read of it all the same; used to notice schema drift in events that were refused. */
  readonly timeMs?: number;
  readonly shape?: Shape;
}

/** A reason with its detail. */
export const problemReason = (reason: ProblemReason, detail: string): { reason: ProblemReason; detail: string } => ({
  reason,
  detail,
});
