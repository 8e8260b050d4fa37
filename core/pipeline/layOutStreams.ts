import type { Config } from '../config/config.ts';
import { streamSchemaOf } from '../config/streamSchema.ts';
import type { Connection } from '../store/connection.ts';
import type { EventShards } from '../store/eventShards.ts';
import { layOutEvents } from '../store/layOutEvents.ts';

/** Lays out the tables of the declared streams. Throws RangeError where what is stored does not fit what is declared. */
export async function layOutStreams({
  config,
  connection,
  shards,
}: {
  readonly config: Config;
  readonly connection: Connection;
  readonly shards: EventShards;
}): Promise<void> {
  const { retentionDays } = config.clickhouse;
  for (const [name, stream] of Object.entries(config.streams)) {
    const schema = streamSchemaOf(name, stream, config.limits.lineBytesMax);
    await layOutEvents(connection, shards, { schema, retentionDays });
  }
}
