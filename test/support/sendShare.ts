import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Appends to each log of a fleet under `logs` what a share of its lines is still missing; `late` servers are left out. A log that is whole gets its manifest. */
export function sendShare(
  from: string,
  logs: string,
  { share, late }: { readonly share: number; readonly late: readonly string[] },
): void {
  for (const name of readdirSync(from, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!name.endsWith('.ndjson') || name === 'ledger.ndjson' || late.some((server) => name.includes(`/${server}/`)))
      continue;
    const bytes = readFileSync(join(from, name));
    const path = join(logs, name);
    mkdirSync(dirname(path), { recursive: true });
    appendFileSync(path, '');
    const there = readFileSync(path).length;
    const end =
      share === 1 ? bytes.length : Math.max(there, bytes.lastIndexOf(10, Math.floor(bytes.length * share)) + 1);
    appendFileSync(path, bytes.subarray(there, end));
    if (share === 1)
      writeFileSync(
        path.replace('.ndjson', '.manifest.json'),
        readFileSync(join(from, name.replace('.ndjson', '.manifest.json'))),
      );
  }
}
