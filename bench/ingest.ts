/**
 * `npm run bench`: files to ClickHouse with all cuts and all plugins of the demo's config, against one thread of plain Node that reads the same bytes and calls
 * JSON.parse on each event; in the same run, in turn, medians of three. `--quick`: one round and small growth. `--live`: adds three minutes at the pace of the clock.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { simulate } from '../fleet/simulate.ts';
import { openFolder } from '../test/support/openFolder.ts';
import { fleetConfig } from '../test/support/wholeRun.ts';
import { detectionDelay } from './ingest/detectionDelay.ts';
import { median, program } from './ingest/program.ts';
import { seriesGrowth } from './ingest/seriesGrowth.ts';

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 0, 1, 12);
const quick = process.argv.includes('--quick');
const ROUNDS = quick ? 1 : 3;
const FLEET = {
  seed: 7,
  servers: 20,
  requestsPerSecond: 200,
  startMs: START_MS,
  endMs: START_MS + (quick ? 10 : 60) * MINUTE_MS,
};

interface Ours {
  readonly cpuS: number;
  readonly engineCpuS: number;
  readonly wallS: number;
  readonly peakMb: number;
  readonly rows: number;
  readonly bytesOnDisk: number;
}

const { path: dir, remove } = await openFolder();
try {
  console.log(
    `node ${process.version}, ${String(cpus().length)} cores (${cpus()[0]?.model ?? '?'}); rates are events per CPU-second`,
  );
  await againstTheFloor();
  await seriesGrowth(dir, quick ? [10, 1_000] : [10, 100, 1_000, 10_000, 100_000]);
  if (process.argv.includes('--live')) await detectionDelay(dir);
} finally {
  await remove();
}
process.exit(0);

async function againstTheFloor(): Promise<void> {
  const logs = join(dir, 'logs');
  await simulate(logs, FLEET);
  const floors: number[] = [];
  const own: number[] = [];
  const whole: number[] = [];
  let last: Ours | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    const floor = await program<{ events: number; cpuS: number }>('floor.ts', [logs]);
    const configFile = join(dir, `config-${String(round)}.json`);
    writeFileSync(configFile, JSON.stringify(fleetConfig(join(dir, `data-${String(round)}`), logs)));
    const ours = await program<Ours>('ours.ts', [configFile, String(FLEET.endMs - MINUTE_MS)]);
    floors.push(floor.events / floor.cpuS);
    own.push(ours.rows / ours.cpuS);
    whole.push(ours.rows / (ours.cpuS + ours.engineCpuS));
    last = ours;
    console.log(
      `round ${String(round + 1)}: floor ${(floors.at(-1) ?? 0).toFixed(0)}, ours ${(own.at(-1) ?? 0).toFixed(0)} without and ${(whole.at(-1) ?? 0).toFixed(0)} with the engine; ` +
        `${String(ours.rows)} rows in ${ours.wallS.toFixed(1)} s of ${ours.cpuS.toFixed(1)} + ${ours.engineCpuS.toFixed(1)} CPU-seconds`,
    );
  }
  const ratios = (rates: readonly number[]): number => median(rates.map((rate, round) => rate / (floors[round] ?? 1)));
  console.log(`ratio to the floor, without the engine's CPU (at least 0.4 wanted):  ${ratios(own).toFixed(2)}`);
  console.log(`ratio to the floor, with the embedded engine (at least 0.25 wanted): ${ratios(whole).toFixed(2)}`);
  console.log(
    `bytes on disk per event: ${((last?.bytesOnDisk ?? 0) / (last?.rows ?? 1)).toFixed(0)}; peak memory of our process: ${(last?.peakMb ?? 0).toFixed(0)} MB`,
  );
}
