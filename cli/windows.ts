import { parseArgs } from 'node:util';
import { type WindowParts, wholeWindow } from '../api/wholeWindow.ts';
import type { Config } from '../core/config/config.ts';
import { ReadStore } from '../core/store/readStore.ts';
import { WindowStore } from '../core/store/windowStore.ts';
import { loadConfig } from './configFile.ts';
import { visitStore } from './doctor/visitStore.ts';
import { timeOption } from './timeOption.ts';
import { UsageError } from './usageError.ts';

export const WINDOWS_HELP = `touchstone windows [STREAM] [--window TIME] [--cut DIMENSIONS] [--as-of TIME] [--last N] [--json] [--config FILE] [--data DIR]

Shows the newest windows of each stream (or of one): what is there, what it will come to, and how sure that is. Open windows are among them. Asks the
ClickHouse of a Touchstone that runs.

  --window TIME   one window, the one that this time is in: its metrics, and each server with what it sent, what is missing and what was found about it
  --cut LIST      metrics of the series of this cut, such as exchange or exchange,device; with --window
  --as-of TIME    what was known at that time
  --last N        windows of each stream; 15
  --json          for machines

Times are ISO 8601, such as 2026-11-24T12:07:00Z. Exit code 0; 1: nothing is known of it; 2: used wrongly.`;

/** Runs `touchstone windows`; answers the exit code. */
export async function runWindows(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      window: { type: 'string' },
      cut: { type: 'string', default: '' },
      'as-of': { type: 'string' },
      last: { type: 'string', default: '15' },
      json: { type: 'boolean', default: false },
      config: { type: 'string' },
      data: { type: 'string' },
    },
  });
  const { config } = await loadConfig(values);
  const streams = streamsOf(config, positionals);
  const visit = await visitStore(config);
  if (visit.connection === undefined) throw new UsageError(`${visit.verdict.detail}: ${visit.verdict.todo ?? ''}`);
  const { database } = config.clickhouse;
  const windows = new WindowStore(visit.connection, database);
  const parts = { config, windows, read: new ReadStore(visit.connection, database) };
  try {
    if (values.window !== undefined)
      return await tellOne(parts, streams, { ...values, timeMs: timeOption('window', values.window) });
    const limit = Number(values.last);
    if (!Number.isInteger(limit) || limit < 1 || limit > 1_000)
      throw new UsageError(`--last takes a number from 1 to 1000; got ${values.last}`);
    const atMs = values['as-of'] === undefined ? Date.now() : timeOption('as-of', values['as-of']);
    return await tellNewest(windows, streams, { atMs, limit, json: values.json });
  } finally {
    await visit.connection.close();
  }
}

function streamsOf({ streams }: Config, [named, ...others]: readonly string[]): readonly string[] {
  if (others.length > 0) throw new UsageError(WINDOWS_HELP);
  const known = Object.keys(streams);
  if (named !== undefined && !known.includes(named))
    throw new UsageError(`there is no stream ${named}; choose from ${known.join(', ')}`);
  return named === undefined ? known : [named];
}

async function tellNewest(
  windows: WindowStore,
  streams: readonly string[],
  { atMs, limit, json }: { readonly atMs: number; readonly limit: number; readonly json: boolean },
): Promise<number> {
  const all = await Promise.all(
    streams.map(async (stream) => ({ stream, windows: await windows.newest(stream, { atMs, limit }) })),
  );
  if (json) process.stdout.write(`${JSON.stringify(all, undefined, 2)}\n`);
  else
    for (const one of all) {
      process.stdout.write(`${one.stream}\n`);
      const rows = one.windows.map(({ startMs, events, servers, state, revision, estimate, low95, high95 }) => [
        new Date(startMs).toISOString().slice(0, 19),
        revision > 0 ? `${state}, revision ${String(revision)}` : state,
        whole(events),
        estimate === null ? '' : whole(estimate),
        estimate === null ? '' : `${whole(low95 ?? 0)} to ${high95 === null ? '?' : whole(high95)}`,
        String(servers),
      ]);
      table(['start', 'state', 'events', 'estimate', '95 %', 'servers'], rows);
    }
  return all.every((one) => one.windows.length === 0) ? 1 : 0;
}

async function tellOne(
  parts: WindowParts,
  streams: readonly string[],
  { timeMs, cut, json }: { readonly timeMs: number; readonly cut: string; readonly json: boolean },
): Promise<number> {
  const [stream = ''] = streams;
  if (streams.length !== 1) throw new UsageError('--window needs the name of a stream');
  const windowMs = parts.config.streams[stream]?.windowMs ?? 60_000;
  const window = await wholeWindow(parts, { stream, startMs: Math.floor(timeMs / windowMs) * windowMs }, cut);
  if (json) process.stdout.write(`${JSON.stringify(window ?? null, undefined, 2)}\n`);
  if (window === undefined) {
    if (!json) process.stdout.write('nothing is known of that window\n');
    return 1;
  }
  if (json) return 0;
  const { estimate } = window;
  process.stdout.write(
    `${stream} ${new Date(window.startMs).toISOString()}  ${window.state}, revision ${String(window.revision)}\n` +
      `${whole(window.events)} events of ${String(window.serversArrived)} of ${String(window.serversExpected)} servers` +
      (estimate === null
        ? ''
        : `; estimated ${whole(estimate.value)} (${estimate.basis}), at ${estimate.estimatedAt}`) +
      '\n\n',
  );
  table(
    ['series', 'metric', 'observed', 'estimate', 'interval'],
    window.metrics.map(({ series, metric, observed, estimate: one }) => [
      ...[series, metric, observed === null ? '' : short(observed), one === null ? '' : short(one.value)],
      one === null ? '' : `${one.low === null ? '?' : short(one.low)} to ${one.high === null ? '?' : short(one.high)}`,
    ]),
  );
  table(
    ['server', 'expected', 'received', 'announced', 'missing', 'comes with', 'found'],
    window.servers.map(({ server, isExpected, received, announced, missing, lateProbability, findings }) => [
      ...[
        server,
        isExpected === null ? '?' : isExpected ? 'yes' : 'no',
        whole(received),
        announced === null ? '' : whole(announced),
        missing === null ? '' : whole(missing),
      ],
      ...[
        lateProbability === null ? '' : `${(100 * lateProbability).toFixed(0)} %`,
        findings.map(({ check, state }) => (state === '' ? check : `${check} (${state})`)).join(', '),
      ],
    ]),
  );
  return 0;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  if (rows.length === 0) return;
  const widths = head.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)));
  for (const row of [head, ...rows])
    process.stdout.write(
      `  ${row
        .map((text, at) => text.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    );
  process.stdout.write('\n');
}

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const short = (value: number): string =>
  Math.abs(value) >= 1_000 ? whole(value) : String(Number(value.toPrecision(4)));
