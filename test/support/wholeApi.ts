import { pino } from 'pino';
import { buildApi } from '../../api/server.ts';
import { apiToken } from '../../api/token.ts';
import { backtestRunner } from '../../cli/backtest/backtestRunner.ts';
import { openStore, type OpenStore } from '../../cli/openStore.ts';
import type { Config } from '../../core/config/config.ts';
import { type Running, startProcess } from '../../core/main.ts';
import { layOutStreams } from '../../core/pipeline/layOutStreams.ts';
import { ClusterStore } from '../../core/store/clusterStore.ts';
import { ControlStore } from '../../core/store/controlStore.ts';
import { IncidentStore } from '../../core/store/incidentStore.ts';
import { WindowStore } from '../../core/store/windowStore.ts';
import { ReadStore } from '../../core/store/readStore.ts';
import { startTelemetry } from '../../core/telemetry.ts';
import { allPlugins } from '../../plugins/all.ts';

/** Everything with its API, running in this process and listening on a free port. */
export interface WholeApi {
  readonly url: string;
  readonly token: string;
  readonly store: OpenStore;
  readonly running: Running;
  /** What `/readyz` said before the roles had run at all. */
  readonly firstReadiness: Reply;
  /** Asks with the token; a body is sent as JSON. */
  readonly ask: (method: string, path: string, body?: unknown) => Promise<Reply>;
  readonly stop: () => Promise<void>;
}

/** What the API answered. */
export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: ReplyBody;
}

/** Members that some route or other answers with; a test takes those of the route it asked. */
export interface ReplyBody {
  readonly items: readonly ReplyItem[];
  readonly next: string | null;
  readonly id: string;
  readonly secret: string;
  readonly detail: string;
  readonly events: number;
  readonly servers: readonly {
    readonly received: number;
    readonly findings: readonly { readonly check: string; readonly state: string; readonly text: string }[];
  }[];
  readonly metrics: readonly { readonly series: string; readonly metric: string; readonly observed: number | null }[];
  readonly openapi: string;
  readonly paths: Readonly<
    Record<string, { readonly get: { readonly parameters: readonly { readonly name: string }[] } }>
  >;
}

/** Members that some list or other has in its items. */
export type ReplyItem = Readonly<
  Record<
    | 'id'
    | 'name'
    | 'stream'
    | 'series'
    | 'plugin'
    | 'check'
    | 'status'
    | 'type'
    | 'outcome'
    | 'error'
    | 'text'
    | 'evidenceSql'
    | 'noticeId'
    | 'receiverId',
    string
  >
> &
  Readonly<Record<'startMs' | 'endMs' | 'events' | 'latencyMs' | 'attempts', number>> & {
    readonly window: { readonly startMs: number };
    readonly data: Readonly<Record<string, string | number>>;
  };

/** Starts it, as `touchstone start` does. */
export async function startWholeApi(config: Config): Promise<WholeApi> {
  const telemetry = {
    ...startTelemetry({ OTEL_SDK_DISABLED: 'true' }),
    log: pino({ level: 'warn' }, pino.destination(2)),
  };
  const store = await openStore(config, telemetry.log);
  const { connection, shards } = store;
  await layOutStreams({ config, connection, shards });
  const { token } = await apiToken(config.data);
  const { database } = config.clickhouse;
  const running = await startProcess({ config, connection, shards, plugins: allPlugins as never, telemetry });
  const firstReason = running.notReady();
  const parts = {
    config,
    token,
    version: '0.0.0',
    log: telemetry.log,
    read: new ReadStore(connection, database),
    windows: new WindowStore(connection, database),
    control: new ControlStore(connection, { database }),
    cluster: new ClusterStore(connection, database),
    topicEnds: undefined,
    incidents: new IncidentStore(connection, database),
    backtest: backtestRunner(config, connection),
    plugins: running.plugins,
    answerMetrics: (...exchange: Parameters<typeof telemetry.answerMetrics>) => {
      telemetry.answerMetrics(...exchange);
    },
  };
  const early = await buildApi({ ...parts, notReady: () => firstReason });
  const firstReadiness = await replyOf(await fetch(`${await early.listen({ port: 0 })}/readyz`));
  await early.close();
  const api = await buildApi({ ...parts, notReady: () => running.notReady() });
  const url = await api.listen({ host: config.api.host, port: config.api.port });
  return {
    url,
    token,
    store,
    running,
    firstReadiness,
    ask: async (method, path, body) =>
      replyOf(
        await fetch(`${url}${path}`, {
          method,
          headers: {
            authorization: `Bearer ${token}`,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      ),
    async stop() {
      await api.close();
      await running.stop();
      await store.close();
      await telemetry.stop();
    },
  };
}

/** A reply with its JSON read, if it is JSON. */
export async function replyOf(response: Response): Promise<Reply> {
  const type = response.headers.get('content-type') ?? '';
  const text = await response.text();
  return {
    status: response.status,
    type,
    body: (type.includes('json') ? JSON.parse(text) : { detail: text }) as ReplyBody,
  };
}
