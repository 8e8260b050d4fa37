import { constants, setPriority } from 'node:os';
import { pino } from 'pino';
import type { Config } from '../core/config/config.ts';
import { configurePlugins } from '../core/pipeline/plugins.ts';
import { replayWindows, type WindowsReport } from '../core/pipeline/replay/replayWindows.ts';
import { streamIngests } from '../core/pipeline/streamSetup.ts';
import { ClusterStore } from '../core/store/clusterStore.ts';
import { migrate } from '../core/store/migrate.ts';
import type { Span } from '../core/store/span.ts';
import { wallClock } from '../core/time/wallClock.ts';
import { allPlugins } from '../plugins/all.ts';
import { MIGRATIONS, openStore, type OpenStore } from './openStore.ts';
import { UsageError } from './usageError.ts';

/** What `touchstone replay --windows` is asked. */
export interface WindowsAsked {
  readonly stream: string | undefined;
  readonly span: Span;
  readonly repair: boolean;
  readonly json: boolean;
}

const DAY_MS = 86_400_000;
/** A process that said something so lately may be ingesting. */
const ALIVE_MS = 15_000;
/** Windows that are told one by one. */
const TOLD_MAX = 20;

/** Makes windows again out of their raw events, and compares; answers the exit code. */
export async function runReplayWindows(config: Config, asked: WindowsAsked): Promise<number> {
  const { stream: name, span, repair, json } = asked;
  const streams = streamIngests({ config, plugins: configurePlugins(allPlugins as never, config.plugins) });
  const stream = streams.get(name ?? '');
  if (stream === undefined)
    throw new UsageError(`give --stream as one of the config's: ${[...streams.keys()].join(', ')}`);
  const keptMs = wallClock() - (config.clickhouse.retentionDays - 1) * DAY_MS;
  if (repair && span.fromMs < keptMs)
    throw new UsageError(
      `raw events of before ${new Date(keptMs).toISOString()} may be gone (retentionDays): --repair from there on`,
    );
  setPriority(constants.priority.PRIORITY_LOW);
  const store = await openStore(config, pino({ level: 'warn' }, pino.destination(2)));
  const into = `${config.clickhouse.database}_replay`;
  try {
    if (repair) await refuseWhileAlive(store, config);
    await store.connection.command(`DROP DATABASE IF EXISTS ${into}`);
    await migrate(store.connection, { dir: MIGRATIONS, database: into, ttlDays: config.clickhouse.retentionDays });
    let done = 0;
    const report = await replayWindows({
      ...{ config, connection: store.connection, into, clock: wallClock, stream, span, repair },
      onProgress: (_, events) => process.stderr.write(`\r${String((done += events))} events read again   `),
    });
    await store.connection.command(`DROP DATABASE IF EXISTS ${into}`);
    process.stderr.write('\n');
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : told(report));
    return report.differing.length === 0 ? 0 : 1;
  } finally {
    await store.close();
  }
}

/** Events that are stored while cells are grown again would be lost to the repaired cells. */
async function refuseWhileAlive({ connection }: OpenStore, config: Config): Promise<void> {
  const { nowMs, processes } = await new ClusterStore(connection, config.clickhouse.database).facts();
  const alive = processes.filter(({ stopped, beatAtMs }) => !stopped && nowMs - beatAtMs < ALIVE_MS);
  if (alive.length === 0) return;
  throw new UsageError(`stop these first, nothing may be ingested: ${alive.map(({ owner }) => owner).join(', ')}`);
}

function told({ events, windows, cells, differing, mended }: WindowsReport): string {
  const lines = differing.slice(0, TOLD_MAX).map(({ startMs, state, revision, storedOnly, grownOnly, ...counts }) => {
    const window = `${new Date(startMs).toISOString()} (${state}, revision ${String(revision)})`;
    const of = `${String(storedOnly)} cells only stored, ${String(grownOnly)} only of raw events`;
    return `${window}: ${of}; ${String(counts.events)} events judged, ${String(counts.rawEvents)} raw\n`;
  });
  const more = differing.length > TOLD_MAX ? `and ${String(differing.length - TOLD_MAX)} more\n` : '';
  const found = differing.length === 0 ? 'all equal' : `${String(differing.length)} windows differ`;
  const repaired =
    mended === undefined
      ? ''
      : `mended ${String(mended.windows)} windows; ${String(mended.judgedAgain)} of them are judged again at the next start, sealed ones stand\n`;
  return `${String(events)} events, ${String(windows)} windows, ${String(cells)} cells: ${found}\n${lines.join('')}${more}${repaired}`;
}
