import type { Kafka, Message } from 'kafkajs';
import type { Logger } from 'pino';
import type { KafkaAccess } from '../../../config/sourceConfig.ts';
import type { ChangeCursor } from '../../../time/changeCursor.ts';
import { type Change, CHANGE_KINDS, type ChangeKind } from '../../change.ts';
import { kafkaClient, withAdmin } from '../client.ts';
import { batchBytesMax, makeTopics } from '../makeTopics.ts';
import { type Outgoing, PositionedProducer } from '../positionedProducer.ts';
import { changeTopic, positionsTopic, publishedTopics, SCHEMAS } from './publishedTopics.ts';

/** Where to publish. */
export interface PublisherOptions {
  readonly access: KafkaAccess;
  /** Topics are named after it. Of two publishers of one group the later one holds; the earlier can send nothing more. */
  readonly group: string;
  readonly log: Logger;
}

/** How far each kind is published; a kind that is missing is not begun. */
export type Published = ReadonlyMap<ChangeKind, ChangeCursor>;

/**
 * Publishes changes to the group's topics: each batch is one transaction that holds the records and how far the store is published by them ({@link PositionedProducer}), so that
 * whoever reads only what is committed sees each change once.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #kafka: Kafka;
  readonly #producer: PositionedProducer<ChangeCursor>;
  readonly #bytesMax = new Map<ChangeKind, number>();

  constructor(options: PublisherOptions) {
    const { access, group, log } = options;
    this.#options = options;
    this.#kafka = kafkaClient(access, log);
    const topic = positionsTopic(group);
    this.#producer = new PositionedProducer({
      ...{ kafka: this.#kafka, id: topic, positionsTopic: topic },
      // Every client reads it.
      compression: 'gzip',
    });
  }

  /** Makes the topics that are missing, ends what an earlier publisher left open, and reads how far everything is published; also after a send whose end is not known. */
  async open(): Promise<Published> {
    const { group } = this.#options;
    await withAdmin(this.#kafka, async (admin) => {
      await makeTopics(admin, publishedTopics(group));
      for (const kind of CHANGE_KINDS) this.#bytesMax.set(kind, await batchBytesMax(admin, changeTopic(group, kind)));
    });
    await this.#producer.open();
    return this.#producer.positions as Published;
  }

  /** Publishes all of these or nothing. When it rejects, nobody knows which: open again. */
  send(changes: readonly Change[], published: Published): Promise<void> {
    const outgoing = CHANGE_KINDS.map((kind) =>
      this.#outgoing(
        kind,
        changes.filter((change) => change.kind === kind),
      ),
    );
    return this.#producer.send(outgoing, published);
  }

  close(): Promise<void> {
    return this.#producer.close();
  }

  #outgoing(kind: ChangeKind, changes: readonly Change[]): Outgoing {
    const topic = changeTopic(this.#options.group, kind);
    const bytesMax = this.#bytesMax.get(kind) ?? 0;
    const messages = changes.map(messageOf).filter(({ key, value }) => {
      const isTaken = value.length <= bytesMax;
      if (!isTaken)
        this.#options.log.warn({ topic, key, bytes: value.length }, 'longer than the topic takes; not published');
      return isTaken;
    });
    return { topic, messages, batchBytesMax: bytesMax };
  }
}

const messageOf = ({ kind, key, value }: Change): Message & { readonly value: Buffer } => ({
  key,
  value: Buffer.from(JSON.stringify(value)),
  headers: { schema: SCHEMAS[kind] },
});
