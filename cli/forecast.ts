import { parseArgs } from 'node:util';
import type { z } from 'zod';
import { forecast } from '../api/forecastContract.ts';
import { problem } from '../api/contract.ts';
import { apiToken } from '../api/token.ts';
import { loadConfig } from './configFile.ts';
import { UsageError } from './usageError.ts';

export const FORECAST_HELP = `touchstone forecast SERIES [--metric NAME] [--hours N] [--confidence LIST] [--config FILE] [--data DIR] [--json]

Asks a running Touchstone what a series is expected to be: one line an hour, with the intervals that hold 80 and 95 % of values.

  SERIES             its name as /v1/series gives it, such as 'requests{exchange=x1}' or requests
  --metric NAME      left out: the number of events
  --hours N          ahead of the last window that was kept, at most 48; 6
  --confidence LIST  0.8,0.95
  --json             the whole answer as JSON, every window of it

Exit code 0; 1: too little is known of it yet, or nobody answers; 2: used wrongly, or there is no such series.`;

type Forecast = z.infer<typeof forecast>;

const HOUR_MS = 3_600_000;

/** Runs `touchstone forecast`; answers the exit code. */
export async function runForecast(argv: readonly string[]): Promise<number> {
  const { values: flags, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      metric: { type: 'string' },
      hours: { type: 'string' },
      confidence: { type: 'string' },
      config: { type: 'string' },
      data: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const [series] = positionals;
  if (series === undefined || positionals.length > 1) throw new UsageError('name one series, such as requests');
  const { config } = await loadConfig(flags);
  const host = ['0.0.0.0', '::'].includes(config.api.host) ? '127.0.0.1' : config.api.host;
  const url = new URL(`http://${host}:${String(config.api.port)}/v1/series/${encodeURIComponent(series)}/forecast`);
  for (const name of ['metric', 'hours', 'confidence'] as const)
    if (flags[name] !== undefined) url.searchParams.set(name, flags[name]);
  const { token } = await apiToken(config.data);
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } }).catch(() => undefined);
  if (response === undefined) {
    process.stderr.write(`nobody answers at ${url.origin}: is touchstone start running?\n`);
    return 1;
  }
  const body: unknown = await response.json();
  if (!response.ok) throw new UsageError(problem.parse(body).detail);
  const answer = forecast.parse(body);
  process.stdout.write(flags.json ? `${JSON.stringify(answer)}\n` : told(answer));
  return answer.points.length > 0 ? 0 : 1;
}

/** The forecast as people read it: a head, and every hour a line. */
export function told({ name, metric, basis, courseDays, provenMs, madeFrom, points }: Forecast): string {
  if (madeFrom === null) return `${metric} of ${name}: too little is known yet\n`;
  const head = `${metric} of ${name}, by ${basis} (${String(courseDays)} days), from ${timeOf(madeFrom.endMs)}; proven ${String(provenMs / 60_000)} min ahead`;
  const hourly = points.filter(
    ({ startMs, endMs }, at) => at === points.length - 1 || Math.floor(endMs / HOUR_MS) > Math.floor(startMs / HOUR_MS),
  );
  const lines = hourly.map(({ endMs, value, intervals }) => {
    const bounds = intervals.map(
      ({ confidence, low, high }) => `${shortNumber(100 * confidence)} %: ${shortNumber(low)} to ${shortNumber(high)}`,
    );
    return `${timeOf(endMs)}  ${shortNumber(value).padStart(10)}   ${bounds.join('   ')}`;
  });
  return `${[head, ...lines].join('\n')}\n`;
}

const timeOf = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');

const shortNumber = (value: number): string => String(Number(value.toPrecision(5)));
