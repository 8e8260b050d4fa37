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

/**
 * Statements that lay out the table of a stream's raw events, safe to run at each start: a field that was added to the config
 * becomes a column of the table that is there. A field's type is not changed in place (the engine refuses where data would be lost).
 */
export function eventTableStatements(schema: StreamSchema, { table, retentionDays }: TableOptions): readonly string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (
  ${columnsOf(schema)},
  INDEX partitions partition TYPE bloom_filter(0.01) GRANULARITY 4,
  INDEX arrivals arrivedAt TYPE minmax GRANULARITY 1
) ENGINE = MergeTree
PARTITION BY toDate(time)
ORDER BY (${quoted(schema.serverField)}, time)
TTL toDateTime(arrivedAt) + INTERVAL ${String(retentionDays)} DAY
SETTINGS ttl_only_drop_parts = 1`,
    ...addedColumns(schema, table),
  ];
}

/** The same of the table through which the home reads the rows on all servers of a cluster; it holds none itself. */
export function distributedTableStatements(
  schema: StreamSchema,
  { database, cluster }: { readonly database: string; readonly cluster: string },
): readonly string[] {
  const table = `${database}.events_${schema.name}`;
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (
  ${columnsOf(schema)}
) ENGINE = Distributed('${cluster}', '${database}', 'event_rows_${schema.name}')`,
    ...addedColumns(schema, table),
  ];
}

function columnsOf(schema: StreamSchema): string {
  const columns = [...ORIGIN_COLUMNS, ...fieldColumns(schema), REST_COLUMN];
  return [...columns.map(({ name, type }) => `${quoted(name)} ${type}`), ...aliasesOf(schema)].join(',\n  ');
}

const addedColumns = (schema: StreamSchema, table: string): readonly string[] =>
  fieldColumns(schema).map(({ name, type }) => `ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS ${quoted(name)} ${type}`);

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
