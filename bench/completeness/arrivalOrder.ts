import type { SimulatedFleet } from './simulatedFleet.ts';

/** The cells of a fleet in the order in which they arrive; minutes are asked for one after the other. */
export class ArrivalOrder {
  readonly #arrivedMinute: Float64Array;
  /** Cells sorted by the minute of their arrival, and where each minute begins. */
  readonly #cells: Int32Array;
  readonly #begins: Int32Array;

  constructor({ arrivedMinute, minutes }: SimulatedFleet) {
    this.#arrivedMinute = arrivedMinute;
    this.#begins = new Int32Array(minutes + 2);
    const minuteOf = (cell: number): number => Math.ceil(arrivedMinute[cell] ?? Infinity);
    for (let cell = 0; cell < arrivedMinute.length; cell++) {
      const minute = minuteOf(cell);
      if (minute <= minutes) this.#begins[minute + 1] = (this.#begins[minute + 1] ?? 0) + 1;
    }
    for (let at = 1; at < this.#begins.length; at++)
      this.#begins[at] = (this.#begins[at] ?? 0) + (this.#begins[at - 1] ?? 0);
    this.#cells = new Int32Array(this.#begins.at(-1) ?? 0);
    const next = this.#begins.slice();
    for (let cell = 0; cell < arrivedMinute.length; cell++) {
      const minute = minuteOf(cell);
      if (minute > minutes) continue;
      const place = next[minute] ?? 0;
      this.#cells[place] = cell;
      next[minute] = place + 1;
    }
  }

  /** Cells that arrived after the minute before and until this one, in order. */
  until(minute: number): Int32Array {
    const cells = this.#cells.subarray(this.#begins[minute] ?? 0, this.#begins[minute + 1] ?? 0);
    return cells.sort((a, b) => (this.#arrivedMinute[a] ?? 0) - (this.#arrivedMinute[b] ?? 0) || a - b);
  }
}
