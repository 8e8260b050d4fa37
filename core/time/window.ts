/**
 * A half-open interval of event time `[startMs, endMs)`, aligned to the epoch:
 *
 *     --[=========)[=========)[=========)-->  event time
 *       startMs    endMs = startMs of the next
 */
export interface Window {
  readonly startMs: number;
  readonly endMs: number;
}

/** Start of the tumbling window of `windowMs` that holds the instant `timeMs`, in epoch milliseconds. */
export function windowStartOf(timeMs: number, windowMs: number): number {
  return Math.floor(timeMs / windowMs) * windowMs;
}

/** The tumbling window of `windowMs` that starts at `startMs`. */
export function windowAt(startMs: number, windowMs: number): Window {
  return { startMs, endMs: startMs + windowMs };
}
