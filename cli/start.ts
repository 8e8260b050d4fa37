import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ApiToken, TOKEN_VARIABLE } from '../api/token.ts';
import type { Config } from '../core/config/config.ts';
import { startProcess } from '../core/main.ts';
import { startBeats } from '../core/pipeline/beats.ts';
import { layOutStreams } from '../core/pipeline/layOutStreams.ts';
import { type Role, ROLES, rolesOf } from '../core/pipeline/role.ts';
import { ClusterStore } from '../core/store/clusterStore.ts';
import { startTelemetry } from '../core/telemetry.ts';
import { wallClock } from '../core/time/wallClock.ts';
import { allPlugins } from '../plugins/all.ts';
import { prepareDemo, startDemoFleet } from './demo/demo.ts';
import { loadConfig } from './configFile.ts';
import { progressBar } from './progressBar.ts';
import { openStore, type OpenStore } from './openStore.ts';
import { patiently } from './patiently.ts';
import { serveApi } from './serveApi.ts';
import { UsageError } from './usageError.ts';
import { VERSION } from './version.ts';

export const START_HELP = `touchstone start [--config FILE] [--data DIR] [--port N] [--roles ingest,judge,control] [--demo]

Starts the embedded ClickHouse (or uses CLICKHOUSE_URL), the roles and the API, and goes on until Ctrl-C.

  --config FILE   default: touchstone.config.ts, .json or .yaml here
  --data DIR      where all state lives (TOUCHSTONE_DATA; ./data)
  --port N        of the API (TOUCHSTONE_PORT; 8321); ClickHouse's is TOUCHSTONE_CLICKHOUSE_PORT (8322)
  --roles LIST    what this process does; all three by default. With Kafka as the source others may do the rest, and take over
  --demo          first writes the past of a small simulated fleet, then lets it go on live; it carries a regression to be found`;

/** Runs `touchstone start` until it is told to end. */
export async function runStart(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      config: { type: 'string' },
      data: { type: 'string' },
      port: { type: 'string' },
      roles: { type: 'string' },
      demo: { type: 'boolean', default: false },
    },
  });
  const { config: loaded } = await loadConfig(values);
  const roles = wantedRoles(values.roles, loaded);
  const config = values.demo ? await prepareDemo(loaded) : loaded;
  const stopped = untilSignal();
  const running = await Promise.race([start(config, roles), stopped]);
  if (typeof running === 'string') {
    // Nothing was read yet. What is still being begun waits for a store that may never come.
    process.stdout.write(`${running}: ending, before anything was begun\n`);
    process.exit(0);
  }
  const fleet = values.demo ? startDemoFleet(config) : undefined;
  if (values.demo) await Promise.race([caughtUp(running), stopped]);
  process.stdout.write(welcome(config, running, values.demo));
  const reason = await Promise.race([stopped, running.ended.then(() => 'a role has ended by itself')]);
  process.stdout.write(`\n${reason}: storing what was read, then ending\n`);
  fleet?.stop();
  await running.stop();
  return reason.startsWith('SIG') ? 0 : 1;
}

function wantedRoles(text: string | undefined, { source }: Config): ReadonlySet<Role> {
  const roles = text === undefined ? new Set(ROLES) : rolesOf(text);
  if (roles === undefined)
    throw new UsageError(`--roles takes ${ROLES.join(', ')}, with commas between; got ${String(text)}`);
  if (source.kind === 'files' && roles.size < ROLES.length)
    throw new UsageError(`with files as the source one process plays all roles: --roles ${ROLES.join(',')}`);
  return roles;
}

interface Started {
  readonly store: OpenStore;
  readonly apiUrl: string;
  readonly token: ApiToken;
  readonly ended: Promise<void>;
  readonly backlogBytes: () => number | undefined;
  stop(): Promise<void>;
}

async function start(config: Config, roles: ReadonlySet<Role>): Promise<Started> {
  const telemetry = startTelemetry();
  const store = await openStore(config, telemetry.log);
  const { connection, shards } = store;
  await patiently(telemetry.log, () => layOutStreams({ config, connection, shards })).catch(async (error: unknown) => {
    await store.close();
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  });
  const running = await patiently(telemetry.log, () =>
    startProcess({ config, connection, shards, plugins: allPlugins as never, telemetry, roles }),
  );
  const api = await serveApi({ config, connection, running, telemetry });
  const beats = startBeats({
    store: new ClusterStore(connection, config.clickhouse.database),
    ...{ roles, version: VERSION, api: api.urlElsewhere, clock: wallClock },
    backlogBytes: () => running.backlogBytes(),
    notReady: () => running.notReady(),
    onFailure: (error) => {
      telemetry.log.debug({ err: error }, 'a beat could not be written down');
    },
  });
  return {
    store,
    apiUrl: api.url,
    token: api.token,
    ended: running.ended,
    backlogBytes: () => running.backlogBytes(),
    async stop() {
      await api.close();
      await running.stop();
      await beats.stop();
      await store.close();
      await telemetry.stop();
    },
  };
}

/** Shows how far reading the past has come; resolves when it is read. */
async function caughtUp({ backlogBytes }: Started): Promise<void> {
  const bar = progressBar('reading the past               ');
  let mostBytes = 1;
  for (;;) {
    const bytes = backlogBytes();
    mostBytes = Math.max(mostBytes, bytes ?? 0);
    if (bytes !== undefined) bar(1 - bytes / mostBytes);
    if (bytes !== undefined && bytes < mostBytes / 1_000) break;
    await new Promise((again) => setTimeout(again, 200));
  }
  bar(1);
}

/** Resolves with the name of the first signal; a second one ends the process at once. */
function untilSignal(): Promise<string> {
  return new Promise((resolveSignal) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.on(signal, () => {
        process.on(signal, () => process.exit(130));
        resolveSignal(signal);
      });
  });
}

function welcome(config: Config, { apiUrl, store, token: { token, from } }: Started, demo: boolean): string {
  // One that came from outside is somebody else's secret, too: it stays out of the log.
  const isShared = from === TOKEN_VARIABLE;
  const bearer = isShared ? `$${from}` : `$(cat ${join(config.data, 'api-token')})`;
  const { database } = config.clickhouse;
  const investigator = store.investigator;
  const alert = demo
    ? `\n  The demo fleet carries a regression: a new build on a quarter of the servers halves the fill rate of one exchange on one\n  device. Within two minutes its alert fires:\n`
    : '';
  const clickhouse =
    investigator === undefined
      ? store.url
      : `${store.url}   (user ${investigator.user}, password ${investigator.password}, reads only; native port ${String(store.nativePort)})`;
  return `
  Touchstone is up.

  API         ${apiUrl}   (token ${isShared ? `$${from}` : `${token}, kept in ${from}`})
  ClickHouse  ${clickhouse}
  database    ${database}
${alert}
  curl -s -H "Authorization: Bearer ${bearer}" '${apiUrl}/v1/alerts?status=firing'
  curl -s -H "Authorization: Bearer ${bearer}" '${apiUrl}/v1/findings?limit=5'
  curl -s '${store.url}/?user=${investigator?.user ?? 'USER'}&password=${investigator?.password ?? 'PASSWORD'}' --data-binary 'SELECT * FROM ${database}.windows ORDER BY windowStart DESC LIMIT 5 FORMAT Vertical'

  Ctrl-C ends it; nothing is lost.

`;
}
