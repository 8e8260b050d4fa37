import { appendFileSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Config, parseConfig } from '../../core/config/config.ts';
import type { Connection } from '../../core/store/connection.ts';
import { startTestEngine, type TestEngine } from './engine.ts';
import type { Declared } from './logTruth.ts';
import { openFolder } from './openFolder.ts';
import { until } from './touchstoneChild.ts';
import { startWholeRun, type WholeRun } from './wholeRun.ts';

const FIELDS = {
  ts: 'time',
  server: 'category',
  exchange: 'category',
  priceMicros: 'integer',
  latencyMs: 'number',
  url: 'text',
};
/** How `bids` is declared, for the truth. */
export const BIDS: Declared = { time: 'ts', fields: FIELDS, sums: ['priceMicros'] };

/** A stream `bids`, logs that a test writes, and an engine of its own that outlives what reads them. */
export interface BidsRun {
  readonly engine: TestEngine;
  readonly logs: string;
  append(log: string, bytes: string | Uint8Array): void;
  close(log: string): void;
  truncate(log: string, bytes: number): void;
  /** Starts everything over the logs; `url` is where ClickHouse is found. */
  start(overrides?: Record<string, unknown>, url?: string): Promise<WholeRun>;
  /** Waits until so many bytes of logs are stored. */
  stored(bytes: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startBidsRun(startEngine: () => Promise<TestEngine> = startTestEngine): Promise<BidsRun> {
  const folder = await openFolder();
  const engine = await startEngine();
  const logs = join(folder.path, 'logs');
  const path = (log: string, ending: string): string => join(logs, 'bids', `${log}${ending}`);
  return {
    engine,
    logs,
    append(log, bytes) {
      mkdirSync(dirname(path(log, '')), { recursive: true });
      appendFileSync(path(log, '.ndjson'), bytes);
    },
    close(log) {
      writeFileSync(path(log, '.manifest.json'), JSON.stringify({ server: log.split('/')[0], stream: 'bids' }));
    },
    truncate(log, bytes) {
      truncateSync(path(log, '.ndjson'), bytes);
    },
    start: (overrides = {}, url = engine.engine.url) =>
      startWholeRun(configOf({ data: folder.path, logs, clickhouse: { url, ...engine.engine.admin }, overrides })),
    stored: (bytes) =>
      until(`${String(bytes)} bytes are stored`, async () => (await storedBytes(engine.admin)) === bytes),
    async stop() {
      await engine.stop();
      await folder.remove();
    },
  };
}

interface ConfigParts {
  readonly data: string;
  readonly logs: string;
  readonly clickhouse: object;
  readonly overrides: Record<string, unknown>;
}

function configOf({ data, logs, clickhouse, overrides }: ConfigParts): Config {
  const parsed = parseConfig({
    data,
    api: { port: 0 },
    clickhouse,
    source: { kind: 'files', dirs: [logs], pollMs: 20 },
    ingest: { rowsMax: 100, idleMsMax: 0 },
    streams: {
      bids: {
        fields: FIELDS,
        cuts: [[], ['exchange']],
        aggregates: { priceMicros: { sum: 'priceMicros' } },
        metrics: { events: { value: 'events' } },
      },
    },
    plugins: {},
    ...overrides,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

async function storedBytes(connection: Connection): Promise<number> {
  const [row] = await connection.query<{ n: string }>('SELECT sum(offset) AS n FROM touchstone.partitions');
  return Number(row?.n);
}

/** `count` events of a server as lines, from number `from`; 20 to a minute, over ten exchanges. */
export const bids = (server: string, count: number, from = 0): string =>
  Array.from({ length: count }, (_, at) => {
    const n = from + at;
    const ts = Date.UTC(2026, 0, 1) + n * 3_000;
    return `${JSON.stringify({ ts, server, exchange: `x${String(n % 10)}`, priceMicros: n * 7, latencyMs: n / 8, url: `https://a.example/${String(n)}` })}\n`;
  }).join('');
