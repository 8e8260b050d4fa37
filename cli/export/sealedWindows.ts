import type { JudgedBaseWindow } from '../../core/store/export/exportStore.ts';
import type { Span } from '../../core/store/span.ts';
import { windowStartOf } from '../../core/time/window.ts';
import type { ExportedWindow } from './manifest.ts';

/** How windows of an export were judged: all that is known of them but what they hold. */
export type SealedWindow = Omit<ExportedWindow, 'rows' | 'digest'>;

/** Windows that start within a span, sealed or not. Where nothing was ever judged there is no window. */
export interface WindowsFound {
  readonly sealed: readonly SealedWindow[];
  /** Starts of the others. */
  readonly openMs: readonly number[];
}

/** The windows of `windowMs` that base windows make: sealed are those whose time is past and all of whose base windows are sealed. */
export function sealedWindows(
  base: readonly JudgedBaseWindow[],
  windowMs: number,
  sealedUntilMs: number,
): WindowsFound {
  const byStart = new Map<number, JudgedBaseWindow[]>();
  for (const window of base) {
    const startMs = windowStartOf(window.startMs, windowMs);
    const known = byStart.get(startMs);
    if (known === undefined) byStart.set(startMs, [window]);
    else known.push(window);
  }
  const sealed: SealedWindow[] = [];
  const openMs: number[] = [];
  for (const [startMs, parts] of byStart)
    if (startMs + windowMs <= sealedUntilMs && parts.every(({ state }) => state === 'sealed'))
      sealed.push(joined(startMs, windowMs, parts));
    else openMs.push(startMs);
  return { sealed, openMs };
}

function joined(startMs: number, windowMs: number, parts: readonly JudgedBaseWindow[]): SealedWindow {
  const sum = (of: (part: JudgedBaseWindow) => number): number => parts.reduce((total, part) => total + of(part), 0);
  const announced = parts.map((part) => part.eventsAnnounced);
  return {
    startMs,
    endMs: startMs + windowMs,
    revision: sum(({ revision }) => revision),
    state: 'sealed',
    events: sum(({ events }) => events),
    serversExpected: Math.max(...parts.map(({ serversExpected }) => serversExpected)),
    serversArrived: Math.min(...parts.map(({ serversArrived }) => serversArrived)),
    eventsAnnounced: announced.includes(null) ? null : sum(({ eventsAnnounced }) => eventsAnnounced ?? 0),
    tooLate: sum(({ tooLate }) => tooLate),
  };
}

/** First window of a size that starts in a span, and the end of the last one. */
export const windowsWithin = ({ fromMs, toMs }: Span, windowMs: number): Span => {
  const ceiled = (ms: number): number => Math.ceil(ms / windowMs) * windowMs;
  return { fromMs: ceiled(fromMs), toMs: ceiled(toMs) };
};
