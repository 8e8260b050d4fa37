const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5_000;

/** Who waits for it. */
export interface Waiting {
  readonly signal: AbortSignal;
  /** Told of each failed attempt. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Does something until it is done: a world that is down is retried for ever, with growing delays and jitter.
 * `afterFailure` runs (until it is done itself) before the next attempt. Rejects only when the signal aborts.
 */
export async function untilDone(
  waiting: Waiting,
  attempt: () => Promise<void>,
  afterFailure?: () => Promise<void>,
): Promise<void> {
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
    waiting.signal.throwIfAborted();
    try {
      await attempt();
      return;
    } catch (error) {
      waiting.onFailure(error);
    }
    await pause(delayMs * (0.5 + Math.random()), waiting.signal);
    if (afterFailure !== undefined) await untilDone(waiting, afterFailure);
  }
}

/** Waits; ends early when the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
