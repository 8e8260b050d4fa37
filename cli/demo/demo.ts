import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../../core/config/config.ts';
import type { FleetOptionsInput } from '../../fleet/options.ts';
import { simulate } from '../../fleet/simulate.ts';
import { progressBar } from '../progressBar.ts';
import { writeSamplePackets } from './samplePackets.ts';

const MINUTE_MS = 60_000;
/** How much past the demo begins with: enough for the models. */
const PAST_MS = 4 * 60 * MINUTE_MS;
/** The regression is this old when the demo goes live. */
const REGRESSION_AGE_MS = 12 * MINUTE_MS;
/** A fleet that began longer ago than this is not gone on with (it would have to be simulated from its start); a new one takes over from now. */
const RESUMED_MS = 24 * 60 * MINUTE_MS;
const LIVE_DAYS = 30;

/** What the demo remembers between its runs: when its fleet began. */
interface DemoState {
  readonly startMs: number;
  readonly regressionMs: number;
}

/** The live fleet, in a process of its own. */
export interface DemoFleet {
  stop(): void;
}

/** Writes the past of the demo's fleet and the samples, and points the config at them. */
export async function prepareDemo(config: Config, nowMs = Date.now()): Promise<Config> {
  const dir = fleetDir(config);
  const state = resumedOrNew(config, nowMs);
  await simulate(dir, demoFleet(state), {
    untilMs: Math.floor(nowMs / MINUTE_MS) * MINUTE_MS,
    progress: progressBar('writing the past of the demo fleet'),
  });
  await writeSamplePackets(fileURLToPath(new URL('../../samples/nab/', import.meta.url)), join(dir, 'prices'));
  return { ...config, source: { kind: 'files', dirs: [dir], pollMs: 200 } };
}

/** Lets the fleet go on at the pace of the clock. */
export function startDemoFleet(config: Config): DemoFleet {
  const child = spawn(
    process.execPath,
    [
      fileURLToPath(new URL('liveFleet.ts', import.meta.url)),
      fleetDir(config),
      JSON.stringify(demoFleet(resumedOrNew(config, Date.now()))),
    ],
    { stdio: ['pipe', 'ignore', 'inherit'] },
  );
  return {
    stop() {
      child.kill('SIGTERM');
    },
  };
}

/** Twelve servers in three regions; a build on a quarter of them halves the fill rate of one exchange on one device. */
function demoFleet({ startMs, regressionMs }: DemoState): FleetOptionsInput {
  return {
    seed: 2013,
    servers: 12,
    requestsPerSecond: 30,
    builds: ['2026.1.0'],
    startMs,
    endMs: startMs + LIVE_DAYS * 86_400_000,
    faults: [
      { kind: 'build-rollout', servers: 0.25, startMs: regressionMs, build: '2026.2.0' },
      {
        kind: 'fill-rate',
        servers: 0.25,
        startMs: regressionMs,
        size: 0.5,
        where: { exchange: 'x1', device: 'phone', build: '2026.2.0' },
      },
    ],
  };
}

/** The fleet that the data folder has, or a new one: with a past the first time, without when it takes over. */
function resumedOrNew(config: Config, nowMs: number): DemoState {
  const path = join(resolve(config.data), 'demo.json');
  const known = stateIn(path);
  if (known !== undefined && nowMs - known.startMs < RESUMED_MS) return known;
  const minuteMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
  const state =
    known === undefined
      ? { startMs: minuteMs - PAST_MS, regressionMs: minuteMs - REGRESSION_AGE_MS }
      : { startMs: minuteMs, regressionMs: minuteMs };
  mkdirSync(resolve(config.data), { recursive: true });
  writeFileSync(`${path}.part`, JSON.stringify(state));
  renameSync(`${path}.part`, path);
  return state;
}

function stateIn(path: string): DemoState | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as DemoState;
  } catch {
    return undefined;
  }
}

const fleetDir = (config: Config): string => resolve(config.data, 'fleet');
