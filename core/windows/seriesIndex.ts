import type { EventBatch } from '../events/batch.ts';
import type { CategoryColumn } from '../events/column.ts';
import { PairIndex } from './pairIndex.ts';
import { type Cut, seriesText } from './series.ts';

/** Text of the series that takes all events once a cut has as many series as the limit allows. */
export const OTHER_SERIES = '(other)';

/** The series of one cut: gives each combination of dimension values a small id, and its text. Shared by all partitions of a stream. */
export class SeriesIndex {
  readonly cut: Cut;
  readonly #seriesMax: number;
  /** One index per dimension: (id of the series so far, id of this dimension's value) -> id. */
  readonly #levels: PairIndex[];
  readonly #texts: string[] = [];
  readonly #byText = new Map<string, number>();
  /** Id in the last level -> series id; several combinations share the series `(other)`. */
  readonly #seriesOf: number[] = [];

  constructor(cut: Cut, seriesMax: number) {
    this.cut = cut;
    this.#seriesMax = seriesMax;
    this.#levels = cut.map(() => new PairIndex());
    if (cut.length === 0) this.idOfText('');
  }

  /** Number of series known. */
  get size(): number {
    return this.#texts.length;
  }

  /** Whether the limit was reached and events went to `(other)`. */
  get isFull(): boolean {
    return this.#byText.has(OTHER_SERIES);
  }

  /** Text of a series id. */
  text(id: number): string {
    return this.#texts[id] ?? '';
  }

  /** Id of a series by its text; known texts keep their id, also beyond the limit. */
  idOfText(text: string): number {
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    this.#byText.set(text, this.#texts.length);
    return this.#texts.push(text) - 1;
  }

  /** Fills `ids[from, to)` with the series ids of these rows of the batch. */
  fill(batch: EventBatch, from: number, to: number, ids: Uint32Array): void {
    if (this.cut.length === 0) {
      ids.fill(0, from, to);
      return;
    }
    const columns = this.cut.map((dimension) => categoryColumn(batch, dimension));
    ids.fill(0, from, to);
    columns.forEach((column, level) => {
      const index = this.#levels[level];
      if (index === undefined) return;
      const values = column.ids;
      for (let row = from; row < to; row++) ids[row] = index.idOf(ids[row] ?? 0, values[row] ?? 0);
    });
    for (let row = from; row < to; row++) {
      const combination = ids[row] ?? 0;
      ids[row] = this.#seriesOf[combination] ?? this.#addSeries(combination, columns, row);
    }
  }

  #addSeries(combination: number, columns: readonly CategoryColumn[], row: number): number {
    const values = columns.map((column) => column.dictionary.text(column.ids[row] ?? 0));
    const text = seriesText(this.cut, values);
    const isNew = !this.#byText.has(text);
    const series = this.idOfText(isNew && (this.isFull || this.size >= this.#seriesMax) ? OTHER_SERIES : text);
    this.#seriesOf[combination] = series;
    return series;
  }
}

function categoryColumn(batch: EventBatch, field: string): CategoryColumn {
  const column = batch.columns.get(field);
  if (column?.kind !== 'category')
    throw new RangeError(
      `cut a stream by category fields only; ${batch.stream}.${field} is ${column?.kind ?? 'not declared'}`,
    );
  return column;
}
