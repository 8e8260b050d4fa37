import type { IngestStore } from '../store/ingestStore.ts';
import type { Clock } from '../time/wallClock.ts';
import type { Heard } from '../windows/heard.ts';
import type { Progress } from '../windows/progress.ts';
import { pause } from './untilDone.ts';

/** What is watched, and who is told. */
export interface ProgressWatchParts {
  readonly store: IngestStore;
  /** Where the partitions of every stream end now; by stream, by partition. */
  readonly ends: (nowMs: number) => Promise<ReadonlyMap<string, ReadonlyMap<string, number>>>;
  readonly progress: Progress;
  readonly heard: Heard;
  readonly clock: Clock;
  readonly onFailure: (error: unknown) => void;
}

const BEAT_MS = 400;

/** Learns on each beat how far the topics go and how far they are stored, by whomever; until `stop` aborts. */
export async function watchProgress(parts: ProgressWatchParts, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    try {
      await look(parts);
    } catch (error) {
      parts.onFailure(error);
    }
    await pause(BEAT_MS, stop);
  }
}

async function look({ store, ends, progress, heard, clock }: ProgressWatchParts): Promise<void> {
  const nowMs = clock();
  for (const [stream, partitions] of await ends(nowMs)) heard.look(stream, nowMs, partitions);
  for (const { stream, partition, offset, watermarks } of await store.standings()) {
    for (const [server, newestMs] of Object.entries(watermarks)) progress.advance(stream, server, newestMs);
    heard.stored(stream, partition, offset);
  }
}
