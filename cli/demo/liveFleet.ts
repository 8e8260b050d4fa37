// The demo's fleet in a process of its own, so that it goes on writing whatever Touchstone does. Ends with its parent.
import type { FleetOptionsInput } from '../../fleet/options.ts';
import { simulate } from '../../fleet/simulate.ts';

const [dir, options] = process.argv.slice(2);
if (dir === undefined || options === undefined) throw new RangeError('liveFleet needs a folder and options');
const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => {
    stop.abort();
  });
process.stdin.resume();
process.stdin.on('end', () => {
  stop.abort();
});
await simulate(dir, JSON.parse(options) as FleetOptionsInput, { now: Date.now, signal: stop.signal });
process.exit(0);
