import type { Claims } from '../store/claims.ts';
import type { Fence } from '../store/fence.ts';
import type { Clock } from '../time/wallClock.ts';
import type { StreamJudge } from './streamJudge.ts';
import { untilDone } from './untilDone.ts';

/** What a share of the judging is made of. */
export interface JudgeShareParts {
  /** Makes the judge of a stream; its writes are refused when the fence no longer holds. */
  readonly judgeOf: (stream: string, fence: Fence | undefined) => StreamJudge;
  /** Where other processes may take a stream over; left out: nobody else judges. */
  readonly claims: Claims | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onFailure: (error: unknown) => void;
}

const claimOf = (stream: string): string => `judge/${stream}`;

/** The streams that this process judges. A stream is judged by one process at a time: its fold is one. */
export class JudgeShare {
  readonly #parts: JudgeShareParts;
  readonly #judges = new Map<string, StreamJudge>();
  #wanted: ReadonlySet<string> = new Set();

  constructor(parts: JudgeShareParts) {
    this.#parts = parts;
  }

  /** Judges that are ours at the moment, by stream. */
  streams(): ReadonlyMap<string, StreamJudge> {
    return this.#judges;
  }

  /** These streams are ours from now on, and no others. */
  take(streams: ReadonlySet<string>): void {
    this.#wanted = streams;
    for (const stream of this.#judges.keys()) if (!streams.has(stream)) this.#judges.delete(stream);
    for (const stream of streams) if (!this.#judges.has(stream)) void this.#begin(stream);
  }

  /** A judge's claim no longer holds: if the stream is still to be ours, it is claimed and begun again. */
  lost(stream: string, judge: StreamJudge): void {
    if (this.#judges.get(stream) !== judge) return;
    this.#judges.delete(stream);
    if (this.#wanted.has(stream)) void this.#begin(stream);
  }

  async #begin(stream: string): Promise<void> {
    const { claims, judgeOf, clock, signal, onFailure } = this.#parts;
    if (claims === undefined) {
      this.#judges.set(stream, judgeOf(stream, undefined));
      return;
    }
    try {
      await untilDone({ signal, onFailure }, async () => {
        if (!this.#wanted.has(stream)) return;
        const name = claimOf(stream);
        const token = await claims.claim([name], clock());
        if (this.#wanted.has(stream)) this.#judges.set(stream, judgeOf(stream, new Map([[name, token]])));
      });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
