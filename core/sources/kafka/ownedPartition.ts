import { partitionName } from './topics.ts';

/** Records are there and none comes for so long: the client has stalled. */
const STALL_MS = 60_000;

/** A partition that the group has given us. */
export class OwnedPartition {
  readonly topic: string;
  readonly number: number;
  /** Undefined for manifests. */
  readonly stream: string | undefined;
  readonly name: string;
  /** Offset of the next record that is to come; undefined until the store has said where to begin. */
  expected: number | undefined;
  /** How often it was closed to be opened again: what an earlier opening comes to know counts no more. */
  openings = 0;
  #doubted: number | undefined;
  #movedAtMs = 0;

  constructor(topic: string, number: number, stream: string | undefined) {
    this.topic = topic;
    this.number = number;
    this.stream = stream;
    this.name = partitionName(topic, number);
  }

  /** The next record is to be this one. */
  advance(nextOffset: number, nowMs: number): void {
    this.expected = nextOffset;
    this.#movedAtMs = nowMs;
  }

  /** Nothing is taken until it is opened again. */
  close(): void {
    this.expected = undefined;
    this.openings++;
  }

  /** Whether nothing lies between the expected record and one further on where a fetch begins: only when it is said twice. */
  believes(firstOffset: number): boolean {
    if (firstOffset <= (this.expected ?? 0) || firstOffset === this.#doubted) return true;
    this.#doubted = firstOffset;
    return false;
  }

  /** Whether there are records, and none came for a long time. */
  isStalled(high: number, nowMs: number): boolean {
    return this.expected !== undefined && this.expected < high && nowMs - this.#movedAtMs > STALL_MS;
  }
}
