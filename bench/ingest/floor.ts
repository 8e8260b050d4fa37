// The floor: one thread of plain Node that reads the same bytes and parses each event. Prints `{ events, cpuS }`.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [dir = ''] = process.argv.slice(2);
const files = readdirSync(dir, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ndjson') && path.includes('/'))
  .map((path) => join(dir, path));

let events = 0;
let seen = 0;
const before = process.cpuUsage();
for (const file of files) {
  const bytes = readFileSync(file);
  for (let at = 0; at < bytes.length;) {
    const newline = bytes.indexOf(10, at);
    const event = JSON.parse(bytes.toString('latin1', at, newline)) as { readonly seq?: number };
    seen += event.seq ?? 0;
    events++;
    at = newline + 1;
  }
}
const { user, system } = process.cpuUsage(before);
process.stdout.write(JSON.stringify({ events, cpuS: (user + system) / 1e6, seen }));
