import { MIGRATIONS } from '../../cli/openStore.ts';
import type { Config } from '../../core/config/config.ts';
import { configurePlugins } from '../../core/pipeline/plugins.ts';
import { replayWindows, type WindowsReport } from '../../core/pipeline/replay/replayWindows.ts';
import { judgesOver, streamIngests } from '../../core/pipeline/streamSetup.ts';
import type { Connection } from '../../core/store/connection.ts';
import { JudgeStore } from '../../core/store/judgeStore.ts';
import { migrate } from '../../core/store/migrate.ts';
import type { Span } from '../../core/store/span.ts';
import { wallClock } from '../../core/time/wallClock.ts';
import { allPlugins } from '../../plugins/all.ts';

const setupOf = (config: Config) => ({
  ...{ config, clock: wallClock },
  plugins: configurePlugins(allPlugins as never, config.plugins),
});

/** Makes the windows of requests again. */
export async function windowsAgain({
  config,
  connection,
  ...asked
}: {
  readonly config: Config;
  readonly connection: Connection;
  readonly span: Span;
  readonly repair: boolean;
}): Promise<WindowsReport> {
  const into = 'touchstone_again';
  await connection.command(`DROP DATABASE IF EXISTS ${into}`);
  await migrate(connection, { dir: MIGRATIONS, database: into, ttlDays: 3_650 });
  const stream = streamIngests(setupOf(config)).get('requests');
  return replayWindows({
    ...{ config, connection, into, stream: stream!, clock: wallClock, ...asked },
    onProgress: () => undefined,
  });
}

/** Judges what has moved of requests, as a start does. */
export async function judgeAgain(config: Config, connection: Connection): Promise<void> {
  const parts = setupOf(config);
  const store = new JudgeStore(connection, 'touchstone');
  const untilMs = (await store.judgedUntil('requests')) ?? 0;
  const judge = judgesOver(parts, streamIngests(parts), store, untilMs).get('requests')!;
  await judge.resume();
  await judge.lookForMoved();
  for (let before: number | undefined; ;) {
    before = judge.nextMs;
    await judge.advance();
    if (judge.nextMs === before) return;
  }
}

/** Revision and events of each judged window of requests, by start. */
export async function revisions(connection: Connection): Promise<Map<number, { revision: number; events: string }>> {
  const rows = await connection.query<{ startMs: string; revision: number; events: string }>(
    `SELECT toUnixTimestamp64Milli(windowStart) AS startMs, revision, events FROM touchstone.windows WHERE stream = 'requests'`,
  );
  return new Map(rows.map(({ startMs, revision, events }) => [Number(startMs), { revision, events }]));
}
