import kafkajs, { type Admin, type Kafka, type Message, type Producer } from 'kafkajs';
import type { Logger } from 'pino';
import type { KafkaAccess } from '../../../config/sourceConfig.ts';
import { kafkaClient } from '../client.ts';
import { ShipBatch, type ShipPosition } from './shipBatch.ts';
import { readPositions } from './shipPositions.ts';

/** How files are shipped. */
export interface ShipperOptions {
  readonly access: KafkaAccess;
  /** Of two shippers with the same id the later one holds; the earlier can send nothing more. */
  readonly id: string;
  readonly topicOf: (stream: string) => string;
  readonly manifestsTopic: string;
  readonly positionsTopic: string;
  /** Of topics that are made because they are not there. */
  readonly partitions: number;
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
  readonly log: Logger;
}

const COMPRESSIONS = {
  none: kafkajs.CompressionTypes.None,
  gzip: kafkajs.CompressionTypes.GZIP,
  snappy: kafkajs.CompressionTypes.Snappy,
  lz4: kafkajs.CompressionTypes.LZ4,
  zstd: kafkajs.CompressionTypes.ZSTD,
} as const;

/** What a record may need beside its value: its key and headers; and the batch around it. */
const RECORD_BYTES = 300;
const OVERHEAD_BYTES = 2_048;
/** Of records with short values. */
const PART_BYTES = 500_000;
/** Kafka's default of max.message.bytes. */
const DEFAULT_MESSAGE_BYTES = 1_048_588;

/**
 * Produces files' lines exactly once: each batch is one transaction that holds the records and, in a compacted topic, how far the files are shipped by them. Whoever
 * goes on (we, or another after our death) first ends the open transaction by taking its id, then reads the positions: what is in the topics is the truth.
 *
 * Source: KIP-98 (exactly once delivery and transactional messaging).
 */
export class Shipper {
  readonly #options: ShipperOptions;
  readonly #kafka: Kafka;
  readonly #lineBytesMax = new Map<string, number>();
  #producer: Producer | undefined;
  #positions = new Map<string, ShipPosition>();

  constructor(options: ShipperOptions) {
    this.#options = options;
    this.#kafka = kafkaClient(options.access, options.log);
  }

  /** Where the files stand, by {@link fileKey}. */
  get positions(): ReadonlyMap<string, ShipPosition> {
    return this.#positions;
  }

  /** Makes the topics that are missing, ends what an earlier shipper left open, and reads where the files stand. */
  async open(streams: readonly string[]): Promise<void> {
    const { topicOf, manifestsTopic, positionsTopic, partitions } = this.#options;
    const admin = this.#kafka.admin();
    await admin.connect();
    const compacted = [{ name: 'cleanup.policy', value: 'compact' }];
    const wanted = [
      ...streams.map((stream) => ({ topic: topicOf(stream), numPartitions: partitions, replicationFactor: -1 })),
      ...[manifestsTopic, positionsTopic].map((topic) => ({
        ...{ topic, numPartitions: 1, replicationFactor: -1 },
        configEntries: compacted,
      })),
    ];
    const existing = new Set(await admin.listTopics());
    const missing = wanted.filter(({ topic }) => !existing.has(topic));
    if (missing.length > 0) await admin.createTopics({ topics: missing, waitForLeaders: false });
    for (const { topic } of missing) await untilKnown(admin, topic);
    for (const stream of streams)
      this.#lineBytesMax.set(stream, (await messageBytesMax(admin, topicOf(stream))) - OVERHEAD_BYTES);
    await admin.disconnect();
    await this.#begin();
  }

  /** An empty batch that goes on where the files stand. */
  batch(): ShipBatch {
    return new ShipBatch(this.#positions, (stream) => this.#lineBytesMax.get(stream) ?? DEFAULT_MESSAGE_BYTES);
  }

  /**
   * Sends a batch: all of it or nothing. When it rejects, nobody knows which: call {@link recover}, and make the batch again out of what the positions then leave to send.
   */
  async send(batch: ShipBatch): Promise<void> {
    const { topicOf, manifestsTopic, positionsTopic, compression } = this.#options;
    if (this.#producer === undefined) throw new RangeError('open the shipper before sending');
    const transaction = await this.#producer.transaction();
    const positions = [...batch.positions].map(([key, position]) => ({ key, value: JSON.stringify(position) }));
    const send = (topic: string, messages: Message[]): Promise<unknown> =>
      transaction.send({ topic, messages, compression: COMPRESSIONS[compression] });
    try {
      for (const [stream, messages] of batch.records)
        for (const part of parts(messages, this.#lineBytesMax.get(stream) ?? DEFAULT_MESSAGE_BYTES))
          await send(topicOf(stream), part);
      for (const part of parts(batch.manifests, PART_BYTES)) await send(manifestsTopic, part);
      for (const part of parts(positions, PART_BYTES)) await send(positionsTopic, part);
    } catch (error) {
      await transaction.abort().catch(() => undefined);
      throw error;
    }
    await transaction.commit();
    for (const [key, position] of batch.positions) this.#positions.set(key, position);
  }

  /** After a send whose end is not known. */
  async recover(): Promise<void> {
    await this.close();
    await this.#begin();
  }

  async close(): Promise<void> {
    await this.#producer?.disconnect().catch(() => undefined);
    this.#producer = undefined;
  }

  async #begin(): Promise<void> {
    const producer = this.#kafka.producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      idempotent: true,
      maxInFlightRequests: 1,
      transactionalId: this.#options.id,
      transactionTimeout: 60_000,
      // The first send after a commit is refused until the brokers have written its marks: soon.
      retry: { initialRetryTime: 20, maxRetryTime: 1_000, retries: 12 },
    });
    await producer.connect();
    this.#producer = producer;
    this.#positions = await readPositions(this.#kafka, this.#options.positionsTopic);
  }
}

/** kafkajs makes one batch of all records of a request that go to one partition, and a broker's limit is on batches: so they go in parts. */
function* parts(messages: readonly Message[], bytesMax: number): Generator<Message[]> {
  let part: Message[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = (message.value?.length ?? 0) + RECORD_BYTES;
    if (part.length > 0 && bytes + size > bytesMax) {
      yield part;
      [part, bytes] = [[], 0];
    }
    part.push(message);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

async function untilKnown(admin: Admin, topic: string): Promise<void> {
  for (;;) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      if (topics[0]?.partitions.every(({ leader }) => leader >= 0) === true) return;
    } catch {
      // A topic just made is not known to every broker at once.
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function messageBytesMax(admin: Admin, topic: string): Promise<number> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: ['max.message.bytes'] }],
  });
  const value = Number(resources[0]?.configEntries[0]?.configValue);
  return value > 0 ? value : DEFAULT_MESSAGE_BYTES;
}
