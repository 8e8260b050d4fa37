import type { Logger } from 'pino';
import { StoreError } from '../core/store/storeError.ts';

/** How long a start waits for a store that is away. */
const PATIENCE_MS = 60_000;

/** Does something with the store at a start; while the store is away it is done again. What no retry mends is thrown at once. */
export async function patiently<Value>(log: Logger, act: () => Promise<Value>): Promise<Value> {
  for (const deadlineMs = performance.now() + PATIENCE_MS; ;) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof StoreError) || !error.retryable || performance.now() > deadlineMs) throw error;
      log.warn({ err: error }, 'the store did not answer as it should; trying again');
    }
    await new Promise((again) => setTimeout(again, 500));
  }
}
