import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../../core/config/config.ts';
import { program } from './program.ts';

const START_MS = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;
const EVENTS = 300_000;
const MINUTES = 3;

/** Cost per event and peak memory as the series of one cut grow: the same events, with more and more campaigns. */
export async function seriesGrowth(dir: string, counts: readonly number[]): Promise<void> {
  console.log(`\n${String(EVENTS)} events over ${String(MINUTES)} windows, by number of series:`);
  let first = 0;
  for (const campaigns of counts) {
    const logs = join(dir, `growth-${String(campaigns)}`);
    writeEvents(logs, campaigns);
    const configFile = join(dir, `growth-${String(campaigns)}.json`);
    writeFileSync(configFile, JSON.stringify(configOver(join(dir, `growth-data-${String(campaigns)}`), logs)));
    const ours = await program<{ cpuS: number; engineCpuS: number; peakMb: number; rows: number }>('ours.ts', [
      configFile,
      String(START_MS + (MINUTES - 1) * MINUTE_MS),
    ]);
    const microsOwn = (ours.cpuS * 1e6) / EVENTS;
    first = first === 0 ? microsOwn : first;
    console.log(
      `  ${String(campaigns).padStart(7)} series: ${microsOwn.toFixed(1)} us an event (${(microsOwn / first).toFixed(2)} times the first), engine ${((ours.engineCpuS * 1e6) / EVENTS).toFixed(1)} us, peak memory ${ours.peakMb.toFixed(0)} MB`,
    );
  }
}

function writeEvents(logs: string, campaigns: number): void {
  const folder = join(logs, 'bids', 's1');
  mkdirSync(folder, { recursive: true });
  const lines: string[] = [];
  for (let at = 0; at < EVENTS; at++) {
    const ts = START_MS + Math.floor((at / EVENTS) * MINUTES * MINUTE_MS);
    lines.push(
      `{"ts":${String(ts)},"server":"s1","boot":1,"seq":${String(at + 1)},"campaign":"c${String((at * 7919) % campaigns)}","priceMicros":${String(at % 997)},"latencyMs":${String(at % 61)},"url":"https://site.example/${String(at % 5_000)}"}\n`,
    );
  }
  writeFileSync(join(folder, 'a.ndjson'), lines.join(''));
  writeFileSync(join(folder, 'a.manifest.json'), JSON.stringify({ server: 's1', stream: 'bids', events: EVENTS }));
}

function configOver(data: string, logs: string): object {
  const parsed = parseConfig({
    data,
    source: { kind: 'files', dirs: [logs] },
    api: { port: 0 },
    clickhouse: { port: 0 },
    streams: {
      bids: {
        sequence: 'seq',
        fields: {
          ts: 'time',
          server: 'category',
          boot: 'integer',
          seq: 'integer',
          campaign: 'category',
          priceMicros: 'integer',
          latencyMs: 'number',
          url: 'text',
        },
        cuts: [[], ['campaign']],
        aggregates: { priceMicros: { sum: 'priceMicros' }, latencyMs: { quantiles: 'latencyMs' } },
        metrics: { events: { value: 'events' }, priceMicrosMean: { ratio: ['priceMicros', 'events'] } },
      },
    },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}
