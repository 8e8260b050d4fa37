import { timeOfText } from '../core/events/timeText.ts';
import { UsageError } from './usageError.ts';

/** What the store's times can hold, by far. */
const LATEST_MS = Date.UTC(2200, 0, 1);

/** Epoch milliseconds of a time that was given under a flag; UTC where it names no zone. */
export function timeOption(flag: string, text: string | undefined): number {
  const ms = timeOfText(text ?? '');
  if (Number.isNaN(ms) || ms < 0 || ms > LATEST_MS)
    throw new UsageError(`give --${flag} as a time such as 2026-01-31T12:00:00Z`);
  return ms;
}
