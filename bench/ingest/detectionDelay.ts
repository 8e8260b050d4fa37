import { join } from 'node:path';
import type { Connection } from '../../core/store/connection.ts';
import { fleetConfig, startWholeRun } from '../../test/support/wholeRun.ts';
import { program } from './program.ts';

const MINUTE_MS = 60_000;
const LIVE_MINUTES = 3;
/** Requests in a second: with impressions and clicks about 1.6 times as many events; half of what one core of a slow machine sustains. */
const REQUESTS_PER_SECOND = Number(process.env['REQUESTS_PER_SECOND'] ?? 4_000);

/** From the end of a window to its findings, at the pace of the clock: every server loses lines, so every window has findings. */
export async function detectionDelay(dir: string): Promise<void> {
  const logs = join(dir, 'live');
  const startMs = Math.ceil(Date.now() / MINUTE_MS) * MINUTE_MS;
  const measuredMs = startMs + LIVE_MINUTES * MINUTE_MS;
  // One minute more: a window ends when later events come.
  const endMs = measuredMs + MINUTE_MS;
  const config = fleetConfig(join(dir, 'live-data'), logs);
  const run = await startWholeRun(config);
  const faults = [{ kind: 'lost-lines', size: 0.02 }];
  const fleet = { seed: 3, servers: 12, requestsPerSecond: REQUESTS_PER_SECOND, startMs, endMs, faults };
  const over = program('liveFleet.ts', [logs, JSON.stringify(fleet)]).then(() =>
    run.judgedUntil(measuredMs - MINUTE_MS),
  );
  const delaysMs = await firstSeen(run.store.connection, measuredMs, over);
  await run.stop();
  const sorted = [...delaysMs].sort((a, b) => a - b);
  const at = (q: number): string => (sorted[Math.floor(q * (sorted.length - 1))] ?? Number.NaN).toFixed(0);
  console.log(
    `\nlive at ${String(REQUESTS_PER_SECOND)} requests a second: from a window's end to its finding being seen in the store p50 ${at(0.5)} ms, p99 ${at(0.99)} ms over ${String(sorted.length)} findings (p99 under 2000 wanted)`,
  );
}

/** Looks at the store ten times a second; answers how long after its window's end each finding was there first. (A finding of a later revision says when that was found.) */
async function firstSeen(connection: Connection, untilMs: number, over: Promise<unknown>): Promise<number[]> {
  const seen = new Map<string, number>();
  const state = { isOver: false };
  void over.then(() => (state.isOver = true));
  while (!state.isOver) {
    const rows = await connection.query<{ id: string; endMs: string }>(
      `SELECT id, toUnixTimestamp64Milli(windowEnd) AS endMs FROM touchstone.findings WHERE plugin = 'completeness' AND stream = 'requests' AND windowEnd <= fromUnixTimestamp64Milli({untilMs:Int64})`,
      { untilMs },
    );
    const nowMs = Date.now();
    for (const { id, endMs } of rows) if (!seen.has(id)) seen.set(id, nowMs - Number(endMs));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return [...seen.values()];
}
