import type { Kafka } from 'kafkajs';
import type { Logger } from 'pino';
import type { KafkaAccess } from '../../../config/sourceConfig.ts';
import { kafkaClient, withAdmin } from '../client.ts';
import { batchBytesMax, makeTopics } from '../makeTopics.ts';
import { type Compression, type Outgoing, PositionedProducer } from '../positionedProducer.ts';
import { ShipBatch, type ShipPosition } from './shipBatch.ts';

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
  readonly compression: Compression;
  readonly log: Logger;
}

/** Of manifests, which are short. */
const PART_BYTES = 500_000;

/** Produces files' lines exactly once: each batch is one transaction that holds the records and how far the files are shipped by them ({@link PositionedProducer}). */
export class Shipper {
  readonly #options: ShipperOptions;
  readonly #kafka: Kafka;
  readonly #producer: PositionedProducer<ShipPosition>;
  readonly #lineBytesMax = new Map<string, number>();

  constructor(options: ShipperOptions) {
    this.#options = options;
    this.#kafka = kafkaClient(options.access, options.log);
    this.#producer = new PositionedProducer({ ...options, kafka: this.#kafka });
  }

  /** Where the files stand, by {@link fileKey}. */
  get positions(): ReadonlyMap<string, ShipPosition> {
    return this.#producer.positions;
  }

  /** Makes the topics that are missing, ends what an earlier shipper left open, and reads where the files stand. */
  async open(streams: readonly string[]): Promise<void> {
    const { manifestsTopic, positionsTopic } = this.#options;
    await withAdmin(this.#kafka, (admin) =>
      makeTopics(
        admin,
        [manifestsTopic, positionsTopic].map((topic) => ({ topic, partitions: 1, isCompacted: true })),
      ),
    );
    await this.addStreams(streams);
    await this.#producer.open();
  }

  /** Makes the topics that are missing for streams whose files have just been found. */
  async addStreams(streams: readonly string[]): Promise<void> {
    const { topicOf, partitions } = this.#options;
    await withAdmin(this.#kafka, async (admin) => {
      await makeTopics(
        admin,
        streams.map((stream) => ({ topic: topicOf(stream), partitions })),
      );
      for (const stream of streams) this.#lineBytesMax.set(stream, await batchBytesMax(admin, topicOf(stream)));
    });
  }

  /** An empty batch that goes on where the files stand. */
  batch(): ShipBatch {
    return new ShipBatch(this.positions, (stream) => this.#bytesMax(stream));
  }

  /**
   * Sends a batch: all of it or nothing. When it rejects, nobody knows which: call {@link recover}, and make the batch again out of what the positions then leave to send.
   */
  send(batch: ShipBatch): Promise<void> {
    const { topicOf, manifestsTopic } = this.#options;
    const records = [...batch.records].map(([stream, messages]): Outgoing => ({
      topic: topicOf(stream),
      messages,
      batchBytesMax: this.#bytesMax(stream),
    }));
    const manifests = { topic: manifestsTopic, messages: batch.manifests, batchBytesMax: PART_BYTES };
    return this.#producer.send([...records, manifests], batch.positions);
  }

  /** After a send whose end is not known. */
  recover(): Promise<void> {
    return this.#producer.open();
  }

  close(): Promise<void> {
    return this.#producer.close();
  }

  /** A line is at most as long as a batch. */
  #bytesMax(stream: string): number {
    const known = this.#lineBytesMax.get(stream);
    if (known === undefined) throw new RangeError(`open the shipper with the stream ${stream}`);
    return known;
  }
}
