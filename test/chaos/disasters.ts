import { spawn } from 'node:child_process';
import type { EmbeddedEngine } from '../../core/store/engine/embeddedEngine.ts';
import { type Random, unitOf } from '../../fleet/rng.ts';
import { isAlive, wait } from '../support/touchstoneChild.ts';
import type { Child } from './child.ts';
import { SESSION_MS, type World } from './world.ts';

/** What happens to the world; each is one line of the report. */
export type Disaster =
  | 'member killed'
  | 'member killed at a system call'
  | 'member stopped past its session'
  | 'member leaves, another comes'
  | 'three come and go'
  | 'shipper killed'
  | 'engine killed'
  | 'engine killed at a rename'
  | 'shard killed'
  | 'broker killed'
  | 'answers of the engine lost';

/** How often each is to happen, in any order. */
export type Plan = Readonly<Partial<Record<Disaster, number>>>;

/** Lets a plan's disasters befall the world, in an order that the seed decides. Answers how many processes died by force. */
export async function befall(
  world: World,
  { plan, onDisaster }: { readonly plan: Plan; readonly onDisaster?: ((what: Disaster) => void) | undefined },
  random: Random,
): Promise<number> {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(unitOf(random) * items.length)] as Item;
  const between = (lowMs: number, highMs: number): Promise<void> => wait(lowMs + unitOf(random) * (highMs - lowMs));
  const queue = Object.entries(plan).flatMap(([what, times]) => Array<Disaster>(times).fill(what as Disaster));
  let deaths = 0;
  while (queue.length > 0) {
    const [what] = queue.splice(Math.floor(unitOf(random) * queue.length), 1);
    await reviveAll(world);
    await somethingStored(world);
    await between(0, 400);
    if (what === undefined) break;
    onDisaster?.(what);
    deaths += await ACTS[what](world, { pick, between, random });
  }
  await reviveAll(world);
  return deaths;
}

/** Waits until something was stored since: who is killed before it does anything proves nothing. Gives up when there is nothing left to store. */
async function somethingStored({ connection }: World): Promise<void> {
  const stored = async (): Promise<number> => {
    const rows = await connection
      .query<{ n: string }>('SELECT sum(offset) AS n FROM touchstone.partitions')
      .catch(() => []);
    return Number(rows[0]?.n ?? 0);
  };
  const before = await stored();
  for (const deadlineMs = Date.now() + 20_000; Date.now() < deadlineMs;) {
    if ((await stored()) > before) return;
    await wait(20);
  }
}

/** Starts whoever is dead. */
export async function reviveAll({ members, shipper }: World): Promise<void> {
  for (const child of [...members, shipper]) if (!child.isRunning) child.start();
  await wait(0);
}

interface Chance {
  readonly pick: <Item>(items: readonly Item[]) => Item;
  readonly between: (lowMs: number, highMs: number) => Promise<void>;
  readonly random: Random;
}

/** Each answers how many processes it killed. */
const ACTS: Readonly<Record<Disaster, (world: World, chance: Chance) => Promise<number>>> = {
  async 'member killed'({ members }, { pick }) {
    await pick(members).kill();
    return 1;
  },

  /** The process ends itself when it begins its n-th write to a socket or pipe: a request that is not sent, or was just sent. */
  async 'member killed at a system call'({ members }, { pick, random }) {
    const victim = pick(members);
    await victim.kill();
    const nth = 200 + Math.floor(unitOf(random) * 1_500);
    victim.start(['strace', ...killedAt('write,writev,sendto,sendmsg', nth)]);
    for (let waited = 0; victim.isRunning && waited < 15_000; waited += 50) await wait(50);
    const died = !victim.isRunning;
    await victim.kill();
    return died ? 2 : 1;
  },

  /** A zombie: it goes on, with an insert in its hands, when its partitions are another's. */
  async 'member stopped past its session'({ members }, { pick }) {
    const victim = pick(members);
    victim.signal('SIGSTOP');
    await wait(2 * SESSION_MS + 1_000);
    victim.signal('SIGCONT');
    return 0;
  },

  async 'member leaves, another comes'(world, { pick }) {
    const leaver = pick(world.members);
    leaver.signal('SIGTERM');
    const comer = world.newMember();
    comer.onLine = leaver.onLine;
    comer.start();
    await leaver.end();
    world.members.splice(world.members.indexOf(leaver), 1, comer);
    return 0;
  },

  /** The group is shared out anew with each that comes or goes. */
  async 'three come and go'(world, { between }) {
    const [first] = world.members;
    const comers = [world.newMember(), world.newMember(), world.newMember()];
    for (const comer of comers) {
      comer.onLine = first?.onLine ?? comer.onLine;
      comer.start();
      await between(300, 1_500);
    }
    await between(2_000, 5_000);
    const [killed, ...leavers] = comers;
    for (const leaver of leavers) {
      leaver.signal('SIGTERM');
      await between(0, 1_000);
    }
    await killed?.kill();
    await Promise.all(leavers.map((leaver) => leaver.end()));
    return 1;
  },

  async 'shipper killed'({ shipper }) {
    await shipper.kill();
    return 1;
  },

  'engine killed': ({ engine }) => Promise.resolve(killed(engine)),

  'shard killed': ({ shard }) => Promise.resolve(killed(shard)),

  /** The engine ends itself within a rename of a part: after it was written, before or after it is one of the table's. */
  async 'engine killed at a rename'({ engine }, { between }) {
    const pid = engine.pid();
    if (pid === undefined) return 0;
    await between(0, 1_000);
    // Calls are counted by thread, and the engine has many: the first of any of them.
    const strace = spawn('strace', [...killedAt('rename,renameat,renameat2', 1), '-p', String(pid)]);
    const gone = new Promise((resolve) => strace.once('exit', resolve));
    await Promise.race([gone, wait(15_000)]);
    strace.kill('SIGKILL');
    return isAlive(pid) ? 0 : 1;
  },

  async 'broker killed'({ kafka }, { pick, between }) {
    const broker = pick(kafka.brokers.map((_, at) => at));
    await kafka.kill(broker);
    await between(500, 3_000);
    await kafka.revive(broker);
    return 1;
  },

  /** For a while inserts are stored and nobody is told, or are not stored at all. */
  async 'answers of the engine lost'({ proxies }, { pick, random }) {
    for (const proxy of proxies)
      proxy.harm = () =>
        unitOf(random) < 0.3 ? pick(['reply lost', 'body cut', 'answer 500', 'refused'] as const) : undefined;
    await wait(2_000);
    for (const proxy of proxies) proxy.harm = () => undefined;
    return 0;
  },
};

function killed(engine: EmbeddedEngine | undefined): number {
  const pid = engine?.pid();
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
  return pid === undefined ? 0 : 1;
}

/** What strace is told, to kill whom it watches in the moment that a thread of it begins its n-th such call. */
const killedAt = (calls: string, nth: number): readonly string[] => [
  ...['-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`],
  ...['-e', `inject=${calls}:signal=SIGKILL:when=${String(nth)}`],
];

/** Counts the lines in which members say that they found rows above a commit. */
export function countInDoubt(members: readonly Child[]): { count: number } {
  const inDoubt = { count: 0 };
  for (const member of members)
    member.onLine = (line) => {
      if (line.includes('rows above their commits')) inDoubt.count++;
    };
  return inDoubt;
}
