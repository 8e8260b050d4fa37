// A fleet at the pace of the clock, in a process of its own: `liveFleet.ts DIR OPTIONS`.
import type { FleetOptionsInput } from '../../fleet/options.ts';
import { simulate } from '../../fleet/simulate.ts';

const [dir = '', options = '{}'] = process.argv.slice(2);
await simulate(dir, JSON.parse(options) as FleetOptionsInput, { now: Date.now });
process.stdout.write('{}');
