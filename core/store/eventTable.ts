import type { FieldType, StreamSchema } from '../events/stream.ts';

/** One column of an events table. */
export interface TableColumn {
  readonly name: string;
  /** ClickHouse type. */
  readonly type: string;
}

/** The declared fields of a stream as columns, in the table's order. The event time is the column `time`; its own name is an alias. */
export function fieldColumns(schema: StreamSchema): readonly TableColumn[] {
  return schema.fields
    .filter(({ name }) => name !== schema.timeField)
    .map(({ name, type }) => ({
      name,
      type: name === schema.serverField ? 'LowCardinality(String)' : COLUMN_TYPES[type],
    }));
}

/** Where each row comes from, before the declared fields. */
export const ORIGIN_COLUMNS: readonly TableColumn[] = [
  { name: 'topic', type: 'LowCardinality(String)' },
  { name: 'partition', type: 'LowCardinality(String)' },
  { name: 'offset', type: 'UInt64' },
  { name: 'time', type: "DateTime64(3, 'UTC')" },
  { name: 'arrivedAt', type: "DateTime64(3, 'UTC')" },
  { name: 'shape', type: 'LowCardinality(String)' },
];

/** Undeclared members, as they came. */
export const REST_COLUMN: TableColumn = { name: 'rest', type: 'JSON' };

/** How an events table is made. */
export interface TableOptions {
  /** With its database. */
  readonly table: string;
  readonly retentionDays: number;
}

/** Makes the table of a stream's raw events, where there is none yet. To one that is there its columns are fitted (`fitColumns.ts`). */
export const eventTableStatement = (schema: StreamSchema, { table, retentionDays }: TableOptions): string =>
  `CREATE TABLE IF NOT EXISTS ${table} (
  ${columnsOf(schema)},
  INDEX partitions partition TYPE bloom_filter(0.01) GRANULARITY 4,
  INDEX arrivals arrivedAt TYPE minmax GRANULARITY 1
) ENGINE = MergeTree
PARTITION BY toDate(time)
ORDER BY (${quoted(schema.serverField)}, time)
TTL toDateTime(arrivedAt) + INTERVAL ${String(retentionDays)} DAY
SETTINGS ttl_only_drop_parts = 1`;

/** Makes the table through which the home reads the rows on all servers of a cluster; it holds none itself. */
export const distributedTableStatement = (
  schema: StreamSchema,
  { database, cluster }: { readonly database: string; readonly cluster: string },
): string =>
  `CREATE TABLE IF NOT EXISTS ${database}.events_${schema.name} (
  ${columnsOf(schema)}
) ENGINE = Distributed('${cluster}', '${database}', 'event_rows_${schema.name}')`;

function columnsOf(schema: StreamSchema): string {
  const columns = [...ORIGIN_COLUMNS, ...fieldColumns(schema), REST_COLUMN];
  return [...columns.map(({ name, type }) => `${quoted(name)} ${type}`), ...aliasesOf(schema)].join(',\n  ');
}

/** The time's own name, and `server` where that field is called otherwise, so that evidence reads the same for every stream. */
const aliasesOf = ({ timeField, serverField, fields }: StreamSchema): readonly string[] => [
  ...(timeField === 'time' ? [] : [`${quoted(timeField)} Int64 ALIAS toUnixTimestamp64Milli(time)`]),
  ...(fields.some(({ name }) => name === 'server') ? [] : [`server String ALIAS ${quoted(serverField)}`]),
];

const quoted = (name: string): string => `\`${name}\``;

const COLUMN_TYPES: Readonly<Record<FieldType, string>> = {
  category: 'LowCardinality(Nullable(String))',
  text: 'Nullable(String)',
  integer: 'Nullable(Int64)',
  number: 'Nullable(Float64)',
  boolean: 'Nullable(Bool)',
  time: "Nullable(DateTime64(3, 'UTC'))",
};
