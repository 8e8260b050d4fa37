import { planFaults } from './faultPlan.ts';
import { Ledger } from './ledger.ts';
import { fleetOptions, type FleetOptions, type FleetOptionsInput } from './options.ts';
import { rosterOf } from './roster.ts';
import { ServerLogs } from './serverLogs.ts';
import { MINUTE_MS } from './stream.ts';

/** How the fleet goes through time. */
export interface Pace {
  /** Told after each minute of the fleet, with the share of its time that is done (0..1). */
  readonly progress?: ((share: number) => void) | undefined;
  /** Asked for the present of the fleet, epoch ms; left out: everything at once, as fast as it can. */
  readonly now?: (() => number) | undefined;
  /** How many milliseconds of the fleet go by in one of ours. */
  readonly speed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Stop before this minute, as if killed: chunks that are not full stay open. */
  readonly untilMs?: number | undefined;
}

/** Bytes that may wait before they go to the disk. */
const WAITING_BYTES = 8 << 20;
/** How often lines are handed out when the fleet is live. */
const TICK_MS = 200;

/**
 * Writes the logs of a simulated fleet to `DIR/<stream>/<server>/`, and `DIR/ledger.ndjson` beside them. The same options give the same bytes,
 * at once or live; what is on the disk already is not written again. Throws ZodError or RangeError on options that do not fit.
 */
export async function simulate(dir: string, input: FleetOptionsInput, pace: Pace = {}): Promise<void> {
  const options = fleetOptions.parse(input);
  const roster = rosterOf(options);
  const plan = planFaults(options, roster);
  const ledger = new Ledger(dir);
  ledger.add({ kind: 'fleet', options, servers: roster.map(({ name }) => name) });
  ledger.addFaults(options, plan);
  const fleet = roster.map((server) => new ServerLogs({ dir, options, server, plan, ledger }));
  let atEnd = false;
  try {
    atEnd = await run(fleet, options, ledger, pace);
  } finally {
    for (const server of fleet) server.stop(atEnd);
    ledger.close();
  }
}

/** Goes minute by minute; answers whether it came to the fleet's end. */
async function run(fleet: readonly ServerLogs[], options: FleetOptions, ledger: Ledger, pace: Pace): Promise<boolean> {
  const { startMs } = options;
  const endMs = Math.min(options.endMs, pace.untilMs ?? options.endMs);
  for (let minuteMs = startMs; minuteMs < endMs; minuteMs += MINUTE_MS) {
    for (const server of fleet) server.make(minuteMs);
    await live(fleet, minuteMs, pace);
    if (pace.signal?.aborted) return false;
    const nowMs = Math.max(minuteMs + MINUTE_MS, pace.now?.() ?? 0);
    const isLive = pace.now !== undefined && nowMs < minuteMs + 2 * MINUTE_MS;
    for (const server of fleet) {
      if (isLive) server.endMinute(minuteMs, nowMs);
      else server.fillMinute(minuteMs, WAITING_BYTES / fleet.length);
    }
    if (isLive) ledger.flush();
    pace.progress?.((minuteMs + MINUTE_MS - startMs) / (endMs - startMs));
    if (minuteMs % (10 * MINUTE_MS) === 0) await new Promise(setImmediate);
  }
  return endMs === options.endMs;
}

/** Hands out a minute's lines as its time goes by; at once when it is past. */
async function live(fleet: readonly ServerLogs[], minuteMs: number, { now, speed = 1, signal }: Pace): Promise<void> {
  if (now === undefined) return;
  for (let nowMs = now(); nowMs < minuteMs + MINUTE_MS; nowMs = now()) {
    for (const server of fleet) server.release(nowMs - minuteMs, nowMs);
    await new Promise((resolve) => setTimeout(resolve, Math.min(TICK_MS, Math.max(1, TICK_MS / speed) * 5)));
    if (signal?.aborted) return;
  }
}
