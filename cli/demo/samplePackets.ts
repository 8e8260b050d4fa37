import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const HOUR_MS = 3_600_000;
const EXCHANGES = ['exchange-2', 'exchange-3'] as const;
const METRICS = ['cpc', 'cpm'] as const;

/** Turns the price series in `samples/nab` (CSV `timestamp,value`, hourly, UTC) into one log of hourly packets per exchange, a gauge per metric. */
export async function writeSamplePackets(from: string, to: string): Promise<void> {
  for (const exchange of EXCHANGES) {
    const hours = new Map<number, Map<string, number>>();
    for (const metric of METRICS)
      for (const [hourMs, value] of parseSeries(
        await readFile(join(from, `${exchange}_${metric}_results.csv`), 'utf8'),
      )) {
        const gauges = hours.get(hourMs) ?? new Map<string, number>();
        hours.set(hourMs, gauges.set(metric, value));
      }
    const lines = [...hours]
      .sort(([a], [b]) => a - b)
      .map(([minute, gauges], at) => ({
        server: exchange,
        boot: 0,
        seq: at + 1,
        minute,
        build: 'nab',
        region: 'samples',
        counters: [],
        gauges: [...gauges].map(([name, value]) => ({ name, dims: { exchange }, value })),
      }));
    await mkdir(join(to, exchange), { recursive: true });
    const path = join(to, exchange, 'nab.ndjson');
    await writeFile(`${path}.part`, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await rename(`${path}.part`, path);
  }
}

/** Hours with their values. Two values of one hour are averaged. */
function parseSeries(csv: string): Map<number, number> {
  const byHour = new Map<number, number[]>();
  for (const line of csv.trim().split('\n').slice(1)) {
    const [timestamp = '', value = ''] = line.split(',');
    const hourMs = Math.floor(Date.parse(`${timestamp.replace(' ', 'T')}Z`) / HOUR_MS) * HOUR_MS;
    if (Number.isFinite(hourMs)) byHour.set(hourMs, [...(byHour.get(hourMs) ?? []), Number(value)]);
  }
  return new Map([...byHour].map(([hourMs, values]) => [hourMs, values.reduce((a, b) => a + b, 0) / values.length]));
}
