/** What a column holds, whatever the file's format. Timestamps are of milliseconds, UTC. */
export type ExportType = 'timestamp' | 'text' | 'integer' | 'double' | 'boolean';

/** One column of exported rows. */
export interface ExportColumn {
  readonly name: string;
  readonly type: ExportType;
  /** What it is made of: the window itself, a dimension, an aggregate, a metric, where an event came from, or a field of it. */
  readonly is: 'window' | 'label' | 'aggregate' | 'metric' | 'origin' | 'field';
  /** The name that the config has for it. */
  readonly of: string;
}

/** A column, and how it is computed. */
export interface SqlColumn extends ExportColumn {
  readonly sql: string;
}

/** Rows to be exported, as SQL: the select gives `_start` (of the window, epoch ms), `_order` (a tuple by which the rows of a window are told apart), and `_c0`, `_c1`, ... of the columns. */
export interface ExportRows {
  readonly columns: readonly ExportColumn[];
  /** Its own parameters are `fromMs`, `toMs` and `starts`: windows that start at these, and where to look for them. */
  readonly select: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Keys of the folders: readers make columns of them. */
const FOLDER_KEYS = ['stream', 'cut', 'windowMs', 'date', 'hour'];

/** Columns whose name was taken, by one before or by a folder's key, get `_` behind it; many readers do not tell cases apart. */
export function distinctNames(columns: readonly SqlColumn[]): SqlColumn[] {
  const taken = new Set(FOLDER_KEYS.map((key) => key.toLowerCase()));
  return columns.map((column) => {
    let { name } = column;
    while (taken.has(name.toLowerCase())) name += '_';
    taken.add(name.toLowerCase());
    return { ...column, name };
  });
}

/** The select list of the columns. */
export const columnsSql = (columns: readonly SqlColumn[]): string =>
  columns.map(({ sql }, at) => `${sql} AS _c${String(at)}`).join(', ');

/** What is told of columns. */
export const toldColumns = (columns: readonly SqlColumn[]): ExportColumn[] =>
  columns.map(({ name, type, is, of }) => ({ name, type, is, of }));

/** Start of the window of an instant, epoch ms; both in SQL. */
export const startSql = (time: string, windowMs: number): string =>
  `intDiv(toUnixTimestamp64Milli(${time}), ${String(windowMs)}) * ${String(windowMs)}`;

/** Bounds of the window that starts at `_start`. */
export const windowColumns = (windowMs: number): SqlColumn[] =>
  (
    [
      ['windowStart', '_start'],
      ['windowEnd', `_start + ${String(windowMs)}`],
    ] as const
  ).map(([name, sql]) => ({
    name,
    of: name,
    is: 'window',
    type: 'timestamp',
    sql: `fromUnixTimestamp64Milli(${sql}, 'UTC')`,
  }));
