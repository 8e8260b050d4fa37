import kafkajs, { type Kafka, type Message, type Producer } from 'kafkajs';
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
    const { kafka, id, positionsTopic } = this.#options;
    const producer = kafka.producer({
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
        for (const part of parts(each))
          await transaction.send({ topic: each.topic, messages: part, compression: COMPRESSIONS[compression] });
    } catch (error) {
      await transaction.abort().catch(() => undefined);
      throw error;
    }
    await transaction.commit();
    for (const [key, position] of positions) this.#positions.set(key, position);
  }

  async close(): Promise<void> {
    await this.#producer?.disconnect().catch(() => undefined);
    this.#producer = undefined;
  }
}

/** kafkajs makes one batch of all records of a request that go to one partition, and a broker's limit is on batches: so they go in parts. */
function* parts({ messages, batchBytesMax }: Outgoing): Generator<Message[]> {
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
