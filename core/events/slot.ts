import { ABSENT_TEXT, type Column } from './column.ts';
import { Dictionary } from './dictionary.ts';
import { RecentTexts } from './recentTexts.ts';
import type { FieldType } from './stream.ts';

/** A declared field's column while it is filled: rows are written by number, so a line that turns out to be no event is simply written over. */
export class Slot {
  readonly name: string;
  readonly type: FieldType;
  readonly dictionary = new Dictionary();
  readonly recent = new RecentTexts(this.dictionary);
  values: Float64Array = new Float64Array(0);
  ids: Uint32Array = new Uint32Array(0);
  starts: Uint32Array = new Uint32Array(0);
  ends: Uint32Array = new Uint32Array(0);

  constructor(name: string, type: FieldType) {
    this.name = name;
    this.type = type;
  }

  /** Makes room for rows; what was there is lost. */
  reserve(rows: number): void {
    if (this.type === 'category') {
      if (this.ids.length < rows) this.ids = new Uint32Array(rows);
    } else if (this.type === 'text') {
      if (this.starts.length >= rows) return;
      this.starts = new Uint32Array(rows);
      this.ends = new Uint32Array(rows);
    } else if (this.values.length < rows) this.values = new Float64Array(rows);
  }

  /** Nothing, or null. */
  setAbsent(row: number): void {
    if (this.type === 'category') this.ids[row] = 0;
    else if (this.type === 'text') this.starts[row] = ABSENT_TEXT;
    else this.values[row] = Number.NaN;
  }

  /** The column as a batch shows it. */
  column(): Column {
    if (this.type === 'category') return { kind: 'category', ids: this.ids, dictionary: this.dictionary };
    if (this.type === 'text') return { kind: 'text', starts: this.starts, ends: this.ends };
    return { kind: 'number', values: this.values };
  }
}
