import kafkajs, { type Kafka, type Message, type PartitionMetadata, type Producer } from 'kafkajs';
import { withAdmin } from './client.ts';
import { readPositions } from './readTopic.ts';

/** How a producer is known, and where it keeps its positions. */
export interface PositionedOptions {
  readonly kafka: Kafka;
  /** Of two producers with the same id the later one holds; the earlier can send nothing more. */
  readonly id: string;
  /** A compacted topic. */
  readonly positionsTopic: string;
  readonly compression: Compression;
}

/** Records for one topic, in order. */
export interface Outgoing {
  readonly topic: string;
  readonly messages: readonly Message[];
  /** What the topic takes in one batch. */
  readonly batchBytesMax: number;
}

const COMPRESSIONS = {
  none: kafkajs.CompressionTypes.None,
  gzip: kafkajs.CompressionTypes.GZIP,
  snappy: kafkajs.CompressionTypes.Snappy,
  lz4: kafkajs.CompressionTypes.LZ4,
  zstd: kafkajs.CompressionTypes.ZSTD,
} as const;

/** A codec of Kafka's. */
export type Compression = keyof typeof COMPRESSIONS;

/** What a record may need beside its value: its key and headers. */
const RECORD_BYTES = 300;
/** Of positions, which are short. */
const PART_BYTES = 500_000;

/**
 * Produces exactly once: each send is one transaction that holds the records and, in a compacted topic, how far whatever they are made of is sent by them. Whoever goes on (we, or
 * another after our death) first ends the open transaction by taking its id, then reads the positions: what is in the topics is the truth.
 *
 * Source: KIP-98 (exactly once delivery and transactional messaging).
 */
export class PositionedProducer<Position> {
  readonly #options: PositionedOptions;
  #producer: Producer | undefined;
  #positions = new Map<string, Position>();
  readonly #partitioner = kafkajs.Partitioners.DefaultPartitioner();
  /** As they were when the producer was opened: a key keeps its partition until then. */
  readonly #partitions = new Map<string, PartitionMetadata[]>();

  constructor(options: PositionedOptions) {
    this.#options = options;
  }

  /** How far everything is sent, by key. */
  get positions(): ReadonlyMap<string, Position> {
    return this.#positions;
  }

  /** Ends what is open under the id, and reads the positions. The topics are there. */
  async open(): Promise<void> {
    await this.close();
    this.#partitions.clear();
    const { kafka, id, positionsTopic } = this.#options;
    const producer = kafka.producer({
      // Records say their partition themselves.
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      idempotent: true,
      maxInFlightRequests: 1,
      transactionalId: id,
      transactionTimeout: 60_000,
      // The first send after a commit is refused until the brokers have written its marks: soon.
      retry: { initialRetryTime: 20, maxRetryTime: 1_000, retries: 12 },
    });
    this.#producer = producer;
    await producer.connect();
    // kafkajs takes the id with the first transaction, not when it connects (2.2.4, src/producer/index.js): positions that are read before may change yet.
    await (await producer.transaction()).abort();
    this.#positions = await readPositions<Position>(kafka, positionsTopic);
  }

  /** Sends all of it or nothing. When it rejects, nobody knows which: open anew, and send what the positions then leave to send. */
  async send(outgoing: readonly Outgoing[], positions: ReadonlyMap<string, Position>): Promise<void> {
    const { positionsTopic, compression } = this.#options;
    if (this.#producer === undefined) throw new RangeError('open the producer before sending');
    const messages = [...positions].map(([key, position]) => ({ key, value: JSON.stringify(position) }));
    const transaction = await this.#producer.transaction();
    try {
      for (const each of [...outgoing, { topic: positionsTopic, messages, batchBytesMax: PART_BYTES }])
        for (const part of await this.#requests(each))
          await transaction.send({ topic: each.topic, messages: part, compression: COMPRESSIONS[compression] });
    } catch (error) {
      await transaction.abort().catch(() => undefined);
      throw error;
    }
    await transaction.commit();
    for (const [key, position] of positions) this.#positions.set(key, position);
  }

  /**
   * Records for one partition each. kafkajs sends a request of several to their leaders one by one, and remembers who of them has answered: when a leader moves before all have, it
   * sends a partition's records twice, or not at all (2.2.4, src/producer/sendMessages.js).
   */
  async #requests({ topic, messages, batchBytesMax }: Outgoing): Promise<Message[][]> {
    if (messages.length === 0) return [];
    const partitionMetadata = await this.#partitionsOf(topic);
    const placed = messages.map((message) => ({
      ...message,
      partition: this.#partitioner({ topic, partitionMetadata, message }),
    }));
    const byPartition = Map.groupBy(placed, ({ partition }) => partition);
    return [...byPartition.values()].flatMap((ofPartition) => [...parts(ofPartition, batchBytesMax)]);
  }

  async #partitionsOf(topic: string): Promise<PartitionMetadata[]> {
    const known = this.#partitions.get(topic);
    if (known !== undefined) return known;
    const { topics } = await withAdmin(this.#options.kafka, (admin) => admin.fetchTopicMetadata({ topics: [topic] }));
    const partitions = topics[0]?.partitions ?? [];
    this.#partitions.set(topic, partitions);
    return partitions;
  }

  async close(): Promise<void> {
    await this.#producer?.disconnect().catch(() => undefined);
    this.#producer = undefined;
  }
}

/** kafkajs makes one batch of all records of a request that go to one partition, and a broker's limit is on batches: so they go in parts. */
function* parts(messages: readonly Message[], batchBytesMax: number): Generator<Message[]> {
  let part: Message[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = (message.value?.length ?? 0) + RECORD_BYTES;
    if (part.length > 0 && bytes + size > batchBytesMax) {
      yield part;
      [part, bytes] = [[], 0];
    }
    part.push(message);
    bytes += size;
  }
  if (part.length > 0) yield part;
}
