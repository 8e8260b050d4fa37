import type { EventBatch } from '../events/batch.ts';

/** How far the events of each server have come in a partition that many servers share, in event time; never goes back. */
export class ServerWatermarks {
  readonly #newestMs: Map<string, number>;

  constructor(stored: Readonly<Record<string, number>> = {}) {
    this.#newestMs = new Map(Object.entries(stored));
  }

  /** Notes the events of a batch. */
  advance({ columns, timesMs, length }: EventBatch, serverField: string): void {
    const column = columns.get(serverField);
    if (column?.kind !== 'category') throw new RangeError(`declare ${serverField} as category`);
    const { ids, dictionary } = column;
    const newestMs = new Map<number, number>();
    for (let row = 0; row < length; row++) {
      const timeMs = timesMs[row] ?? 0;
      const id = ids[row] ?? 0;
      if (timeMs > (newestMs.get(id) ?? Number.NEGATIVE_INFINITY)) newestMs.set(id, timeMs);
    }
    for (const [id, timeMs] of newestMs) {
      const server = dictionary.text(id);
      if (timeMs > (this.#newestMs.get(server) ?? Number.NEGATIVE_INFINITY)) this.#newestMs.set(server, timeMs);
    }
  }

  /** Greatest event time of each server, epoch ms. */
  byServer(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#newestMs);
  }
}
