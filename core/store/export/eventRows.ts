import type { FieldType, StreamSchema } from '../../events/stream.ts';
import { fieldColumns } from '../eventTable.ts';
import {
  columnsSql,
  distinctNames,
  type ExportRows,
  type ExportType,
  type SqlColumn,
  startSql,
  toldColumns,
  windowColumns,
} from './exportColumn.ts';

/** The raw events of windows, each with its window, where it came from, its declared fields, and all others as JSON. */
export function eventRows(database: string, schema: StreamSchema, windowMs: number): ExportRows {
  const types = new Map(schema.fields.map(({ name, type }) => [name, type]));
  const columns = distinctNames([
    ...windowColumns(windowMs),
    ...ORIGIN,
    ...fieldColumns(schema).map(({ name }): SqlColumn => {
      const type = types.get(name) ?? 'text';
      const isText = type === 'category' || type === 'text';
      const sql = isText ? `CAST(\`${name}\`, 'Nullable(String)')` : `\`${name}\``;
      return { name, of: name, is: 'field', type: TYPES[type], sql };
    }),
    { name: 'rest', of: 'rest', is: 'field', type: 'text', sql: 'toJSONString(rest)' },
  ]);
  return {
    columns: toldColumns(columns),
    select: `SELECT ${startSql('time', windowMs)} AS _start, (time, toString(partition), offset) AS _order, ${columnsSql(columns)}
      FROM ${database}.events_${schema.name}
      WHERE time >= fromUnixTimestamp64Milli({fromMs:Int64}) AND time < fromUnixTimestamp64Milli({toMs:Int64}) AND _start IN {starts:Array(Int64)}`,
    params: {},
  };
}

const origin = (name: string, type: ExportType, sql: string): SqlColumn => ({
  name,
  of: name,
  is: 'origin',
  type,
  sql,
});

const ORIGIN: readonly SqlColumn[] = [
  origin('time', 'timestamp', 'time'),
  origin('topic', 'text', 'toString(topic)'),
  origin('partition', 'text', 'toString(partition)'),
  origin('offset', 'integer', 'toInt64(offset)'),
  origin('arrivedAt', 'timestamp', 'arrivedAt'),
];

const TYPES: Readonly<Record<FieldType, ExportType>> = {
  category: 'text',
  text: 'text',
  integer: 'integer',
  number: 'double',
  boolean: 'boolean',
  time: 'timestamp',
};
