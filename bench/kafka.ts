/**
 * `npm run bench:kafka`: one topic of a real broker, read by a client that parses each event (the floor), by Touchstone, and by its peers; in the same run, in turn, medians of
 * three; before it Touchstone in 1, 2 and 4 processes. `--events N`: about so many events. `--rounds N`. `--only TEXT`: the floor and whoever has TEXT in the name. `--topic none|zstd`: one of the two topics.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { simulate } from '../fleet/simulate.ts';
import { startKafka, type TestKafka } from '../test/support/kafka/kafka.ts';
import { openFolder } from '../test/support/openFolder.ts';
import { cpuSecondsOf } from './cpuSeconds.ts';
import type { Contestant, Course, Measured } from './kafka/contest.ts';
import { filledTopic, type Produced, removeTopic } from './kafka/filledTopics.ts';
import { floor } from './kafka/floors.ts';
import { ours, oursSpread } from './kafka/ours.ts';
import { platformaticFolder } from './kafka/platformatic.ts';
import { streams, streamsClasses } from './kafka/streams.ts';
import { printTable } from './kafka/table.ts';
import { tableEngine } from './kafka/tableEngine.ts';

const { values: flags } = parseArgs({
  options: {
    events: { type: 'string', default: '150000' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    topic: { type: 'string' },
  },
});
const MINUTE_MS = 60_000;
const MINUTES = 20;
const START_MS = Date.UTC(2026, 0, 1, 12);
const END_MS = START_MS + MINUTES * MINUTE_MS;
/** The simulated fleet's traffic at noon, as a share of the day's mean. */
const NOON = 1.11;
const ROUNDS = Number(flags.rounds);

const folder = await openFolder();
const logs = join(folder.path, 'logs');
console.log(`node ${process.version}, ${String(cpus().length)} cores (${cpus()[0]?.model ?? '?'})`);
const requestsPerSecond = Number(flags.events) / (MINUTES * 60) / NOON;
await simulate(logs, {
  seed: 7,
  servers: 20,
  requestsPerSecond,
  startMs: START_MS,
  endMs: END_MS,
  streams: ['requests'],
});
const [platformatic, classes] = [await platformaticFolder(), await streamsClasses()];
/** A group waits so long for more members before it begins, so that processes that start together share from the first event. */
const gathering = await startKafka({ properties: ['group.initial.rebalance.delay.ms=3000'] });
try {
  if (flags.only === undefined || 'ingesting'.includes(flags.only)) await scaleOut(gathering);
} finally {
  await gathering.stop();
}
const kafka = await startKafka();
try {
  for (const compression of ['none', 'zstd'] as const)
    if (flags.topic === undefined || flags.topic === compression) await contest(compression);
} finally {
  await kafka.stop();
  await folder.remove();
}
process.exit(0);

async function contest(compression: 'none' | 'zstd'): Promise<void> {
  const title = await consuming(kafka, compression, wanted(compression));
  if (flags.only === undefined || 'producing'.includes(flags.only)) await producing(compression, title);
}

function scaleOut(broker: TestKafka): Promise<string> {
  return consuming(broker, 'zstd', [1, 2, 4].map(oursSpread));
}

/** Answers what was consumed. */
async function consuming(
  broker: TestKafka,
  compression: 'none' | 'zstd',
  contestants: readonly Contestant[],
): Promise<string> {
  const { brokers } = broker;
  const topic = `requests-${compression}`;
  const filled = await filledTopic({ client: 'kafkajs', brokers, topic, compression, logs, folder: platformatic });
  const title = `${String(filled.events)} events of ${(filled.bytes / filled.events).toFixed(0)} bytes, compression ${compression}`;
  const rows = contestants.map(({ name, work }) => ({ name, work, measured: [] as Measured[] }));
  for (let round = 0; round < ROUNDS; round++)
    for (const [at, contestant] of contestants.entries()) {
      const run = `${compression}-${String(round)}-${String(at)}`;
      const measured = await raced(contestant, broker, { topic, run, ...filled });
      rows[at]?.measured.push(measured);
    }
  printTable(`Consuming ${title}`, rows);
  return title;
}

/** The floor is the first. Compression is the clients' affair, so those who take long over their cells stay away from the compressed topic, unless they are asked for. */
function wanted(compression: 'none' | 'zstd'): readonly Contestant[] {
  const quick = [
    floor('kafkajs', platformatic),
    floor('platformatic', platformatic),
    ours(),
    tableEngine('RawBLOB'),
    streams({ store: 'memory', guarantee: 'at_least_once', cells: 'held' }, classes),
  ];
  const slow = [
    tableEngine('JSONEachRow'),
    streams({ store: 'memory', guarantee: 'at_least_once', cells: 'each' }, classes),
    streams({ store: 'memory', guarantee: 'exactly_once_v2', cells: 'each' }, classes),
    streams({ store: 'rocksdb', guarantee: 'at_least_once', cells: 'each' }, classes),
    streams({ store: 'rocksdb', guarantee: 'exactly_once_v2', cells: 'each' }, classes),
  ];
  const { only } = flags;
  const all = only === undefined && compression === 'zstd' ? quick : [...quick, ...slow];
  return all.filter(({ name }, at) => at === 0 || only === undefined || name.includes(only));
}

async function raced(
  contestant: Contestant,
  broker: TestKafka,
  { topic, run, events, priceMicros }: Pick<Course, 'topic' | 'run' | 'events' | 'priceMicros'>,
): Promise<Measured> {
  const { brokers } = broker;
  const dir = join(folder.path, run);
  mkdirSync(dir, { mode: 0o711 });
  const course: Course = { brokers, topic, events, priceMicros, startMs: START_MS, endMs: END_MS, dir, run };
  const brokerStartS = cpuOf(broker);
  const measured = await contestant.run(course);
  const brokerS = cpuOf(broker) - brokerStartS;
  rmSync(dir, { recursive: true, force: true });
  if (measured.events !== events || measured.priceMicros !== priceMicros)
    throw new Error(
      `${contestant.name} had ${String(measured.events)} of ${String(events)} events, sum ${String(measured.priceMicros)} of ${String(priceMicros)}`,
    );
  const { cpuS, engineCpuS = 0, wallS } = measured;
  console.log(
    `${run} ${contestant.name}: ${cpuS.toFixed(2)} + ClickHouse ${engineCpuS.toFixed(2)} CPU-seconds (broker ${brokerS.toFixed(2)}), ${wallS.toFixed(1)} s`,
  );
  return measured;
}

/** CPU seconds of a broker so far. */
function cpuOf(broker: TestKafka): number {
  return cpuSecondsOf(broker.pid(0) ?? -1);
}

async function producing(compression: 'none' | 'zstd', title: string): Promise<void> {
  const { brokers } = kafka;
  const rows = (['kafkajs', 'platformatic'] as const).map((client) => ({ client, measured: [] as Produced[] }));
  for (let round = 0; round < ROUNDS; round++)
    for (const { client, measured } of rows) {
      const topic = `scratch-${client}-${compression}-${String(round)}`;
      const brokerStartS = cpuOf(kafka);
      const produced = await filledTopic({ client, brokers, topic, compression, logs, folder: platformatic });
      const brokerS = cpuOf(kafka) - brokerStartS;
      console.log(`${topic}: ${produced.cpuS.toFixed(2)} CPU-seconds (broker ${brokerS.toFixed(2)})`);
      measured.push(produced);
      await removeTopic(brokers, topic);
    }
  printTable(
    `Producing ${title}`,
    rows.map(({ client, measured }) => ({ name: client, work: 'idempotent, acks all', measured })),
  );
}
