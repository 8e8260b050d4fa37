const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Waits before the second, third, ... attempt: those that Standard Webhooks recommends, with a quick one first; over three days together. */
const DELAYS_MS = [
  1 * SECOND_MS,
  5 * SECOND_MS,
  1 * MINUTE_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];

/** How long to wait after a failed attempt (counted from 1); undefined when it is to be given up. `jitter` is in [0, 1): the wait is up to a fifth longer. */
export function retryDelayMs(attempt: number, jitter: number, retryAfterMs: number | undefined): number | undefined {
  const delayMs = DELAYS_MS[attempt - 1];
  return delayMs === undefined ? undefined : Math.max(delayMs * (1 + jitter / 5), retryAfterMs ?? 0);
}
