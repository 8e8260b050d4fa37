import { isFenced } from '../../store/fence.ts';
import type { JudgedStream } from './judgeShare.ts';
import type { Judged } from './streamJudge.ts';
import { pause, untilDone, type Waiting } from '../untilDone.ts';

/** What the judge role is made of. */
export interface JudgeParts {
  /** Those that are ours at the moment, by stream. */
  readonly streams: () => ReadonlyMap<string, JudgedStream>;
  readonly beatMs: number;
  /** How often the store is searched for moved windows of which no note came. */
  readonly slowBeatMs: number;
  readonly onFailure: (error: unknown) => void;
  /** Another process has claimed the stream. */
  readonly onFenced: (stream: string, judged: JudgedStream) => void;
  readonly onJudged: (stream: string, judged: Judged) => void;
}

/** The judge role: on each beat judges every window that has become ready, and looks at those that are still open. Ends when `stop` aborts, between two spans. */
export async function judge(
  { streams, beatMs, slowBeatMs, onFailure, onFenced, onJudged }: JudgeParts,
  stop: AbortSignal,
): Promise<void> {
  const waiting: Waiting = { signal: stop, onFailure };
  const unlessFenced = (name: string, judged: JudgedStream, act: () => Promise<void>): Promise<void> =>
    act().catch((error: unknown) => {
      if (!isFenced(error)) throw error;
      onFenced(name, judged);
    });
  const resumed = new WeakSet<JudgedStream>();
  try {
    for (let sinceSlowMs = slowBeatMs; !stop.aborted; sinceSlowMs += beatMs) {
      const slow = sinceSlowMs >= slowBeatMs;
      if (slow) sinceSlowMs = 0;
      for (const [name, stream] of streams())
        await untilDone(waiting, () =>
          unlessFenced(name, stream, async () => {
            // While the store was away it may have become another's.
            if (streams().get(name) !== stream) return;
            const isNew = !resumed.has(stream);
            if (isNew) await stream.judge.resume();
            resumed.add(stream);
            await beat(stream, slow || isNew, (judged) => {
              onJudged(name, judged);
            });
          }),
        );
      await pause(beatMs, stop);
    }
  } catch (error) {
    if (!stop.aborted) throw error;
  }
  // What is not kept is learned again.
  await Promise.allSettled(
    [...streams().values()].flatMap(({ outlook }) => (outlook === undefined ? [] : [outlook.save()])),
  );
}

/** Spans of one stream that are judged before the others have their turn. */
const SPANS_PER_BEAT = 8;

async function beat(
  { judge, outlook }: JudgedStream,
  slow: boolean,
  onJudged: (judged: Judged) => void,
): Promise<void> {
  await outlook?.look();
  if (slow) {
    await judge.lookForMoved();
    await judge.seal();
  }
  for (let spans = 0; spans < SPANS_PER_BEAT; spans++) {
    const before = judge.nextMs;
    const judged = await judge.advance();
    if (judged.windows > 0 || judged.findings > 0) onJudged(judged);
    if (judge.nextMs === before) return;
  }
}
