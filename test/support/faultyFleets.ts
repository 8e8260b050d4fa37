import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LedgerLine } from '../../fleet/ledger.ts';
import type { FleetOptionsInput } from '../../fleet/options.ts';
import { simulate } from '../../fleet/simulate.ts';
import { type Stream, STREAMS, SUMMED_FIELDS } from '../../fleet/stream.ts';
import { config as demoConfig } from '../../touchstone.config.ts';
import type { Declared, Total } from './logTruth.ts';

export { STREAMS } from '../../fleet/stream.ts';

export const MINUTES = 40;
export const START_MS = Date.UTC(2026, 0, 1, 12);
export const END_MS = START_MS + MINUTES * 60_000;
const minute = (at: number): number => START_MS + at * 60_000;

/** Every fault that befalls lines, on the four servers of the plain fleet. */
const faults: NonNullable<FleetOptionsInput['faults']> = [
  { kind: 'lost-lines', servers: ['eu-01'], startMs: minute(3), endMs: minute(9), size: 0.2 },
  { kind: 'truncated-line', servers: 1, startMs: minute(5), endMs: minute(20), size: 0.05 },
  { kind: 'garbage-bytes', servers: 1, startMs: minute(10), endMs: minute(30), size: 0.05 },
  { kind: 'duplicate-chunk', servers: ['eu-02'], startMs: minute(10), endMs: minute(20) },
  { kind: 'reorder', servers: ['eu-03'], size: 30_000 },
  { kind: 'clock-skew', servers: ['eu-04'], startMs: minute(12), endMs: minute(18), size: -150_000 },
  { kind: 'type-changed', servers: 0.5, startMs: minute(20), endMs: minute(26), size: 0.3 },
  { kind: 'null-rate', servers: 0.5, startMs: minute(8), endMs: minute(16) },
  { kind: 'field-added', servers: 1, startMs: minute(15), endMs: minute(25), size: 0.5 },
  { kind: 'field-removed', servers: 0.5, startMs: minute(22), endMs: minute(30) },
  { kind: 'field-renamed', servers: 0.25, startMs: minute(26), endMs: minute(34) },
  { kind: 'new-enum-value', servers: 0.5, startMs: minute(18), endMs: minute(36) },
  { kind: 'build-rollout', servers: 0.25, startMs: minute(25) },
];
/** Deaths take away whole minutes: they befall the plain fleet only, where they leave logs without manifests. */
const dead: typeof faults = [{ kind: 'dead', servers: ['eu-03'], startMs: minute(21), endMs: minute(24) }];

const inRegion = (region: string, list: typeof faults): typeof faults =>
  list.map((fault) =>
    Array.isArray(fault.servers)
      ? { ...fault, servers: fault.servers.map((name) => name.replace('eu', region)) }
      : fault,
  );

const FLEETS: readonly {
  readonly region: string;
  readonly compress: 'none' | 'gzip' | 'zstd';
  readonly rps: number;
}[] = [
  { region: 'eu', compress: 'none', rps: 4 },
  { region: 'us', compress: 'gzip', rps: 2 },
  { region: 'ap', compress: 'zstd', rps: 2 },
];

/** Writes a plain, a gzip and a zstd fleet into the folders, as many as there are; the time of all of them goes by within `withinMs` of ours. */
export async function writeFleets(dirs: readonly string[], withinMs: number): Promise<void> {
  const speed = (MINUTES * 60_000) / withinMs;
  const beganMs = Date.now();
  await Promise.all(
    FLEETS.slice(0, dirs.length).map(({ region, compress, rps }, at) =>
      simulate(
        dirs[at] ?? '',
        {
          seed: 7 + at,
          servers: 4,
          regions: [region],
          requestsPerSecond: rps,
          startMs: START_MS,
          endMs: END_MS,
          chunkMs: 300_000,
          compress,
          faults: inRegion(region, compress === 'none' ? [...faults, ...dead] : faults),
        },
        { now: () => START_MS + (Date.now() - beganMs) * speed, speed },
      ),
    ),
  );
}

/** What the ledgers say of each stream, server and window. */
export function ledgerTotals(dirs: readonly string[]): Map<string, Total> {
  const totals = new Map<string, Total>();
  for (const dir of dirs)
    for (const text of readFileSync(join(dir, 'ledger.ndjson'), 'utf8').trimEnd().split('\n')) {
      const line = JSON.parse(text) as LedgerLine;
      if (line.kind !== 'window' || line.events === 0) continue;
      const key = `${line.stream} ${line.server} ${String(line.startMs)}`;
      const total = totals.get(key) ?? {
        events: 0,
        sums: Object.fromEntries(SUMMED_FIELDS[line.stream].map((field) => [field, 0])),
      };
      totals.set(key, total);
      total.events += line.events;
      for (const [field, sum] of Object.entries(line.sums)) total.sums[field] = (total.sums[field] ?? 0) + sum;
    }
  return totals;
}

const PACKET_FIELDS = {
  minute: 'time',
  server: 'category',
  boot: 'integer',
  seq: 'integer',
  build: 'category',
  region: 'category',
};
const { prices: _, ...demoStreams } = demoConfig.streams;

const declared = (stream: Stream): Declared => ({
  time: stream === 'packets' ? 'minute' : 'ts',
  fields: stream === 'packets' ? PACKET_FIELDS : demoStreams[stream].fields,
  sums: SUMMED_FIELDS[stream],
});

/** Sums of everything that the ledger sums, and extremes of the latency. */
const aggregatesOf = (stream: Exclude<Stream, 'packets'>): object => ({
  ...Object.fromEntries(SUMMED_FIELDS[stream].map((field) => [field, { sum: field }])),
  latencyMsLowest: { min: 'latencyMs' },
  latencyMsHighest: { max: 'latencyMs' },
  latencyMsSpread: { quantiles: 'latencyMs' },
});

const columnsOf = (stream: Exclude<Stream, 'packets'>): Record<string, string> => ({
  events: 'count()',
  ...Object.fromEntries(SUMMED_FIELDS[stream].map((field) => [field, `ifNull(sum(${field}), 0)`])),
  latencyMsLowest: 'min(latencyMs)',
  latencyMsHighest: 'max(latencyMs)',
});

const CUTS = {
  requests: [[], ['exchange'], ['country'], ['exchange', 'device']],
  impressions: [[], ['exchange']],
  clicks: [[]],
};

/** The fleets' streams: as the config declares them, as the truth is told, and what is compared of their judged cuts. */
export const DECLARED = {
  config: {
    packets: { kind: 'packets' },
    ...Object.fromEntries(
      (['requests', 'impressions', 'clicks'] as const).map((stream) => [
        stream,
        { sequence: 'seq', fields: demoStreams[stream].fields, cuts: CUTS[stream], aggregates: aggregatesOf(stream) },
      ]),
    ),
  },
  truth: Object.fromEntries(STREAMS.map((stream) => [stream, declared(stream)])) as Record<Stream, Declared>,
  judged: (['requests', 'impressions', 'clicks'] as const).flatMap((stream) =>
    CUTS[stream].map((cut) => ({ stream, cut, columns: columnsOf(stream) })),
  ),
};
