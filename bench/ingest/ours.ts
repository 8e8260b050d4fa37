// Everything but the API over a folder of logs, until all of it is stored and judged. Prints what it took as JSON.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Config } from '../../core/config/config.ts';
import { startWholeRun } from '../../test/support/wholeRun.ts';
import { cpuSecondsOf } from '../cpuSeconds.ts';

const [configFile = '', untilMs = '0'] = process.argv.slice(2);
const config = JSON.parse(readFileSync(configFile, 'utf8')) as Config;

const started = process.cpuUsage();
const startedMs = performance.now();
const run = await startWholeRun(config);
const [engine] = execFileSync('pgrep', ['-P', String(process.pid), '-f', 'host.ts'], { encoding: 'utf8' }).split('\n');
await run.judgedUntil(Number(untilMs));
const wallS = (performance.now() - startedMs) / 1_000;
const { user, system } = process.cpuUsage(started);
const engineCpuS = cpuSecondsOf(Number(engine));
const [disk] = await run.store.connection.query<{ bytes: string; rows: string }>(
  `SELECT sum(bytes_on_disk) AS bytes, sum(rows) AS rows FROM system.parts WHERE active AND database = 'touchstone' AND table LIKE 'events_%'`,
);
const peakMb = process.resourceUsage().maxRSS / 1024;
await run.stop();
process.stdout.write(
  JSON.stringify({
    cpuS: (user + system) / 1e6,
    engineCpuS,
    wallS,
    peakMb,
    rows: Number(disk?.rows),
    bytesOnDisk: Number(disk?.bytes),
  }),
);
process.exit(0);
