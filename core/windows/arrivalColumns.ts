/** What arrived of one window by the number of a server, in columns: 25 bytes a server, however many windows are open. */
export class ArrivalColumns {
  /** Events that are there; 0 without any. */
  received: Float64Array<ArrayBuffer>;
  /** Events that the server says it had; NaN when it says nothing. */
  announced: Float64Array<ArrayBuffer>;
  /** When the newest of it came, events or packet, epoch ms; NaN while nothing did. */
  arrivedAtMs: Float64Array<ArrayBuffer>;
  /** 1 when all of it is there. */
  whole: Uint8Array<ArrayBuffer>;

  /** For servers with numbers below `size`. */
  constructor(size: number) {
    this.received = new Float64Array(size);
    this.announced = new Float64Array(size).fill(NaN);
    this.arrivedAtMs = new Float64Array(size).fill(NaN);
    this.whole = new Uint8Array(size);
  }

  /** Something of the server came; from then on there is room for numbers below `size`. */
  touch(server: number, arrivedAtMs: number, size: number): void {
    if (server >= this.whole.length) this.#grow(size);
    const before = this.arrivedAtMs[server] ?? NaN;
    this.arrivedAtMs[server] = Number.isNaN(before) ? arrivedAtMs : Math.max(before, arrivedAtMs);
  }

  isTouched(server: number): boolean {
    return !Number.isNaN(this.arrivedAtMs[server] ?? NaN);
  }

  #grow(size: number): void {
    const larger = new ArrivalColumns(size);
    larger.received.set(this.received);
    larger.announced.set(this.announced);
    larger.arrivedAtMs.set(this.arrivedAtMs);
    larger.whole.set(this.whole);
    ({ received: this.received, announced: this.announced } = larger);
    ({ arrivedAtMs: this.arrivedAtMs, whole: this.whole } = larger);
  }
}
