import type { Config } from '../config/config.ts';
import { streamSchemaOf } from '../config/streamSchema.ts';
import type { Connection } from '../store/connection.ts';
import { eventTableStatements } from '../store/eventTable.ts';
import { widenColumns } from '../store/widenColumns.ts';

/** Lays out the tables of the declared streams. Throws RangeError where what is stored does not fit what is declared. */
export async function layOutStreams({
  config,
  connection,
}: {
  readonly config: Config;
  readonly connection: Connection;
}): Promise<void> {
  const { database, retentionDays } = config.clickhouse;
  for (const [name, stream] of Object.entries(config.streams)) {
    const schema = streamSchemaOf(name, stream, config.limits.lineBytesMax);
    for (const statement of eventTableStatements(schema, { database, retentionDays }))
      await connection.command(statement);
    await widenColumns(connection, database, schema);
  }
}
