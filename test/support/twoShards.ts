import { join } from 'node:path';
import { streamSchemaOf } from '../../core/config/streamSchema.ts';
import { type ClosableConnection, connectClickHouse } from '../../core/store/clickhouse.ts';
import { type EmbeddedEngine, startEmbeddedEngine } from '../../core/store/engine/embeddedEngine.ts';
import { EventShards } from '../../core/store/eventShards.ts';
import { BIDS } from './bidsRun.ts';
import { startTestEngine, type TestEngine } from './engine.ts';
import { openFolder } from './openFolder.ts';

/** Two engines on loopback that are two shards; the first is the home, too. */
export interface TwoShards {
  readonly home: TestEngine;
  readonly other: { readonly engine: EmbeddedEngine; readonly admin: ClosableConnection };
  /** Of the config. `name`: as what machine they are known; another one moves partitions. */
  clickhouse(name?: '127.0.0.1' | 'localhost', url?: string): Record<string, unknown>;
  /** The same for what is asked here. */
  readonly shards: EventShards;
  /** Takes the other one away, in peace. */
  otherEnds(): Promise<void>;
  /** It is back, on the same ports. */
  otherComes(): Promise<void>;
  stop(): Promise<void>;
}

/** What the home calls them together. */
export const CLUSTER = 'fleet';

/** The stream `bids`. */
export const SCHEMA = streamSchemaOf('bids', { time: 'ts', server: 'server', fields: BIDS.fields } as never, 1 << 20);

export async function startTwoShards(): Promise<TwoShards> {
  const folder = await openFolder();
  const options = { dataDir: join(folder.path, 'clickhouse'), database: 'touchstone' };
  const first = await startEmbeddedEngine({ ...options, httpPort: 0 });
  const { url, nativePort } = first;
  const home = await startTestEngine({
    cluster: (itself) => ({ name: CLUSTER, shards: [itself, { host: '127.0.0.1', port: nativePort, ...first.admin }] }),
  });
  const admin = connectClickHouse({ url, ...first.admin });
  let engine = first;
  return {
    home,
    other: {
      get engine() {
        return engine;
      },
      admin,
    },
    clickhouse(name = '127.0.0.1', homeUrl = home.engine.url) {
      const named = (address: string): string => address.replace('127.0.0.1', name);
      return {
        ...{ url: homeUrl, ...home.engine.admin, cluster: CLUSTER },
        shards: [{ url: named(home.engine.url) }, { url: named(url), ...first.admin }],
      };
    },
    shards: new EventShards(home.admin, 'touchstone', {
      cluster: CLUSTER,
      shards: [
        { url: home.engine.url, connection: home.admin },
        { url, connection: admin },
      ],
    }),
    otherEnds: () => engine.stop(),
    async otherComes() {
      engine = await startEmbeddedEngine({ ...options, httpPort: Number(new URL(url).port), nativePort });
    },
    async stop() {
      await admin.close();
      await Promise.all([home.stop(), engine.stop()]);
      await folder.remove();
    },
  };
}
