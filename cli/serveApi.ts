import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { buildApi } from '../api/server.ts';
import { type ApiToken, apiToken } from '../api/token.ts';
import type { Config } from '../core/config/config.ts';
import type { Running } from '../core/main.ts';
import { ClusterLook } from '../core/sources/kafka/clusterLook.ts';
import { ClusterStore } from '../core/store/clusterStore.ts';
import type { Connection } from '../core/store/connection.ts';
import { ControlStore } from '../core/store/controlStore.ts';
import { IncidentStore } from '../core/store/incidentStore.ts';
import { WindowStore } from '../core/store/windowStore.ts';
import { ReadStore } from '../core/store/readStore.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { backtestRunner } from './backtest/backtestRunner.ts';
import { VERSION } from './version.ts';

/** What the API is served from. */
export interface ServedParts {
  readonly config: Config;
  readonly connection: Connection;
  readonly running: Running;
  readonly telemetry: Telemetry;
}

/** An API that listens. */
export interface ServedApi {
  readonly url: string;
  /** The same for those on other machines, when it listens there. */
  readonly urlElsewhere: string;
  readonly token: ApiToken;
  close(): Promise<void>;
}

/** Serves the API of a running process. */
export async function serveApi({ config, connection, running, telemetry }: ServedParts): Promise<ServedApi> {
  const { log } = telemetry;
  const { database } = config.clickhouse;
  const look =
    config.source.kind === 'kafka' ? new ClusterLook(config.source, Object.keys(config.streams), log) : undefined;
  const token = await apiToken(resolve(config.data));
  const api = await buildApi({
    config,
    token: token.token,
    version: VERSION,
    log,
    read: new ReadStore(connection, database),
    windows: new WindowStore(connection, database),
    control: new ControlStore(connection, { database }),
    cluster: new ClusterStore(connection, database),
    incidents: new IncidentStore(connection, database),
    backtest: backtestRunner(config, connection),
    plugins: running.plugins,
    notReady: () => running.notReady(),
    topicEnds: look === undefined ? undefined : () => look.bounds(),
    answerMetrics: (request, response) => {
      telemetry.answerMetrics(request, response);
    },
  });
  const url = await api.listen({ host: config.api.host, port: config.api.port });
  return {
    url,
    urlElsewhere: elsewhere(url, config.api.host),
    token,
    async close() {
      await api.close();
      await look?.close();
    },
  };
}

/** Whoever listens on every address is found by its machine's name. */
function elsewhere(url: string, host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return url;
  return `http://${hostname()}:${new URL(url).port}`;
}
