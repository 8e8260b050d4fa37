import { join } from 'node:path';
import { fleetConfig, startWholeRun } from '../../test/support/wholeRun.ts';
import { program } from './program.ts';

const MINUTE_MS = 60_000;
const LIVE_MINUTES = 3;
/** Requests in a second: with impressions and clicks about 1.6 times as many events; half of what one core of a slow machine sustains. */
const REQUESTS_PER_SECOND = Number(process.env['REQUESTS_PER_SECOND'] ?? 4_000);

/** From the end of a window to its findings being stored, at the pace of the clock: every server loses lines, so every window has findings. */
export async function detectionDelay(dir: string): Promise<void> {
  const logs = join(dir, 'live');
  const startMs = Math.ceil(Date.now() / MINUTE_MS) * MINUTE_MS;
  const endMs = startMs + LIVE_MINUTES * MINUTE_MS;
  const config = fleetConfig(join(dir, 'live-data'), logs);
  const run = await startWholeRun(config);
  const faults = [{ kind: 'lost-lines', size: 0.02 }];
  const fleet = { seed: 3, servers: 12, requestsPerSecond: REQUESTS_PER_SECOND, startMs, endMs, faults };
  await program('liveFleet.ts', [logs, JSON.stringify(fleet)]);
  await run.judgedUntil(endMs - MINUTE_MS);
  const [delays] = await run.store.connection.query<Record<'p50' | 'p99' | 'n', string>>(
    `SELECT quantileExact(0.5)(d) AS p50, quantileExact(0.99)(d) AS p99, count() AS n FROM
       (SELECT toUnixTimestamp64Milli(foundAt) - toUnixTimestamp64Milli(windowEnd) AS d FROM touchstone.findings WHERE plugin = 'completeness' AND stream = 'requests')`,
  );
  await run.stop();
  console.log(
    `\nlive at ${String(REQUESTS_PER_SECOND)} requests a second: window's end to stored finding p50 ${delays?.p50 ?? '?'} ms, p99 ${delays?.p99 ?? '?'} ms over ${delays?.n ?? '?'} findings (p99 under 2000 wanted)`,
  );
}
