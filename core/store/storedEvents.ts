import { shapeOfText, type ValueType } from '../events/shape.ts';
import type { FieldType, StreamSchema } from '../events/stream.ts';
import type { Connection } from './connection.ts';
import type { Span } from './span.ts';

/** Stored events of one partition, put back into the lines they came as. */
export interface StoredLines {
  readonly topic: string;
  readonly partition: string;
  readonly server: string;
  readonly bytes: Uint8Array;
  readonly records: {
    /** Offset of each line. */
    readonly offsets: Float64Array;
  };
}

/** Lines given out at once, about. */
const LINES = 20_000;

type StoredRow = Readonly<Record<string, unknown>> & {
  readonly offset: number;
  readonly shape: string;
  readonly timeMs: number;
};

/**
 * Reads a stream's stored events of a span back, partition by partition, each in offset order. A line has the members of the one that was read, in their order and
 * with their types (the column `shape` says them); they come some thousands at a time. Numbers and texts are those of the columns. Only what nobody declared may be written otherwise (1.0 as 1).
 */
export async function* readStoredEvents(
  connection: Connection,
  database: string,
  schema: StreamSchema,
  span: Span,
): AsyncGenerator<StoredLines> {
  const where = `time >= fromUnixTimestamp64Milli({fromMs:Int64}) AND time < fromUnixTimestamp64Milli({toMs:Int64})`;
  const partitions = await connection.query<{ topic: string; partition: string; server: string }>(
    `SELECT any(topic)::String AS topic, partition::String AS partition, any(\`${schema.serverField}\`)::String AS server FROM ${database}.events_${schema.name} WHERE ${where} GROUP BY partition ORDER BY partition`,
    { ...span },
  );
  for (const id of partitions) {
    let held: StoredRow[] = [];
    const answer = connection.stream<StoredRow>(
      `SELECT * EXCEPT (topic, partition, time, arrivedAt), toUnixTimestamp64Milli(time) AS timeMs FROM ${database}.events_${schema.name}
       WHERE partition = {partition:String} AND ${where} ORDER BY offset
       SETTINGS output_format_json_quote_64bit_integers = 0`,
      { partition: id.partition, ...span },
    );
    for await (const rows of answer) {
      held.push(...rows);
      if (held.length < LINES) continue;
      yield { ...id, ...linesOf(schema, held) };
      held = [];
    }
    if (held.length > 0) yield { ...id, ...linesOf(schema, held) };
  }
}

const linesOf = (schema: StreamSchema, rows: readonly StoredRow[]): Pick<StoredLines, 'bytes' | 'records'> => ({
  bytes: new TextEncoder().encode(rows.map((row) => lineOf(schema, row)).join('\n')),
  records: { offsets: Float64Array.from(rows, (row) => row.offset) },
});

function lineOf(schema: StreamSchema, row: StoredRow): string {
  const types = new Map(schema.fields.map(({ name, type }) => [name, type]));
  const rest = (row['rest'] ?? {}) as Readonly<Record<string, unknown>>;
  const members = shapeOfText(row.shape).members.map(({ name, type }) => {
    const value =
      type === 'null'
        ? 'null'
        : name === schema.timeField
          ? timeText(row.timeMs, type)
          : types.has(name)
            ? valueText(row[name], types.get(name), type)
            : JSON.stringify(rest[name] ?? emptyOf(type));
    return `${JSON.stringify(name)}:${value}`;
  });
  return `{${members.join(',')}}`;
}

const timeText = (ms: number, type: ValueType): string =>
  type === 'string' ? JSON.stringify(new Date(ms).toISOString()) : String(ms);

/** Times come as ClickHouse writes them; everything else as JSON has it, and what JSON.stringify would make of it otherwise. */
function valueText(value: unknown, declared: FieldType | undefined, type: ValueType): string {
  if (declared === 'time') return timeText(Date.parse(`${String(value).replace(' ', 'T')}Z`), type);
  if (declared === 'integer') return BigInt(value as number).toString();
  return Object.is(value, -0) ? '-0' : JSON.stringify(value);
}

/** The JSON column keeps no empty objects and arrays. */
const emptyOf = (type: ValueType): unknown => (type === 'array' ? [] : type === 'object' ? {} : null);
