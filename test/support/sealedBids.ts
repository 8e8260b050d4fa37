import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MIGRATIONS } from '../../cli/openStore.ts';
import type { Config } from '../../core/config/config.ts';
import { StreamIngest } from '../../core/pipeline/ingest/streamIngest.ts';
import { saveAggregateKinds } from '../../core/store/aggregateKinds.ts';
import { writeCellBlock } from '../../core/store/cellTable.ts';
import { JudgeStore } from '../../core/store/judgeStore.ts';
import type { WindowRow } from '../../core/store/judgementRows.ts';
import { migrate } from '../../core/store/migrate.ts';
import { NativeWriter } from '../../core/store/nativeWriter.ts';
import { PartitionCells } from '../../core/windows/partitionCells.ts';
import { bidLine, bidsConfig, bytesOf } from './adStream.ts';
import { BIDS } from './bidsRun.ts';
import { startTestEngine, type TestEngine } from './engine.ts';
import { openFolder } from './openFolder.ts';
import { storeLines } from './storedLines.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** Two hours of three servers; the first 90 minutes are sealed. */
export const START_MS = Date.UTC(2026, 5, 1, 12);
const SEALED_MS = START_MS + 90 * MINUTE;
/** A month later: a minute with one event in each of so many hours, all sealed. */
export const LATER_MS = Date.UTC(2026, 6, 1);
export const LATER_HOURS = 36;

const SERVERS = ['s1', 's2', 's3'];
const EXCHANGES = ['x0', 'x1', 'a,b=c\\d', 'ü "\u{1f600}"', ''];
const FIELDS = { ...BIDS.fields, hour: 'category', filled: 'boolean' };

const EVENTS = [
  ...Array.from({ length: 3_600 }, (_, at) => eventAt(START_MS + at * 2_000, at)),
  ...Array.from({ length: LATER_HOURS }, (_, at) => eventAt(LATER_MS + at * HOUR, at * 3)),
];

/** x0 has no values at all. */
function eventAt(ts: number, at: number): Readonly<Record<string, unknown>> & { readonly server: string } {
  const exchange = EXCHANGES[(at * 7) % EXCHANGES.length];
  const valued = exchange !== 'x0';
  return {
    ts,
    server: SERVERS[at % SERVERS.length] ?? '',
    exchange,
    priceMicros: valued ? ((at * 104_729) % 100_003) - 50_000 : null,
    latencyMs: valued ? (at % 997) * 0.1 : null,
    url: valued ? `https://a.example/${String((at * 31) % 301)}` : null,
    hour: 'h',
    filled: valued ? at % 2 === 0 : null,
    extra: at,
  };
}

/** A stream `bids` in an engine of its own, with windows that are sealed and windows that are not. */
export interface SealedBids {
  readonly engine: TestEngine;
  readonly config: Config;
  /** A folder to export to that is not there yet. */
  readonly freshDir: () => string;
  /** Late events of another server; their window is judged again. */
  readonly restate: (startMs: number, revision: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export async function startSealedBids(): Promise<SealedBids> {
  const [engine, folder] = await Promise.all([startTestEngine(), openFolder()]);
  const { admin } = engine;
  const { url, ...more } = { url: engine.engine.url, ...engine.engine.admin };
  const base = bidsConfig({
    sequence: undefined,
    fields: FIELDS,
    cuts: [[], ['exchange'], ['exchange', 'hour']],
    aggregates: {
      revenueMicros: { sum: 'priceMicros' },
      latencySum: { sum: 'latencyMs' },
      cheapest: { min: 'priceMicros' },
      dearest: { max: 'priceMicros' },
      latencyMs: { quantiles: 'latencyMs' },
      latencySureMs: { qDigest: 'latencyMs', unit: 0.1 },
      urls: { distinct: 'url' },
      topUrls: { topK: 'url' },
    },
    metrics: {
      events: { value: 'events' },
      priceMean: { ratio: ['revenueMicros', 'events'] },
      perPrice: { ratio: ['events', 'cheapest'] },
      latencyMsP95: { quantile: ['latencyMs', 0.95] },
      latencySureMsP50: { quantile: ['latencySureMs', 0.5] },
      pages: { value: 'urls' },
    },
  });
  const config = { ...base, data: folder.path, clickhouse: { ...base.clickhouse, url, ...more } };
  await migrate(admin, { dir: MIGRATIONS, database: 'touchstone', ttlDays: 3_650 });
  const stream = new StreamIngest('bids', config, []);
  await saveAggregateKinds(admin, 'touchstone', [stream.windows.plan], START_MS);
  const grow = (server: string, partition: string, events: readonly object[]): Promise<void> =>
    store(engine, stream, { partition, lines: events.map((event) => bidLine({ ...event, server })).join('') });
  for (const server of SERVERS)
    await grow(
      server,
      `${server}/a`,
      EVENTS.filter((event) => event.server === server),
    );
  await judged(engine, [
    ...Array.from({ length: 120 }, (_, at) => windowAt(START_MS + at * MINUTE)),
    ...Array.from({ length: LATER_HOURS }, (_, at) => windowAt(LATER_MS + at * HOUR)),
  ]);
  let dirs = 0;
  return {
    engine,
    config,
    freshDir: () => join(folder.path, `export${String(++dirs)}`),
    async restate(startMs, revision) {
      await grow('s4', `s4/${String(startMs)}`, [eventAt(startMs, 2), eventAt(startMs + 1, 3)]);
      await judged(engine, [{ ...windowAt(startMs), revision, serversArrived: 4 }]);
    },
    async stop() {
      await engine.stop();
      await rm(folder.path, { recursive: true, force: true });
    },
  };
}

async function store(
  { admin }: TestEngine,
  stream: StreamIngest,
  { partition, lines }: { readonly partition: string; readonly lines: string },
): Promise<void> {
  await storeLines(admin, stream, lines, partition);
  const cells = new PartitionCells(stream.windows);
  cells.grow(stream.decode({ bytes: bytesOf(lines), offset: 0, partition }, LATER_MS + 1_000 * HOUR));
  const writer = new NativeWriter();
  writeCellBlock(writer, stream.windows.plan, cells.takeChanged(), { partition, arrivedAtMs: START_MS });
  await admin.insertBytes({ table: 'touchstone.aggregate_cells', format: 'Native', body: writer.take() });
}

let judgedMs = LATER_MS;
const judged = ({ admin }: TestEngine, windows: readonly WindowRow[]): Promise<void> =>
  new JudgeStore(admin, 'touchstone').save('bids', { findings: [], windows, rosters: [] }, ++judgedMs);

const windowAt = (startMs: number): WindowRow => ({
  stream: 'bids',
  startMs,
  endMs: startMs + MINUTE,
  revision: 0,
  state: startMs < SEALED_MS || startMs >= LATER_MS ? 'sealed' : 'complete',
  events: EVENTS.filter(({ ts }) => Number(ts) >= startMs && Number(ts) < startMs + MINUTE).length,
  serversExpected: 3,
  serversArrived: 3,
  eventsAnnounced: 30,
  digest: 1n,
});
