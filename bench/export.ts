/**
 * `npm run bench:export`: how fast an hour of sealed windows is exported out of a real engine, in each format: a million raw events (EVENTS), and a cut of 1,000 series (SERIES) whose cells come from
 * four partitions. `again`: the same export when nothing has changed. Rows and cells are made by the engine. Peak memory is our process's since its start, so it shows whether it grows with the file.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { askedBy } from '../cli/export/asked.ts';
import { exportWindows } from '../cli/export/exportWindows.ts';
import { openStore, type OpenStore } from '../cli/openStore.ts';
import { type Config, parseConfig } from '../core/config/config.ts';
import { layOutStreams } from '../core/pipeline/layOutStreams.ts';
import { EXPORT_FORMATS, ExportStore } from '../core/store/export/exportStore.ts';
import { JudgeStore } from '../core/store/judgeStore.ts';

const EVENTS = Number(process.env['EVENTS'] ?? 1_000_000);
const SERIES = Number(process.env['SERIES'] ?? 1_000);
const PARTITIONS = 4;
const VALUES_A_DIGEST = 20;
const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 0, 5);

function configOf(data: string): Config {
  const parsed = parseConfig({
    data,
    clickhouse: { port: 0 },
    streams: {
      requests: {
        fields: {
          ts: 'time',
          server: 'category',
          exchange: 'category',
          filled: 'integer',
          latencyMs: 'number',
          url: 'text',
        },
        cuts: [[], ['exchange']],
        aggregates: { filled: { sum: 'filled' }, latencyMs: { quantiles: 'latencyMs' } },
        metrics: {
          events: { value: 'events' },
          fillRatio: { ratio: ['filled', 'events'] },
          latencyMsP95: { quantile: ['latencyMs', 0.95] },
        },
      },
    },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

async function fill({ connection, shards }: OpenStore, config: Config): Promise<void> {
  await layOutStreams({ config, connection, shards });
  await connection.command(
    `INSERT INTO touchstone.events_requests (topic, partition, offset, time, arrivedAt, shape, server, exchange, filled, latencyMs, url, rest)
     SELECT 'requests', concat('s', toString(number % 20), '/log'), intDiv(number, 20), fromUnixTimestamp64Milli(toInt64(${String(START_MS)} + intDiv(number * 3600000, ${String(EVENTS)}))),
       now64(3), '', concat('s', toString(number % 20)), concat('x', toString(cityHash64(number) % ${String(SERIES)})), cityHash64(number, 1) % 2,
       (cityHash64(number, 2) % 100000) / 1000, concat('https://a.example/', hex(cityHash64(number, 3)), hex(cityHash64(number, 4))), '{"campaign":"c17"}'
     FROM numbers(${String(EVENTS)})`,
  );
  // A sum is stored as two doubles, the second of what was rounded away.
  await connection.command(
    `INSERT INTO touchstone.aggregate_cells
     SELECT 'requests', fromUnixTimestamp64Milli(toInt64(${String(START_MS)} + windowAt * ${String(MINUTE_MS)})), 'exchange', concat('exchange=x', toString(series)), concat('s', toString(partition), '/log'), 0, 1,
       map('events', CAST(reinterpretAsFixedString(count()), 'String'),
           'filled', concat(CAST(reinterpretAsFixedString(toFloat64(sum(value > 50))), 'String'), repeat('\\0', 8)),
           'latencyMs', unhex(hex(quantileTDigestState(0.5)(value)))), now64(3)
     FROM (SELECT number % 60 AS windowAt, intDiv(number, 60) % ${String(SERIES)} AS series, intDiv(number, 60 * ${String(SERIES)}) % ${String(PARTITIONS)} AS partition,
             (cityHash64(number) % 100000) / 1000 AS value FROM numbers(${String(60 * SERIES * PARTITIONS * VALUES_A_DIGEST)}))
     GROUP BY windowAt, series, partition`,
  );
  const windows = Array.from({ length: 60 }, (_, at) => ({
    stream: 'requests',
    startMs: START_MS + at * MINUTE_MS,
    endMs: START_MS + (at + 1) * MINUTE_MS,
    ...{
      revision: 0,
      state: 'sealed' as const,
      events: Math.round(EVENTS / 60),
      serversExpected: 20,
      serversArrived: 20,
    },
    ...{ eventsAnnounced: undefined, digest: 0n },
  }));
  await new JudgeStore(connection, 'touchstone').save('requests', { findings: [], windows, rosters: [] }, Date.now());
}

async function measure(store: OpenStore, config: Config, what: { events: boolean; format: string }): Promise<void> {
  const dir = join(config.data, 'exported', what.format);
  const span = { from: new Date(START_MS).toISOString(), to: new Date(START_MS + 60 * MINUTE_MS).toISOString() };
  const cut = what.events ? {} : { cut: 'exchange' };
  const asked = askedBy({ ...span, ...what, ...cut, stream: 'requests', layout: 'hive' }, [dir], config);
  const times: number[] = [];
  let file = { rows: 0, bytes: 0 };
  const cpu = process.cpuUsage();
  for (let run = 0; run < 2; run++) {
    const begin = performance.now();
    const report = await exportWindows(new ExportStore(store.connection, 'touchstone'), asked, () => undefined);
    times.push((performance.now() - begin) / 1_000);
    file = report.files[0] ?? file;
  }
  const { user, system } = process.cpuUsage(cpu);
  const [first = 0, again = 0] = times;
  console.log(
    [
      `${what.events ? 'events' : 'aggregates'} ${what.format}`.padEnd(20),
      `${file.rows.toLocaleString('en')} rows of ${(file.bytes / 1e6).toFixed(1)} MB`,
      `${first.toFixed(1)} s, ${Math.round(file.rows / first).toLocaleString('en')} rows/s`,
      `again ${again.toFixed(1)} s`,
      `our CPU ${((user + system) / 1e6).toFixed(1)} s`,
      `peak ${String(Math.round(process.resourceUsage().maxRSS / 1_024))} MB`,
    ].join('  '),
  );
}

const data = mkdtempSync(join(tmpdir(), 'touchstone-export-'));
const config = configOf(data);
const store = await openStore(config, pino({ level: 'error' }, pino.destination(2)));
try {
  await fill(store, config);
  for (const events of [false, true])
    for (const format of EXPORT_FORMATS) await measure(store, config, { events, format });
} finally {
  await store.close();
  rmSync(data, { recursive: true, force: true });
}
process.exit(0);
