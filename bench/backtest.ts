/**
 * `npm run bench:backtest`: how long a day of 1,000 series (SERIES, HOURS) takes to judge again, out of a real engine: windows and series-windows per second, by what a cell holds and by
 * how many partitions share a series. The cells are written by the product's own writer; all plugins with default options judge them; nothing is learned beforehand.
 */
import { pino } from 'pino';
import { rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type OpenStore } from '../cli/openStore.ts';
import { type Config, parseConfig } from '../core/config/config.ts';
import { seededRandom } from '../core/findings/random.ts';
import { backtest } from '../core/pipeline/backtest/backtest.ts';
import { configurePlugins } from '../core/pipeline/plugins.ts';
import { streamIngests } from '../core/pipeline/streamSetup.ts';
import { writeCellBlock } from '../core/store/cellTable.ts';
import { NativeWriter } from '../core/store/nativeWriter.ts';
import type { Cell } from '../core/windows/cell.ts';
import type { AggregationPlan } from '../core/windows/plan.ts';
import { cutText } from '../core/windows/series.ts';
import { allPlugins } from '../plugins/all.ts';

const SERIES = Number(process.env['SERIES'] ?? 1_000);
const HOURS = Number(process.env['HOURS'] ?? 24);
const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 0, 5);
const WINDOWS = HOURS * 60;
const VALUES_A_DIGEST = 20;

const COUNTS = {
  aggregates: { filled: { sum: 'filled' } },
  metrics: { events: { value: 'events' }, fillRatio: { ratio: ['filled', 'events'] } },
};
const DIGESTS = {
  aggregates: { ...COUNTS.aggregates, latencyMs: { quantiles: 'latencyMs' } },
  metrics: { ...COUNTS.metrics, latencyMsP95: { quantile: ['latencyMs', 0.95] } },
};

function configOf(data: string, kept: object): Config {
  const parsed = parseConfig({
    data,
    clickhouse: { port: 0 },
    streams: {
      requests: {
        fields: { ts: 'time', server: 'category', exchange: 'category', filled: 'integer', latencyMs: 'number' },
        cuts: [[], ['exchange']],
        ...kept,
      },
    },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

/** Writes a day of cells, an hour at a time. Each partition is one server's. */
async function writeDay({ connection }: OpenStore, plan: AggregationPlan, partitions: number): Promise<void> {
  const uniform = seededRandom('backtest');
  for (let from = 0; from < WINDOWS; from += 60)
    for (let partition = 0; partition < partitions; partition++) {
      const server = `s${String(partition)}`;
      const cells: Cell[] = [];
      for (let at = from; at < from + 60; at++)
        plan.cuts.forEach(({ dimensions }, cutAt) => {
          const cut = cutText(dimensions);
          const names =
            cut === 'exchange'
              ? Array.from({ length: SERIES - 1 }, (_, place) => `exchange=x${String(place)}`)
              : [cut === 'server' ? `server=${server}` : ''];
          for (const series of cut === '' || cut === 'exchange' || cut === 'server' ? names : [])
            cells.push({
              windowStartMs: START_MS + at * MINUTE_MS,
              ...{ cutAt, series, since: at * 1_000, through: at * 1_000 + 1, changed: true },
              states: statesOf(plan, cutAt, uniform),
            });
        });
      const writer = new NativeWriter();
      writeCellBlock(writer, plan, cells, { partition: `${server}/log`, arrivedAtMs: Date.now() });
      await connection.insertBytes({ table: 'touchstone.aggregate_cells', format: 'Native', body: writer.take() });
    }
}

function statesOf(plan: AggregationPlan, cutAt: number, uniform: () => number): unknown[] {
  const events = 80 + Math.round(40 * uniform());
  return plan.cuts[cutAt]!.aggregates.map(({ name, aggregate: { aggregator } }) => {
    const state = aggregator.empty();
    if (name === 'events') (state as { count: number }).count = events;
    else if (name === 'filled') aggregator.add(state, Math.round(events * (0.6 + 0.1 * uniform())) as never);
    else if (name === 'latencyMs')
      for (let value = 0; value < VALUES_A_DIGEST; value++) aggregator.add(state, (10 + 90 * uniform()) as never);
    return state;
  });
}

async function measure(title: string, kept: object, partitions: number): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'touchstone-backtest-'));
  const config = configOf(dir, kept);
  const store = await openStore(config, pino({ level: 'error' }, pino.destination(2)));
  try {
    const plugins = configurePlugins(allPlugins as never, config.plugins);
    await writeDay(store, streamIngests({ config, plugins }).get('requests')!.windows.plan, partitions);
    const span = { fromMs: START_MS, toMs: START_MS + WINDOWS * MINUTE_MS };
    const parts = { config, connection: store.connection, available: allPlugins as never };
    const cpu = process.cpuUsage();
    const begin = performance.now();
    const { streams } = await backtest(parts, span);
    const seconds = (performance.now() - begin) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    const [{ windows, seriesWindows, series }] = streams as [(typeof streams)[number]];
    console.log(
      [
        title.padEnd(34),
        `${String(series)} series`,
        `${String(windows)} windows`,
        `${seconds.toFixed(1)} s (our CPU ${((user + system) / 1e6).toFixed(1)} s)`,
        `${Math.round(windows / seconds).toLocaleString('en')} windows/s`,
        `${Math.round(seriesWindows / seconds).toLocaleString('en')} series-windows/s`,
        `peak ${String(Math.round(process.resourceUsage().maxRSS / 1_024))} MB`,
      ].join('  '),
    );
  } finally {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

await measure('counts and ratios, 1 partition', COUNTS, 1);
await measure('counts and ratios, 4 partitions', COUNTS, 4);
await measure('with quantiles, 1 partition', DIGESTS, 1);
process.exit(0);
