import { pino } from 'pino';
import { TopicWatch } from '../../core/sources/kafka/topicWatch.ts';
import { sourceConfig } from '../../core/config/sourceConfig.ts';
import { randomOf } from '../../fleet/rng.ts';
import { STREAMS } from '../support/faultyFleets.ts';
import { until } from '../support/touchstoneChild.ts';
import { befall, countInDoubt, type Disaster, type Plan, reviveAll } from './disasters.ts';
import { type Verdict, verdictOf } from './verdict.ts';
import { startWorld, type World, type WorldOptions } from './world.ts';

/** What came of a world that disasters befell. */
export interface Outcome {
  readonly deaths: number;
  /** Openings that found rows of a batch whose commit did not happen. A run without any proves nothing. */
  readonly inDoubt: number;
  readonly verdict: Verdict;
  /** How the last shipper and the members ended. */
  readonly ends: readonly (number | string)[];
}

/** Lets a fleet write, ship and be read while disasters befall everybody; then lets all of it come to rest, and judges. */
export async function runChaos(
  options: WorldOptions & {
    readonly plan: Plan;
    readonly seed: number;
    /** Told of each disaster as it begins. */
    readonly onDisaster?: (what: Disaster) => void;
  },
): Promise<Outcome> {
  const world = await startWorld(options);
  try {
    const inDoubt = countInDoubt(world.members);
    await reviveAll(world);
    const deaths = await befall(world, options, randomOf(options.seed, 'chaos'));
    await world.written;
    await world.shipper.kill();
    const shipped = await world.shipRest();
    await caughtUp(world);
    for (const member of world.members) member.signal('SIGTERM');
    const ends = [shipped, ...(await Promise.all(world.members.map((member) => member.end())))];
    return { deaths, inDoubt: inDoubt.count, verdict: await verdictOf(world.connection, world.fleetDir), ends };
  } finally {
    await world.stop();
  }
}

/** Waits until everything is stored that is in the topics. */
async function caughtUp({ kafka, connection, members }: World): Promise<void> {
  const source = sourceConfig.parse({ kind: 'kafka', brokers: kafka.brokers });
  if (source.kind !== 'kafka') throw new Error('it is Kafka');
  const watch = new TopicWatch(source, STREAMS, pino({ level: 'silent' }));
  try {
    await until(
      'everything is stored',
      async () => {
        const gone = members.find((member) => !member.isRunning);
        if (gone !== undefined) throw new Error(`${gone.name} ended by itself (${String(gone.ended)}): ${gone.said}`);
        const rows = await connection.query<{ stream: string; partition: string; offset: string }>(
          'SELECT stream::String AS stream, partition, offset FROM touchstone.partitions',
        );
        const offsets = new Map(
          rows.map(({ stream, partition, offset }) => [`${stream} ${partition}`, Number(offset)]),
        );
        // The cluster may not answer yet as it should.
        const ends = await watch.ends(Date.now()).catch(() => undefined);
        if (ends === undefined) return false;
        return [...ends].every(([stream, partitions]) =>
          [...partitions].every(([name, end]) => end === 0 || (offsets.get(`${stream} ${name}`) ?? 0) >= end),
        );
      },
      240_000,
    );
  } finally {
    await watch.close();
  }
}
