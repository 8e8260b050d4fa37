import type { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { Logger } from 'pino';
import type { KafkaSourceConfig } from '../../config/sourceConfig.ts';
import type { Clock } from '../../time/wallClock.ts';
import type { PartitionId, Reader, Source, SourceItem, StoredPosition } from '../source.ts';
import { kafkaClient } from './client.ts';
import { consumeOnce } from './consumerLife.ts';
import { Intake } from './intake.ts';
import { topicEnds } from './topicEnds.ts';
import { type TopicMap, topicPartition, topicsOf } from './topics.ts';

/** What the source is made of. */
export interface KafkaSourceParts {
  readonly config: KafkaSourceConfig;
  readonly streams: readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Told when the cluster does not answer as it should; it is asked again. */
  readonly onFailure: (error: unknown) => void;
}

/** How long `items` waits for something before it says that there is nothing. */
const IDLE_MS = 50;
const RETRY_MS = 1_000;

/**
 * Topics of Kafka, read by a member of a consumer group. Kafka's group says which partitions are ours; where each is read from says the store, by way of the reader:
 *
 *     joined -> all paused -> [claim, read back] -> seek -> resume -> records -> gate -> queue -> items
 *
 * This class keeps a consumer alive; what comes in through it is the {@link Intake}'s.
 */
export class KafkaSource implements Source {
  readonly #parts: KafkaSourceParts;
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #end = new AbortController();
  #topics: TopicMap = new Map();
  #intake: Intake | undefined;
  #consumer: Consumer | undefined;
  #joined = false;
  #consuming: Promise<void> = Promise.resolve();

  constructor(parts: KafkaSourceParts) {
    this.#parts = parts;
    this.#kafka = kafkaClient(parts.config, parts.log, ({ namespace, log }) => {
      // kafkajs goes somewhere else then, and says so nowhere but here.
      if (namespace === 'ConsumerGroup' && log.message.startsWith('Offset out of range'))
        this.#intake?.lostPlace(String(log['topic']), Number(log['partition']));
    });
    this.#admin = this.#kafka.admin();
  }

  isListed(): boolean {
    return this.#joined;
  }

  backlogBytes(): number {
    return this.#intake?.queue.bytes ?? 0;
  }

  async *items(reader: Reader, signal: AbortSignal): AsyncGenerator<SourceItem> {
    const intake = new Intake({ ...this.#parts, admin: this.#admin, reader, signal: this.#end.signal });
    this.#intake = intake;
    this.#consuming = this.#consume(intake);
    while (!signal.aborted) {
      const item = intake.queue.take();
      if (item === undefined) {
        yield { kind: 'idle' };
        await intake.queue.change(IDLE_MS);
      } else yield item;
    }
  }

  /** For those who look at the group from outside, and for manifests: what counts for events is what the store says. */
  stored(positions: readonly StoredPosition[]): void {
    const ours = positions.filter(({ partition }) => this.#intake?.isOurs(partition) === true);
    if (ours.length === 0 || this.#consumer === undefined) return;
    const offsets = ours.map(({ partition, offset }) => ({ ...topicPartition(partition), offset: String(offset) }));
    this.#consumer.commitOffsets(offsets).catch((error: unknown) => {
      this.#parts.log.debug({ err: error }, 'kafka did not take a commit; the store has it');
    });
  }

  reopen(partitions: readonly PartitionId[]): void {
    this.#intake?.reopen(partitions.map(({ partition }) => partition));
  }

  /** Leaves the group. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#consuming;
    await this.#admin.disconnect();
  }

  /** One consumer after another, for ever: one that crashed, stalled, or does not know all topics is replaced by a new one. */
  async #consume(intake: Intake): Promise<void> {
    const { signal } = this.#end;
    const { log, onFailure, pause, config } = this.#parts;
    while (!signal.aborted) {
      try {
        await this.#admin.connect();
        const { clusterId } = await this.#admin.describeCluster();
        this.#topics = await this.#existingTopics();
        if (this.#topics.size === 0) log.warn({ topics: config.topics }, 'none of the topics is there yet');
        else await this.#live(intake, clusterId);
      } catch (error) {
        onFailure(error);
      }
      this.#joined = false;
      await pause(RETRY_MS, signal);
    }
  }

  async #existingTopics(): Promise<TopicMap> {
    return topicsOf(this.#parts.config, this.#parts.streams, await this.#admin.listTopics());
  }

  async #live(intake: Intake, clusterId: string): Promise<void> {
    const { config, log } = this.#parts;
    const consumer = this.#kafka.consumer({
      groupId: config.group,
      sessionTimeout: config.sessionTimeoutMs,
      rebalanceTimeout: config.sessionTimeoutMs,
      heartbeatInterval: Math.floor(config.sessionTimeoutMs / 10),
      metadataMaxAge: config.lookMs,
      maxWaitTimeInMs: 100,
      retry: { retries: 8, initialRetryTime: 200, maxRetryTime: 2_000 },
    });
    this.#consumer = consumer;
    intake.serve(consumer, { topics: this.#topics, clusterId });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment, memberId } }) => {
      intake.assigned(memberAssignment, memberId);
      this.#joined = true;
    });
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize === 0) intake.passedOver(payload);
    });
    try {
      await consumeOnce(consumer, {
        topics: [...this.#topics.keys()],
        eachBatch: (payload: EachBatchPayload) => intake.take(payload),
        signal: this.#end.signal,
        watch: () => this.#whyReplaced(intake),
        watchMs: config.lookMs,
        log,
      });
    } finally {
      this.#consumer = undefined;
      intake.consumerEnded();
    }
  }

  /** Why the consumer should be replaced by a new one; undefined while it is well. */
  async #whyReplaced(intake: Intake): Promise<string | undefined> {
    const topics = await this.#existingTopics();
    if ([...topics.keys()].join() !== [...this.#topics.keys()].join()) return 'there are other topics';
    if (!intake.queue.hasRoom) return undefined;
    for (const topic of topics.keys()) {
      const stalled = intake.stalled(topic, await topicEnds(this.#admin, topic));
      if (stalled !== undefined) return `${stalled} has records, and none came`;
    }
    return undefined;
  }
}
