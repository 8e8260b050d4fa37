/**
 * `npm run bench:detect`: how many false findings a clean day of the simulated fleet gives, and how soon each planted fault is found. Real files, real engine, all plugins.
 * Expectations come from the fleet's ledger of faults, not from the system under test.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fault } from '../fleet/fault.ts';
import { simulate } from '../fleet/simulate.ts';
import { fleetConfig, startWholeRun } from '../test/support/wholeRun.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START = Date.UTC(2026, 0, 1);
const FLEET = { seed: Number(process.env['SEED'] ?? 7), servers: 12, requestsPerSecond: 20 };

/** A fault with the checks that it is the business of. */
interface Planted {
  readonly fault: Partial<Fault> & { kind: Fault['kind'] };
  readonly checks: readonly string[];
}

const OUTLIER = ['unusually-low', 'unusually-high', 'went-silent'];
const PLANTED: readonly Planted[] = [
  { fault: { kind: 'dead', servers: 0.1 }, checks: ['server-silent'] },
  { fault: { kind: 'lost-chunk', servers: 0.1, stream: 'requests' }, checks: ['incomplete'] },
  { fault: { kind: 'lost-lines', servers: 0.1 }, checks: ['incomplete'] },
  { fault: { kind: 'duplicate-chunk', servers: 0.1, stream: 'requests' }, checks: ['duplicated'] },
  { fault: { kind: 'clock-skew', servers: 0.1 }, checks: ['server-silent', 'incomplete'] },
  { fault: { kind: 'truncated-line', servers: 0.1, size: 0.1 }, checks: ['incomplete'] },
  { fault: { kind: 'garbage-bytes', servers: 0.1, size: 0.1 }, checks: ['incomplete'] },
  { fault: { kind: 'fill-rate', where: { exchange: 'x2', device: 'phone' } }, checks: OUTLIER },
  { fault: { kind: 'latency', where: { exchange: 'x3' } }, checks: OUTLIER },
  { fault: { kind: 'price-scale', where: { country: 'NL' } }, checks: OUTLIER },
  { fault: { kind: 'freeze', field: 'latencyMs' }, checks: OUTLIER },
  { fault: { kind: 'freeze', field: 'priceMicros' }, checks: OUTLIER },
  { fault: { kind: 'field-added', servers: 0.25 }, checks: ['field-added', 'null-rate-changed'] },
  { fault: { kind: 'field-removed' }, checks: ['field-removed'] },
  { fault: { kind: 'field-renamed' }, checks: ['field-removed'] },
  { fault: { kind: 'type-changed', servers: 0.25 }, checks: ['type-changed'] },
  { fault: { kind: 'type-changed', servers: 0.25, field: 'url' }, checks: ['type-changed'] },
  { fault: { kind: 'null-rate', servers: 0.25 }, checks: ['null-rate-changed'] },
  { fault: { kind: 'new-enum-value', servers: 0.25 }, checks: ['new-enum-value'] },
];
const FAULT_MINUTES = 15;

interface Found {
  readonly check: string;
  readonly plugin: string;
  readonly stream: string;
  readonly series: string;
  readonly text: string;
  readonly startMs: number;
}

/** Runs a fleet through everything; answers all findings that stand, and the number of judged series. */
async function findingsOf(faults: readonly Fault[], hours: number): Promise<{ found: Found[]; series: number }> {
  const dir = mkdtempSync(join(tmpdir(), 'touchstone-detect-'));
  const endMs = START + hours * HOUR_MS;
  try {
    await simulate(join(dir, 'logs'), { ...FLEET, startMs: START, endMs, faults: [...faults] });
    const run = await startWholeRun(fleetConfig(join(dir, 'data'), join(dir, 'logs')));
    await run.judgedUntil(endMs - 2 * MINUTE_MS);
    const found = await run.store.connection.query<Omit<Found, 'startMs'> & { startMs: string }>(
      `SELECT check, plugin, stream, series, text, toString(toUnixTimestamp64Milli(windowStart)) AS startMs FROM touchstone.findings ORDER BY windowStart, plugin, check, series`,
    );
    const [count] = await run.store.connection.query<{ series: string }>(
      `SELECT toString(uniqExact(stream, series)) AS series FROM touchstone.aggregate_cells WHERE cut NOT IN ('server', 'server,metric', 'build')`,
    );
    await run.stop();
    return { found: found.map((row) => ({ ...row, startMs: Number(row.startMs) })), series: Number(count?.series) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function cleanDay(): Promise<void> {
  const { found, series } = await findingsOf([], 24);
  console.log(
    `\nclean day: ${String(found.length)} false findings over ${String(series)} series: ${((100 * found.length) / series).toFixed(2)} per 100 series (at most 1 wanted)`,
  );
  for (const { text } of found.slice(0, 40)) console.log(`  ${text}`);
}

async function faults(): Promise<void> {
  const warmUpMs = 2 * HOUR_MS;
  const spacingMs = HOUR_MS;
  const planted = PLANTED.map(({ fault, checks }, at) => {
    const startMs = START + warmUpMs + at * spacingMs;
    return { checks, startMs, fault: { ...fault, startMs, endMs: startMs + FAULT_MINUTES * MINUTE_MS } as Fault };
  });
  const { found } = await findingsOf(
    planted.map(({ fault }) => fault),
    2 + PLANTED.length,
  );
  let late = 0;
  const explained = new Set<Found>();
  console.log('\nfaults, and the windows until each was found (at most 3 wanted):');
  for (const { fault, checks, startMs } of planted) {
    const during = found.filter((one) => one.startMs >= startMs && one.startMs < startMs + spacingMs / 2);
    for (const one of during) explained.add(one);
    const first = during.find(({ check }) => checks.includes(check));
    const windows = first === undefined ? Number.POSITIVE_INFINITY : (first.startMs - startMs) / MINUTE_MS + 1;
    if (windows > 3) late++;
    console.log(
      `  ${fault.kind.padEnd(16)} ${first === undefined ? 'NOT FOUND' : `${String(windows)}  ${first.text}`}`,
    );
  }
  const others = found.filter((one) => !explained.has(one));
  console.log(
    `\n${String(PLANTED.length - late)} of ${String(PLANTED.length)} found within three windows; ${String(others.length)} findings more than half an hour after any fault`,
  );
  for (const { text, startMs } of others.slice(0, 20)) console.log(`  ${new Date(startMs).toISOString()} ${text}`);
}

const wanted = process.argv[2];
if (wanted !== 'clean') await faults();
if (wanted !== 'faults') await cleanDay();
process.exit(0);
