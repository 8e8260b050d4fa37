import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { Config } from '../core/config/config.ts';
import { type ClosableConnection, connectClickHouse } from '../core/store/clickhouse.ts';
import { EventShards } from '../core/store/eventShards.ts';
import { startEmbeddedEngine } from '../core/store/engine/embeddedEngine.ts';
import { migrate } from '../core/store/migrate.ts';
import { patiently } from './patiently.ts';

/** The store, migrated. */
export interface OpenStore {
  readonly connection: ClosableConnection;
  readonly shards: EventShards;
  readonly url: string;
  /** Of the embedded engine only. */
  readonly nativePort: number | undefined;
  readonly investigator: { readonly user: string; readonly password: string } | undefined;
  close(): Promise<void>;
}

/** Folder of the migrations. */
export const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url));

/** Opens the store that the config names: a server elsewhere, or the embedded one; brings its tables up to date. */
export async function openStore(config: Config, log: Logger): Promise<OpenStore> {
  const { url, user, password, database, port, retentionDays } = config.clickhouse;
  const migrated = async (connection: ClosableConnection): Promise<ClosableConnection> => {
    const applied = await patiently(log, () =>
      migrate(connection, { dir: MIGRATIONS, database, ttlDays: retentionDays }),
    );
    if (applied.length > 0) log.info({ applied }, 'the database was brought up to date');
    return connection;
  };
  if (url !== undefined) {
    const connection = await migrated(connectClickHouse({ url, user, password }));
    const elsewhere = connectShards(config, connection);
    return {
      ...{ connection, shards: elsewhere.shards, url, nativePort: undefined, investigator: undefined },
      async close() {
        await Promise.all([connection.close(), elsewhere.close()]);
      },
    };
  }
  const engine = await startEmbeddedEngine({
    dataDir: join(config.data, 'clickhouse'),
    database,
    httpPort: port,
    onCrash: (detail) => {
      log.error({ detail }, 'the embedded ClickHouse ended; it is started again');
    },
    onRoot: (reason) => {
      log.warn({ reason }, 'the embedded ClickHouse runs as root');
    },
  });
  const connection = await migrated(connectClickHouse({ url: engine.url, ...engine.admin }));
  return {
    connection,
    shards: new EventShards(connection, database),
    url: engine.url,
    nativePort: engine.nativePort,
    investigator: engine.investigator,
    async close() {
      await connection.close();
      await engine.stop();
    },
  };
}

/** Connects to the servers that the raw events are spread over, if they are. */
function connectShards(
  { clickhouse: { user, password, database, shards, cluster } }: Config,
  home: ClosableConnection,
): { readonly shards: EventShards; close(): Promise<unknown> } {
  const connected = shards.map(({ url, ...own }) => ({
    url,
    connection: connectClickHouse({ url, user: own.user ?? user, password: own.password ?? password }),
  }));
  return {
    shards: new EventShards(home, database, cluster === undefined ? undefined : { cluster, shards: connected }),
    close: () => Promise.all(connected.map(({ connection }) => connection.close())),
  };
}
