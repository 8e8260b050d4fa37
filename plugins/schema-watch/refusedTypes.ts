import type { EventBatch, ValueType } from '../../core/plugin.ts';

/** A declared field that came with a type that its column cannot hold: such lines are no events, so no window shows them. */
export interface RefusedType {
  readonly field: string;
  readonly type: ValueType;
  readonly expected: ValueType;
  /** Of the minute, over batches. */
  readonly count: number;
  /** Of the batch. */
  readonly countHere: number;
  /** Lines of the batch. */
  readonly total: number;
}

/** Fields that may wait to be reported. */
const FIELDS_MAX = 1_000;

/** Counts refused types over the batches of a window; what was counted is not kept over a restart, since the batches are read again then. */
export class RefusedTypes {
  readonly #countMin: number;
  readonly #counts = new Map<string, { minute: number; count: number }>();

  constructor(countMin: number) {
    this.#countMin = countMin;
  }

  look(batch: EventBatch): readonly RefusedType[] {
    const found = new Map<string, RefusedType>();
    const total = batch.length + batch.problems.length;
    const here = new Map<string, number>();
    for (const { reason, shape, timeMs } of batch.problems) {
      if (reason !== 'wrong-type' || shape === undefined) continue;
      for (const { name, type } of shape.members) {
        const expected = expectedOf(batch, name);
        if (expected === undefined || type === 'null' || type === expected) continue;
        if (type === 'boolean' && expected === 'number') continue;
        const count = this.#count(name, Math.floor((timeMs ?? 0) / 60_000));
        const countHere = (here.get(name) ?? 0) + 1;
        here.set(name, countHere);
        if (count >= this.#countMin) found.set(name, { field: name, type, expected, count, countHere, total });
      }
    }
    return [...found.values()];
  }

  #count(field: string, minute: number): number {
    const known = this.#counts.get(field);
    if (known?.minute !== minute) {
      if (this.#counts.size >= FIELDS_MAX) this.#counts.clear();
      this.#counts.set(field, { minute, count: 1 });
      return 1;
    }
    return ++known.count;
  }
}

function expectedOf(batch: EventBatch, field: string): ValueType | undefined {
  const kind = batch.columns.get(field)?.kind;
  return kind === undefined ? undefined : kind === 'number' ? 'number' : 'string';
}
