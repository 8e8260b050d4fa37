import type { Claims } from '../../store/claims.ts';
import type { Fence } from '../../store/fence.ts';
import type { Clock } from '../../time/wallClock.ts';
import type { Outlook } from './outlook.ts';
import type { StreamJudge } from './streamJudge.ts';
import { untilDone } from '../untilDone.ts';

/** A stream that is ours to judge: its windows that are ready, and those that are still open. */
export interface JudgedStream {
  readonly judge: StreamJudge;
  /** Undefined where no plugin says what open windows will come to. */
  readonly outlook: Outlook | undefined;
}

/** What a share of the judging is made of. */
export interface JudgeShareParts {
  /** Makes what judges a stream; its writes are refused when the fence no longer holds. */
  readonly judgeOf: (stream: string, fence: Fence | undefined) => JudgedStream;
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
  readonly #judges = new Map<string, JudgedStream>();
  #wanted: ReadonlySet<string> = new Set();

  constructor(parts: JudgeShareParts) {
    this.#parts = parts;
  }

  /** Streams that are ours at the moment. */
  streams(): ReadonlyMap<string, JudgedStream> {
    return this.#judges;
  }

  /** Windows that are being judged again, of all that are ours. */
  againWindows(): number {
    return [...this.#judges.values()].reduce((sum, { judge }) => sum + judge.againWindows, 0);
  }

  /** These streams are ours from now on, and no others. */
  take(streams: ReadonlySet<string>): void {
    this.#wanted = streams;
    for (const stream of this.#judges.keys()) if (!streams.has(stream)) this.#judges.delete(stream);
    for (const stream of streams) if (!this.#judges.has(stream)) void this.#begin(stream);
  }

  /** The claim of one that was ours no longer holds: if the stream is still to be ours, it is claimed and begun again. */
  lost(stream: string, judged: JudgedStream): void {
    if (this.#judges.get(stream) !== judged) return;
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
