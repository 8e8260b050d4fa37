import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { configurePlugins } from '../core/pipeline/plugins.ts';
import { type Compared, replay, type ReplayReport } from '../core/pipeline/replay.ts';
import { replayDeadLetters } from '../core/pipeline/replayDeadLetters.ts';
import { streamIngests } from '../core/pipeline/streamSetup.ts';
import { migrate } from '../core/store/migrate.ts';
import { wallClock } from '../core/time/wallClock.ts';
import { allPlugins } from '../plugins/all.ts';
import { loadConfig } from './configFile.ts';
import { MIGRATIONS, openStore } from './openStore.ts';
import { UsageError } from './usageError.ts';

export const REPLAY_HELP = `touchstone replay --from TIME --to TIME [--config FILE] [--data DIR] [--json]
       touchstone replay --dead-letters [--config FILE] [--data DIR] [--json]

Processes the stored events of [from, to) again by the same code, in a database of its own, and compares aggregates (byte by byte) and findings
with the live ones. Exit code 0: all equal. 1: something differs. Times are ISO 8601, on whole windows; use it while nothing else runs on the
embedded engine, or with CLICKHOUSE_URL.

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
      json: { type: 'boolean', default: false },
      'dead-letters': { type: 'boolean', default: false },
    },
  });
  if (values['dead-letters']) return replayLetters(values);
  const span = { fromMs: timeOf('from', values.from), toMs: timeOf('to', values.to) };
  const { config } = await loadConfig(values);
  const log = pino({ level: 'warn' }, pino.destination(2));
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

function timeOf(flag: string, text: string | undefined): number {
  const ms = Date.parse(text ?? '');
  if (Number.isNaN(ms)) throw new UsageError(`give --${flag} as a time such as 2026-01-31T12:00:00Z`);
  return ms;
}

function told({ events, aggregates, findings }: ReplayReport): string {
  const line = (name: string, { live, replayed, different }: Compared): string =>
    `${name}: ${String(live)} live, ${String(replayed)} replayed, ${different === 0 ? 'all equal' : `${String(different)} differ`}\n`;
  return `${String(events)} events\n${line('aggregates', aggregates)}${line('findings', findings)}`;
}
