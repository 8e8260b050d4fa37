import { pino } from 'pino';
import { openStore, type OpenStore } from '../../cli/openStore.ts';
import { type Config, parseConfig } from '../../core/config/config.ts';
import { type Running, startProcess } from '../../core/main.ts';
import { layOutStreams } from '../../core/pipeline/layOutStreams.ts';
import { pause } from '../../core/pipeline/untilDone.ts';
import { startTelemetry } from '../../core/telemetry.ts';
import { allPlugins } from '../../plugins/all.ts';
import { config as demoConfig } from '../../touchstone.config.ts';

/** The demo's streams over other folders, without the samples; on free ports. */
export function fleetConfig(data: string, logs: string, overrides: Record<string, unknown> = {}): Config {
  const { prices: _, ...streams } = demoConfig.streams;
  const parsed = parseConfig({
    ...demoConfig,
    streams,
    data,
    source: { kind: 'files', dirs: [logs] },
    api: { port: 0 },
    clickhouse: { port: 0 },
    ...overrides,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

/** Everything, running in this process on an engine of its own. */
export interface WholeRun {
  readonly store: OpenStore;
  readonly running: Running;
  readonly config: Config;
  /** Waits until every stream of events is judged up to a time. */
  judgedUntil(endMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the engine, the roles and the plugins over what is in the config's folders. */
export async function startWholeRun(config: Config): Promise<WholeRun> {
  const telemetry = {
    ...startTelemetry({ OTEL_SDK_DISABLED: 'true' }),
    log: pino({ level: 'warn' }, pino.destination(2)),
  };
  const store = await openStore(config, telemetry.log);
  const { connection, shards } = store;
  await layOutStreams({ config, connection, shards }).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const running = await startProcess({ config, connection, shards, plugins: allPlugins as never, telemetry });
  const never = new AbortController().signal;
  return {
    store,
    running,
    config,
    async judgedUntil(endMs) {
      for (;;) {
        const rows = await connection.query<{ stream: string; untilMs: string }>(
          `SELECT stream, toUnixTimestamp64Milli(max(windowEnd)) AS untilMs FROM ${config.clickhouse.database}.windows GROUP BY stream`,
        );
        const until = new Map(rows.map(({ stream, untilMs }) => [stream, Number(untilMs)]));
        if (Object.keys(config.streams).every((stream) => (until.get(stream) ?? 0) >= endMs)) return;
        await pause(250, never);
      }
    },
    async stop() {
      await running.stop();
      await store.close();
      await telemetry.stop();
    },
  };
}
