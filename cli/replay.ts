import { parseArgs } from 'node:util';
import { constants, setPriority } from 'node:os';
import { type Logger, pino } from 'pino';
import type { Config } from '../core/config/config.ts';
import { configurePlugins } from '../core/pipeline/plugins.ts';
import { type Compared, replay, type ReplayParts, type ReplayReport } from '../core/pipeline/replay/replay.ts';
import { replayDeadLetters } from '../core/pipeline/replay/replayDeadLetters.ts';
import { streamIngests } from '../core/pipeline/streamSetup.ts';
import { readTopicEvents } from '../core/sources/kafka/topicEvents.ts';
import { migrate } from '../core/store/migrate.ts';
import { wallClock } from '../core/time/wallClock.ts';
import { allPlugins } from '../plugins/all.ts';
import { loadConfig } from './configFile.ts';
import { MIGRATIONS, openStore } from './openStore.ts';
import { runReplayWindows } from './replayWindows.ts';
import { timeOption } from './timeOption.ts';
import { UsageError } from './usageError.ts';

export const REPLAY_HELP = `touchstone replay --from TIME --to TIME [--out-of clickhouse|kafka] [--config FILE] [--data DIR] [--json]
       touchstone replay --windows --stream S --from TIME --to TIME [--repair] [--config FILE] [--data DIR] [--json]
       touchstone replay --dead-letters [--config FILE] [--data DIR] [--json]

Processes the stored events of [from, to) again by the same code, in a database of its own, and compares aggregates (byte by byte) and findings
with the live ones. Exit code 0: all equal. 1: something differs. Times are ISO 8601, on whole windows. It may run while live goes on, which has priority;
not on an embedded engine that another process has opened: use CLICKHOUSE_URL then.

  --out-of kafka   reads the records out of their topics again (by the time at which they were produced), in a group of its own, instead of the
                   stored events: what differs was lost or changed on the way into ClickHouse

With --windows: makes the windows of one stream again out of their raw events, compares their cells byte by byte and their events, and says which windows differ.
Exit code 1: some do. --repair puts the cells of those right; windows that are not sealed are judged again at the next start. No process may run meanwhile.

With --dead-letters: decodes every dead letter again and stores those that are events now. Exit code 1: some still are none.`;

/** Runs `touchstone replay`; answers the exit code. */
export async function runReplay(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      config: { type: 'string' },
      data: { type: 'string' },
      'out-of': { type: 'string', default: 'clickhouse' },
      json: { type: 'boolean', default: false },
      'dead-letters': { type: 'boolean', default: false },
      windows: { type: 'boolean', default: false },
      stream: { type: 'string' },
      repair: { type: 'boolean', default: false },
    },
  });
  if (values['dead-letters']) return replayLetters(values);
  const span = { fromMs: timeOption('from', values.from), toMs: timeOption('to', values.to) };
  const { config } = await loadConfig(values);
  const { stream, repair, json } = values;
  if (values.windows) return runReplayWindows(config, { stream, span, repair, json });
  if (stream !== undefined || repair) throw new UsageError('--stream and --repair belong to --windows');
  const log = pino({ level: 'warn' }, pino.destination(2));
  const readEvents = values['out-of'] === 'kafka' ? kafkaReader(config, log) : undefined;
  if (readEvents === undefined && values['out-of'] !== 'clickhouse')
    throw new UsageError(`--out-of takes clickhouse or kafka; got ${values['out-of']}`);
  // Live goes first.
  setPriority(constants.priority.PRIORITY_LOW);
  const store = await openStore(config, log);
  const into = `${config.clickhouse.database}_replay`;
  try {
    await store.connection.command(`DROP DATABASE IF EXISTS ${into}`);
    await migrate(store.connection, { dir: MIGRATIONS, database: into, ttlDays: config.clickhouse.retentionDays });
    let done = 0;
    const report = await replay({
      config,
      connection: store.connection,
      plugins: configurePlugins(allPlugins as never, config.plugins),
      span,
      into,
      clock: wallClock,
      ...(readEvents === undefined ? {} : { readEvents }),
      onProgress: (stream, events) =>
        process.stderr.write(`\r${stream}: ${String((done += events))} events replayed   `),
    });
    await store.connection.command(`DROP DATABASE IF EXISTS ${into}`);
    process.stderr.write('\n');
    process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : told(report));
    return report.aggregates.different + report.findings.different === 0 ? 0 : 1;
  } finally {
    await store.close();
  }
}

function kafkaReader({ source }: Config, log: Logger): NonNullable<ReplayParts['readEvents']> {
  if (source.kind !== 'kafka') throw new UsageError('the source of the config is not Kafka: leave out --out-of');
  return ({ name }, { fromMs }) => readTopicEvents(source, name, fromMs, log);
}

async function replayLetters(flags: {
  config?: string | undefined;
  data?: string | undefined;
  json: boolean;
}): Promise<number> {
  const { config } = await loadConfig(flags);
  const store = await openStore(config, pino({ level: 'warn' }, pino.destination(2)));
  try {
    const streams = streamIngests({ config, plugins: configurePlugins(allPlugins as never, config.plugins) });
    const report = await replayDeadLetters({
      connection: store.connection,
      shards: store.shards,
      database: config.clickhouse.database,
      streams,
      clock: wallClock,
    });
    process.stdout.write(
      flags.json
        ? `${JSON.stringify(report)}\n`
        : `${String(report.resolved)} became events, ${String(report.remaining)} are still none\n`,
    );
    return report.remaining === 0 ? 0 : 1;
  } finally {
    await store.close();
  }
}

function told({ events, aggregates, findings }: ReplayReport): string {
  const line = (name: string, { live, replayed, different }: Compared): string =>
    `${name}: ${String(live)} live, ${String(replayed)} replayed, ${different === 0 ? 'all equal' : `${String(different)} differ`}\n`;
  return `${String(events)} events\n${line('aggregates', aggregates)}${line('findings', findings)}`;
}
