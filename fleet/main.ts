import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { fleetOptions, type FleetOptionsInput } from './options.ts';
import { simulate } from './simulate.ts';
import { MINUTE_MS } from './stream.ts';

const HELP = `touchstone simulate DIR [OPTIONS]

Writes the logs of a simulated fleet of ad servers to DIR/<stream>/<server>/, and the truth about them to DIR/ledger.ndjson.
The same options give the same bytes; run again, it goes on where the files end.

  --options FILE     all options as JSON (see fleet/README.md); flags win over it
  --seed N           1
  --servers N        12
  --rps N            requests of the whole fleet in a second, at the mean of the day; 20
  --start TIME       ISO 8601, a whole minute; 2026-01-01T00:00:00Z (with --live: now)
  --hours N          how long; 24
  --chunk-minutes N  15
  --compress KIND    none, gzip or zstd; none
  --fault JSON       a fault, such as '{"kind":"lost-lines","servers":0.25,"size":0.1}'; may be given many times
  --live             at the pace of the clock
  --speed N          with --live: so many times faster; 1
  --json             prints the options it ran with as JSON

Exit code 0, or 2 when it was used wrongly.`;

/** Runs `touchstone simulate`; answers the exit code. */
export async function runSimulate(argv: readonly string[]): Promise<number> {
  try {
    return await run(argv);
  } catch (error) {
    const told = usageProblem(error);
    if (told === undefined) throw error;
    process.stderr.write(`${told}\n`);
    return 2;
  }
}

async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse(argv);
  const [dir] = positionals;
  if (values.help || dir === undefined) {
    (values.help ? process.stdout : process.stderr).write(`${HELP}\n`);
    return values.help ? 0 : 2;
  }
  const options = optionsOf(values);
  const speed = numberOf('speed', values.speed) ?? 1;
  const stop = new AbortController();
  process.once('SIGINT', () => {
    stop.abort();
  });
  const startedMs = Date.now();
  const fleetStartMs = fleetOptions.parse(options).startMs;
  await simulate(dir, options, {
    progress: process.stderr.isTTY && !values.live ? bar : undefined,
    now: values.live ? () => fleetStartMs + (Date.now() - startedMs) * speed : undefined,
    speed,
    signal: stop.signal,
  });
  process.stdout.write(values.json ? `${JSON.stringify(fleetOptions.parse(options))}\n` : `${dir} is written\n`);
  return 0;
}

const parse = (argv: readonly string[]) =>
  parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      options: { type: 'string' },
      seed: { type: 'string' },
      servers: { type: 'string' },
      rps: { type: 'string' },
      start: { type: 'string' },
      hours: { type: 'string' },
      'chunk-minutes': { type: 'string' },
      compress: { type: 'string' },
      fault: { type: 'string', multiple: true },
      live: { type: 'boolean', default: false },
      speed: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });

type Flags = ReturnType<typeof parse>['values'];

function optionsOf(flags: Flags): FleetOptionsInput {
  const file =
    flags.options === undefined ? {} : (json(flags.options, readFileSync(flags.options, 'utf8')) as FleetOptionsInput);
  const startMs =
    flags.start !== undefined
      ? timeOf(flags.start)
      : (file.startMs ?? (flags.live ? Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS : Date.UTC(2026, 0, 1)));
  const hours = numberOf('hours', flags.hours);
  const chunkMinutes = numberOf('chunk-minutes', flags['chunk-minutes']);
  const given = {
    seed: numberOf('seed', flags.seed),
    servers: numberOf('servers', flags.servers),
    requestsPerSecond: numberOf('rps', flags.rps),
    startMs,
    endMs: hours === undefined ? (file.endMs ?? startMs + 24 * 3_600_000) : startMs + hours * 3_600_000,
    chunkMs: chunkMinutes === undefined ? undefined : chunkMinutes * MINUTE_MS,
    compress: flags.compress as FleetOptionsInput['compress'],
    faults: flags.fault?.map((text) => json('--fault', text) as never),
  };
  return { ...file, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}

function numberOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new RangeError(`give --${flag} as a number, got ${text}`);
  return value;
}

function timeOf(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new RangeError(`give --start as a time such as 2026-01-01T00:00:00Z, got ${text}`);
  return ms;
}

function json(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RangeError(`${name} is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function usageProblem(error: unknown): string | undefined {
  if (error instanceof z.ZodError)
    return error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`).join('\n');
  if (error instanceof RangeError) return error.message;
  if (error instanceof TypeError && 'code' in error) return error.message;
  return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? error.message : undefined;
}

/** A bar of 40 places on standard error. */
function bar(share: number): void {
  const full = Math.round(share * 40);
  process.stderr.write(
    `\r  ${'#'.repeat(full)}${'.'.repeat(40 - full)} ${(share * 100).toFixed(0)} %${share === 1 ? '\n' : ''}`,
  );
}
