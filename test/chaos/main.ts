// `npm run chaos`: kills everybody again and again, and counts what is stored afterwards. One line for each number of members.
import { parseArgs } from 'node:util';
import type { Plan } from './disasters.ts';
import { runChaos } from './run.ts';
import { holds, told } from './verdict.ts';

const HELP = `npm run chaos -- [OPTIONS]

A simulated fleet with every fault of lines writes its logs; a shipper produces them to a real Kafka; several processes read them into a real ClickHouse. All of them are
killed, stopped, cut off and started again while that goes on. What is stored at the end is held against the fleet's files.

  --kills N        of members, for each number of members; 60
  --members LIST   1,2,4
  --brokers N      1 or 3; 1
  --shards N       1 or 2; 1. Two: raw events are spread over two servers, and one of them is killed, too
  --seed N         1
  --only NAME      only this disaster, N times; may be given again for others

Exit code 0: nothing lost, nothing twice. 1: something was, or no restart was in doubt, so that the run proves nothing.`;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '60' },
    members: { type: 'string', default: '1,2,4' },
    brokers: { type: 'string', default: '1' },
    shards: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(`${HELP}\n`);
  process.exit(0);
}

/** A kill takes about so long, with what it takes for the others to go on. */
const KILL_MS = 4_000;

const kills = Number(values.kills);
const shards = values.shards === '2' ? 2 : 1;
const some = (share: number): number => Math.ceil(kills * share);
const plan: Plan =
  values.only === undefined
    ? {
        'member killed': kills,
        'member killed at a system call': some(0.05),
        'member stopped past its session': some(0.05),
        'member leaves, another comes': some(0.08),
        'three come and go': some(0.04),
        'shipper killed': some(0.1),
        'engine killed': some(0.08),
        'engine killed at a rename': some(0.03),
        ...(shards === 2 ? { 'shard killed': some(0.25) } : {}),
        'broker killed': some(0.03),
        'answers of the engine lost': some(0.08),
      }
    : Object.fromEntries(values.only.map((name) => [name, kills]));

const disasters = Object.values(plan).reduce((sum, times) => sum + times, 0);

let isWell = true;
for (const members of values.members.split(',').map(Number)) {
  const counts = new Map<string, number>();
  const { deaths, inDoubt, verdict } = await runChaos({
    brokers: values.brokers === '3' ? 3 : 1,
    ...{
      shards,
      members,
      partitions: 4,
      plan,
      seed: Number(values.seed) + members,
      writingMs: 30_000 + disasters * KILL_MS,
    },
    onDisaster: (what) => {
      counts.set(what, (counts.get(what) ?? 0) + 1);
      process.stderr.write(
        `  ${String(members)} members: ${[...counts].map(([name, count]) => `${name} ${String(count)}`).join(', ')}\n`,
      );
    },
  });
  const proves = inDoubt > 0 ? '' : '; no restart was in doubt: THIS PROVES NOTHING';
  process.stdout.write(
    `${String(members)} members, ${shards === 2 ? '2 shards, ' : ''}kills ${String(deaths)}, in doubt ${String(inDoubt)} openings: ${told(verdict)}${proves}\n`,
  );
  isWell &&= holds(verdict) && inDoubt > 0;
}
process.exit(isWell ? 0 : 1);
