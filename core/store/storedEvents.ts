import type { StreamSchema } from '../events/stream.ts';
import type { Connection } from './connection.ts';
import type { Span } from './span.ts';
import { LineWriter, type StoredEvent } from './storedLine.ts';

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

/** Events asked for at once, about: a query for each of many small partitions costs more than what it reads. */
const ASKED = 200_000;

type StoredRow = StoredEvent & { readonly partition: string; readonly offset: number };

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
  const partitions = await connection.query<StoredId & { events: string }>(
    `SELECT any(topic)::String AS topic, partition::String AS partition, any(\`${schema.serverField}\`)::String AS server, count() AS events
     FROM ${database}.events_${schema.name} WHERE ${where} GROUP BY partition ORDER BY partition`,
    { ...span },
  );
  const writer = new LineWriter(schema);
  const ids = new Map(partitions.map(({ events: _, ...id }) => [id.partition, id]));
  for (const asked of askedAtOnce(partitions)) {
    let held: StoredRow[] = [];
    const taken = (): StoredLines[] => {
      const id = ids.get(held[0]?.partition ?? '');
      const bytes = new TextEncoder().encode(held.map((row) => writer.lineOf(row)).join('\n'));
      const offsets = Float64Array.from(held, ({ offset }) => offset);
      held = [];
      return id === undefined ? [] : [{ ...id, bytes, records: { offsets } }];
    };
    const answer = connection.stream<StoredRow>(
      `SELECT * EXCEPT (topic, time, arrivedAt), toUnixTimestamp64Milli(time) AS timeMs FROM ${database}.events_${schema.name}
       WHERE partition IN ({partitions:Array(String)}) AND ${where} ORDER BY partition, offset
       SETTINGS output_format_json_quote_64bit_integers = 0`,
      { partitions: asked, ...span },
    );
    for await (const rows of answer)
      for (const row of rows) {
        if (held.length >= LINES || (held.length > 0 && held[0]?.partition !== row.partition)) yield* taken();
        held.push(row);
      }
    yield* taken();
  }
}

type StoredId = Pick<StoredLines, 'topic' | 'partition' | 'server'>;

/** Names of partitions that follow each other, in lots of about {@link ASKED} events. */
function* askedAtOnce(partitions: readonly { partition: string; events: string }[]): Generator<string[]> {
  let names: string[] = [];
  let count = 0;
  for (const { partition, events } of partitions) {
    names.push(partition);
    count += Number(events);
    if (count < ASKED) continue;
    yield names;
    [names, count] = [[], 0];
  }
  if (names.length > 0) yield names;
}
