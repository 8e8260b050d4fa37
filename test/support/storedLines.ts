import type { StreamIngest } from '../../core/pipeline/ingest/streamIngest.ts';
import type { Connection } from '../../core/store/connection.ts';
import { writeEventBlock } from '../../core/store/eventBlock.ts';
import { eventTableStatement } from '../../core/store/eventTable.ts';
import { fitColumns } from '../../core/store/fitColumns.ts';
import { NativeWriter } from '../../core/store/nativeWriter.ts';
import { bytesOf } from './adStream.ts';

/** Lays the stream's table out in the database `touchstone`, decodes lines and stores them as one partition. Answers how many became events. */
export async function storeLines(
  connection: Connection,
  stream: StreamIngest,
  lines: string,
  partition: string,
): Promise<number> {
  const table = `touchstone.events_${stream.schema.name}`;
  await connection.command(eventTableStatement(stream.schema, { table, retentionDays: 3_650 }));
  await fitColumns(connection, table, stream.schema);
  const nowMs = Date.now();
  const batch = stream.decode({ bytes: bytesOf(lines), offset: 0, partition }, nowMs);
  if (batch.length === 0) return 0;
  const writer = new NativeWriter();
  const rows = Uint32Array.from({ length: batch.length }, (_, row) => row);
  writeEventBlock(writer, stream.schema, batch, { rows, arrivedAtMs: nowMs });
  await connection.insertBytes({ table, format: 'Native', body: writer.take() });
  return batch.length;
}
