import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClosableConnection, connectClickHouse } from '../../core/store/clickhouse.ts';
import { type EmbeddedEngine, startEmbeddedEngine } from '../../core/store/engine/embeddedEngine.ts';
import { DECLARED, STREAMS, writeFleets } from '../support/faultyFleets.ts';
import { type FaultyProxy, startFaultyProxy } from '../support/faultyProxy.ts';
import { type KafkaOptions, startKafka, type TestKafka } from '../support/kafka/kafka.ts';
import { makeTopics, testClient } from '../support/kafka/topics.ts';
import { CLI } from '../support/touchstoneChild.ts';
import { Child } from './child.ts';

/** How big a world is. */
export interface WorldOptions {
  readonly brokers: 1 | 3;
  readonly members: number;
  /** How long the fleet takes to write its logs. */
  readonly writingMs: number;
  readonly partitions: number;
  /** Two: raw events are spread over the engine and one more. */
  readonly shards?: 1 | 2;
}

/** A fleet that writes logs, a shipper, Kafka, members that share its topics, and ClickHouse behind proxies that can do harm. */
export interface World {
  readonly fleetDir: string;
  readonly kafka: TestKafka;
  readonly engine: EmbeddedEngine;
  readonly connection: ClosableConnection;
  /** The other shard; undefined when there is none. */
  readonly shard: EmbeddedEngine | undefined;
  readonly proxies: readonly FaultyProxy[];
  readonly shipper: Child;
  readonly members: Child[];
  /** Resolves when the fleet has written everything. */
  readonly written: Promise<void>;
  /** One more member, not started yet. */
  newMember(): Child;
  /** Ships what is left to its end; answers the exit code. */
  shipRest(): Promise<number | string>;
  stop(): Promise<void>;
}

/** The shortest that the test's broker allows: a dead member's partitions move soon. */
export const SESSION_MS = 1_500;
const BROKER: NonNullable<KafkaOptions['properties']> = ['group.min.session.timeout.ms=500'];

/** Starts everything but the members. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const { brokers, members, writingMs, partitions, shards = 1 } = options;
  const dir = mkdtempSync(join(tmpdir(), 'chaos-'));
  // The engine's own user must pass through it, when we are root.
  chmodSync(dir, 0o711);
  const fleetDir = join(dir, 'fleet');
  for (const stream of STREAMS) mkdirSync(join(fleetDir, stream), { recursive: true });
  const [kafka, { engine, shard, proxies, clickhouse, env }] = await Promise.all([
    startKafka({ brokers, properties: BROKER }),
    startEngines(dir, shards),
  ]);
  await makeTopics(testClient(kafka.brokers), Object.fromEntries(STREAMS.map((stream) => [stream, partitions])));
  const connection = connectClickHouse({ url: engine.url, ...engine.admin });
  const configFile = join(dir, 'touchstone.config.json');
  writeFileSync(configFile, JSON.stringify({ ...configOf(kafka.brokers), clickhouse }));
  const ship = [CLI, 'ship', fleetDir, '--brokers', kafka.brokers.join(',')];
  let born = 0;
  const newMember = (): Child => {
    const name = `m${String(++born)}`;
    return new Child(name, [CLI, 'start', '--config', configFile], { ...env, TOUCHSTONE_DATA: join(dir, name) });
  };
  const world = {
    ...{ fleetDir, kafka, engine, shard, connection, proxies, newMember },
    shipper: new Child('shipper', [...ship, '--follow']),
    members: Array.from({ length: members }, newMember),
    written: writeFleets([fleetDir], writingMs),
    shipRest() {
      const rest = new Child('shipper', ship);
      rest.start();
      return rest.end();
    },
    async stop() {
      await Promise.all([world.shipper, ...world.members].map((child) => child.kill()));
      await connection.close();
      await Promise.all(
        [...proxies, engine, kafka, ...(shard === undefined ? [] : [shard])].map((each) => each.stop()),
      );
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return world;
}

/** The engine, the other shard if there is to be one, a proxy before each, and what members must know of them. */
async function startEngines(
  dir: string,
  shards: 1 | 2,
): Promise<
  Pick<World, 'engine' | 'shard' | 'proxies'> & { readonly clickhouse: object; readonly env: Record<string, string> }
> {
  const database = 'touchstone';
  const shard =
    shards === 1 ? undefined : await startEmbeddedEngine({ dataDir: join(dir, 'shard'), database, httpPort: 0 });
  const engine = await startEmbeddedEngine({
    ...{ dataDir: join(dir, 'clickhouse'), database, httpPort: 0 },
    ...(shard === undefined
      ? {}
      : {
          cluster: (itself) => ({
            name: 'fleet',
            shards: [itself, { host: '127.0.0.1', port: shard.nativePort, ...shard.admin }],
          }),
        }),
  });
  const proxy = await startFaultyProxy(engine.url);
  const env = {
    CLICKHOUSE_URL: proxy.url,
    CLICKHOUSE_USER: engine.admin.user,
    CLICKHOUSE_PASSWORD: engine.admin.password,
  };
  if (shard === undefined) return { engine, shard, proxies: [proxy], clickhouse: {}, env };
  const other = await startFaultyProxy(shard.url);
  const spread = { cluster: 'fleet', shards: [{ url: proxy.url }, { url: other.url, ...shard.admin }] };
  return { engine, shard, proxies: [proxy, other], clickhouse: spread, env };
}

const configOf = (brokers: readonly string[]): object => ({
  source: { kind: 'kafka', brokers, sessionTimeoutMs: SESSION_MS, lookMs: 1_000 },
  limits: { horizonDays: 36_500 },
  // Small batches, so that there are many moments to die in.
  ingest: { rowsMax: 100, ageMsMax: 100, idleMsMax: 0 },
  streams: DECLARED.config,
});
