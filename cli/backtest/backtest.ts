import { constants, setPriority } from 'node:os';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { type BacktestAsked, BacktestRefused } from '../../core/pipeline/backtest/asked.ts';
import { backtest } from '../../core/pipeline/backtest/backtest.ts';
import { allPlugins } from '../../plugins/all.ts';
import { loadConfig } from '../configFile.ts';
import { openStore } from '../openStore.ts';
import { progressBar } from '../progressBar.ts';
import { timeOption } from '../timeOption.ts';
import { UsageError } from '../usageError.ts';
import { readIncidents, readJson } from './incidentFile.ts';
import { told } from './told.ts';

export const BACKTEST_HELP = `touchstone backtest --from TIME --to TIME [--options FILE] [--against FILE] [--incidents FILE] [--config FILE] [--data DIR]
       [--stream NAME]... [--plugin NAME]... [--learn-from TIME] [--as-of TIME] [--json]

Judges the stored windows of [from, to) again by the same plugins with other options, and tells what would have been found: findings, alerts that would have
fired by the store's rules, alarms per series and month, and how soon each incident would have been found. Only reads: nothing stored is changed.

  --options FILE     {"outlier": {"rarityMax": 1e-6}}: laid over the config's own options, plugin by plugin
  --against FILE     another such set, side by side with the first; {} is the config's own
  --incidents FILE   [{"stream", "startMs", "endMs", "labels"?, "name"?}], or the ledger.ndjson of a simulated fleet; left out: those that people marked
  --stream, --plugin only these; may be given many times
  --learn-from TIME  the checks begin without memory here; a day before --from
  --as-of TIME       leaves out what arrived later
  --json             the whole report as JSON

Times are ISO 8601. Exit code 0; 1: incidents were missed (by --options); 2: used wrongly. Not on an embedded engine that another process has opened: use
POST /v1/backtests of that process, or CLICKHOUSE_URL.`;

const parse = (argv: readonly string[]) =>
  parseArgs({
    args: [...argv],
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      config: { type: 'string' },
      data: { type: 'string' },
      options: { type: 'string' },
      against: { type: 'string' },
      incidents: { type: 'string' },
      stream: { type: 'string', multiple: true },
      plugin: { type: 'string', multiple: true },
      'learn-from': { type: 'string' },
      'as-of': { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  }).values;

/** Runs `touchstone backtest`; answers the exit code. */
export async function runBacktest(argv: readonly string[]): Promise<number> {
  const flags = parse(argv);
  const asked = askedBy(flags);
  const { config } = await loadConfig(flags);
  // Live goes first.
  setPriority(constants.priority.PRIORITY_LOW);
  const store = await openStore(config, pino({ level: 'warn' }, pino.destination(2)));
  const bars = new Map<string, ReturnType<typeof progressBar>>();
  try {
    const parts = {
      config,
      connection: store.connection,
      available: allPlugins as never,
      onProgress: (stream: string, share: number) => {
        const bar = bars.get(stream) ?? progressBar(stream.padEnd(30));
        bars.set(stream, bar);
        bar(share);
      },
    };
    const report = await backtest(parts, asked).catch((error: unknown) => {
      throw error instanceof BacktestRefused ? new UsageError(error.message) : error;
    });
    process.stdout.write(flags.json ? `${JSON.stringify(report)}\n` : told(report));
    return report.options.incidents.missed === 0 ? 0 : 1;
  } finally {
    await store.close();
  }
}

function askedBy(flags: ReturnType<typeof parse>): BacktestAsked {
  return {
    fromMs: timeOption('from', flags.from),
    toMs: timeOption('to', flags.to),
    learnFromMs: flags['learn-from'] === undefined ? undefined : timeOption('learn-from', flags['learn-from']),
    asOfMs: flags['as-of'] === undefined ? undefined : timeOption('as-of', flags['as-of']),
    streams: flags.stream,
    plugins: flags.plugin,
    options: flags.options === undefined ? undefined : optionsIn(flags.options),
    against: flags.against === undefined ? undefined : optionsIn(flags.against),
    incidents: flags.incidents === undefined ? undefined : readIncidents(flags.incidents),
  };
}

function optionsIn(path: string): Readonly<Record<string, unknown>> {
  const options = readJson(path);
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new UsageError(`${path} must hold options by plugin, such as {"outlier": {"rarityMax": 1e-6}}`);
  return { ...options };
}
