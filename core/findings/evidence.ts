import type { Window } from '../time/window.ts';
import { type Labels, labelsOf } from '../windows/series.ts';
import type { Draft, EvidenceFilter } from './draft.ts';

/** What an evidence query must know of a stream's table. */
export interface EvidenceTable {
  readonly database: string;
  readonly stream: string;
  /** Names of the table's columns; labels that are no column (a packet's metric) do not narrow the query. */
  readonly columns: ReadonlySet<string>;
}

/** Rows that an evidence query shows at most. */
const ROWS_MAX = 1_000;

/** SQL that shows the raw events behind a draft, the newest first; runnable as it is. */
export function evidenceSql(table: EvidenceTable, window: Window, draft: Draft): string {
  const conditions = [
    `time >= ${timeLiteral(draft.sinceMs ?? window.startMs)}`,
    `time < ${timeLiteral(window.endMs)}`,
    ...labelConditions(table, draft.labels, draft.series),
    ...(draft.evidence ?? []).filter(({ column }) => table.columns.has(column)).map(filterCondition),
  ];
  return `SELECT * FROM ${table.database}.events_${table.stream} WHERE ${conditions.join(' AND ')} ORDER BY time DESC, partition, offset DESC LIMIT ${String(ROWS_MAX)}`;
}

function labelConditions(table: EvidenceTable, labels: Labels, series: string): string[] {
  const all = { ...labels, ...labelsOf(series) };
  return Object.entries(all)
    .filter(([label]) => table.columns.has(label))
    .map(([label, value]) =>
      value === '' ? `ifNull(${identifier(label)}, '') = ''` : `${identifier(label)} = ${textLiteral(value)}`,
    );
}

function filterCondition({ column, is, value }: EvidenceFilter): string {
  if (is === 'null') return `${identifier(column)} IS NULL`;
  if (is === 'not null') return `${identifier(column)} IS NOT NULL`;
  return `${identifier(column)} ${is} ${typeof value === 'number' ? String(value) : textLiteral(value ?? '')}`;
}

const timeLiteral = (ms: number): string =>
  `toDateTime64('${new Date(ms).toISOString().slice(0, 23).replace('T', ' ')}', 3, 'UTC')`;

const textLiteral = (text: string): string => `'${text.replace(/[\\']/g, '\\$&').replaceAll('\0', '\\0')}'`;

const identifier = (name: string): string =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : `\`${name.replace(/[\\`]/g, '\\$&')}\``;
