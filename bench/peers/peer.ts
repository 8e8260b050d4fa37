import { lowerBound } from '../../core/sketch/lowerBound.ts';

/** A detector of one series: a score for each value, larger is stranger, from it and those before alone. */
export type Peer = () => (timeMs: number, value: number) => number;

export interface NamedPeer {
  readonly name: string;
  readonly peer: Peer;
}

/** The newest values of a series, in order of size too. */
export class SortedWindow {
  readonly sorted: number[] = [];
  readonly #queue: number[] = [];
  readonly #length: number;

  constructor(length: number) {
    this.#length = length;
  }

  add(value: number): void {
    this.#queue.push(value);
    this.sorted.splice(lowerBound(this.sorted, value), 0, value);
    if (this.#queue.length > this.#length) this.sorted.splice(lowerBound(this.sorted, this.#queue.shift() ?? 0), 1);
  }

  get median(): number {
    return this.sorted[this.sorted.length >> 1] ?? 0;
  }
}
