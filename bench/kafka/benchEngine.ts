import { join } from 'node:path';
import { type ClosableConnection, connectClickHouse } from '../../core/store/clickhouse.ts';
import type { EngineUser } from '../../core/store/engine/configFiles.ts';
import { startEmbeddedEngine } from '../../core/store/engine/embeddedEngine.ts';
import { cpuSecondsOf } from '../cpuSeconds.ts';

/** The embedded ClickHouse of one run, in a folder of its own. */
export interface BenchEngine {
  readonly url: string;
  readonly admin: EngineUser;
  readonly connection: ClosableConnection;
  cpuS(): number;
  stop(): Promise<void>;
}

export async function startBenchEngine(dir: string): Promise<BenchEngine> {
  const engine = await startEmbeddedEngine({
    dataDir: join(dir, 'clickhouse'),
    database: 'touchstone',
    httpPort: 0,
    onCrash: (detail) => {
      console.error(`the embedded ClickHouse ended; it is started again: ${detail}`);
    },
  });
  const connection = connectClickHouse({ url: engine.url, ...engine.admin });
  return {
    url: engine.url,
    admin: engine.admin,
    connection,
    cpuS: () => cpuSecondsOf(engine.pid() ?? -1),
    async stop() {
      await connection.close();
      await engine.stop();
    },
  };
}

/** How many events a table holds, and the sum by which one sees that it is all of them, each once. */
export async function storedIn(
  { connection }: BenchEngine,
  table: string,
): Promise<{ readonly events: number; readonly priceMicros: number }> {
  const [row] = await connection.query<{ events: string; priceMicros: string }>(
    `SELECT count() AS events, sum(priceMicros) AS priceMicros FROM ${table}`,
  );
  return { events: Number(row?.events), priceMicros: Number(row?.priceMicros) };
}

/** Waits until a table holds at least so many events; answers how many. Asks for no more than a count, which costs the engine next to nothing. */
export async function untilStored({ connection }: BenchEngine, table: string, events: number): Promise<number> {
  const deadlineMs = Date.now() + PATIENCE_MS;
  for (;;) {
    const [row] = await connection.query<{ events: string }>(`SELECT count() AS events FROM ${table}`);
    if (Number(row?.events) >= events) return Number(row?.events);
    if (Date.now() > deadlineMs)
      throw new Error(`${table} has ${row?.events ?? '?'} of ${events} events, and no more came`);
    await new Promise((resolve) => setTimeout(resolve, BEAT_MS));
  }
}

export const PATIENCE_MS = 240_000;
export const BEAT_MS = 200;
