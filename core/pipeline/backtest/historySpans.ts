import type { Config } from '../../config/config.ts';
import type { HistoryStore } from '../../store/historyStore.ts';
import { windowStartOf } from '../../time/window.ts';
import { type BacktestAsked, BacktestRefused } from './asked.ts';

/** What is judged of one stream; all on whole windows, epoch ms. */
export interface StreamSpan {
  readonly stream: string;
  readonly windowMs: number;
  /** The first window that is shown to the checks. */
  readonly firstMs: number;
  /** The first one that is reported on, and the end of the last. */
  readonly fromMs: number;
  readonly untilMs: number;
}

/** What a time of the store can hold. */
const LATEST_MS = Date.UTC(2299, 11, 31);

/** The spans of all streams that have stored windows in the time asked for. */
export async function historySpans(
  store: HistoryStore,
  { streams }: Config,
  asked: BacktestAsked & { readonly learnFromMs: number; readonly asOfMs?: number | undefined },
): Promise<StreamSpan[]> {
  for (const name of asked.streams ?? [])
    if (!Object.hasOwn(streams, name))
      throw new BacktestRefused(`there is no stream ${name}; choose from ${Object.keys(streams).join(', ')}`);
  const spans: StreamSpan[] = [];
  for (const [stream, { windowMs, waitMs }] of Object.entries(streams)) {
    if (asked.streams !== undefined && !asked.streams.includes(stream)) continue;
    const learnFromMs = windowStartOf(asked.learnFromMs, windowMs);
    const known = await store.bounds(stream, {
      fromMs: learnFromMs,
      toMs: Math.min(asked.toMs + waitMs + windowMs, LATEST_MS),
    });
    if (known === undefined) continue;
    const lastEndMs = known.lastMs + windowMs;
    // As it was known then, the newest windows were still being waited for. As it is now, the live judge says how far it has come: a fleet may be silent by then.
    const readyMs = asked.asOfMs === undefined ? ((await store.judgedUntil(stream)) ?? lastEndMs) : lastEndMs - waitMs;
    const untilMs = windowStartOf(Math.min(asked.toMs, readyMs), windowMs);
    const fromMs = Math.max(known.firstMs, windowStartOf(asked.fromMs + windowMs - 1, windowMs));
    if (fromMs < untilMs) spans.push({ stream, windowMs, firstMs: known.firstMs, fromMs, untilMs });
  }
  return spans;
}
