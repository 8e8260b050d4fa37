// The floor: one thread of plain Node that consumes a topic with a client and parses each event. Prints `{ events, priceMicros, cpuS, wallS, warm }`.
import { testClient } from '../../test/support/kafka/topics.ts';
import { loadPlatformatic } from './platformatic.ts';

/** What is consumed, and by whom. */
export interface ConsumeOptions {
  readonly client: 'kafkajs' | 'platformatic';
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly group: string;
  readonly events: number;
  /** Of `@platformatic/kafka`. */
  readonly folder: string;
}

const options = JSON.parse(process.argv[2] ?? '{}') as ConsumeOptions;
const { brokers, topic, group } = options;
const WAIT_MS = 100;
let events = 0;
let priceMicros = 0;
const half = Math.floor(options.events / 2);
let halfCpuS = 0;
let before = process.cpuUsage();
let startedMs = performance.now();

if (options.client === 'kafkajs') await byKafkajs();
else await byPlatformatic();

function take(value: Buffer | null): void {
  const event = JSON.parse((value ?? '{}').toString()) as { readonly priceMicros?: number };
  priceMicros += event.priceMicros ?? 0;
  events++;
  if (events === half) halfCpuS = cpuSoFarS();
  if (events === options.events) done();
}

function done(): void {
  const cpuS = cpuSoFarS();
  const warm = { events: events - half, cpuS: cpuS - halfCpuS };
  const wallS = (performance.now() - startedMs) / 1_000;
  process.stdout.write(JSON.stringify({ events, priceMicros, cpuS, wallS, warm }), () => process.exit(0));
}

function cpuSoFarS(): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function start(): void {
  before = process.cpuUsage();
  startedMs = performance.now();
}

async function byKafkajs(): Promise<void> {
  const consumer = testClient(brokers).consumer({ groupId: group, maxWaitTimeInMs: WAIT_MS });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  start();
  await consumer.run({
    eachBatch: ({ batch }) => {
      for (const { value } of batch.messages) take(value);
      return Promise.resolve();
    },
  });
}

async function byPlatformatic(): Promise<void> {
  const { Consumer } = await loadPlatformatic(options.folder);
  const names = { clientId: 'bench', groupId: group, bootstrapBrokers: brokers };
  const consumer = new Consumer({ ...names, maxWaitTime: WAIT_MS, autocommit: true });
  start();
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest' });
  stream.on('data', ({ value }) => {
    take(value);
  });
}
