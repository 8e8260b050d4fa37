import type { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { Logger } from 'pino';
import type { KafkaSourceConfig } from '../../config/sourceConfig.ts';
import type { Clock } from '../../time/wallClock.ts';
import type {
  DamageReason,
  FoundPartition,
  PartitionId,
  Reader,
  Source,
  SourceItem,
  StoredPosition,
} from '../source.ts';
import { kafkaClient } from './client.ts';
import { consumeOnce, type Life } from './consumerLife.ts';
import { ItemQueue } from './itemQueue.ts';
import { manifestItem } from './manifestRecord.ts';
import { OwnedPartition } from './ownedPartition.ts';
import { laidOut } from './recordSlice.ts';
import { offsetsAt, type PartitionEnds, topicEnds } from './topicEnds.ts';
import { partitionName, type TopicMap, topicPartition, topicsOf } from './topics.ts';

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
 * The gate lets each offset pass once and in order, whatever the client delivers again, skips or resets.
 */
export class KafkaSource implements Source {
  readonly #parts: KafkaSourceParts;
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #queue: ItemQueue;
  readonly #owned = new Map<string, OwnedPartition>();
  #topics: TopicMap = new Map();
  #reader: Reader | undefined;
  #consumer: Consumer | undefined;
  #memberId = '';
  #clusterId = '';
  #consuming: Promise<void> = Promise.resolve();
  readonly #end = new AbortController();
  #life: Life | undefined;
  #joined = false;

  constructor(parts: KafkaSourceParts) {
    this.#parts = parts;
    this.#kafka = kafkaClient(parts.config, parts.log, ({ namespace, log }) => {
      if (namespace === 'ConsumerGroup' && log.message.startsWith('Offset out of range'))
        this.#outOfRange(String(log['topic']), Number(log['partition']));
    });
    this.#admin = this.#kafka.admin();
    this.#queue = new ItemQueue(parts.config.queueBytesMax);
  }

  /** Which partitions are ours at the moment, and how far each was given out; undefined while it is being opened. */
  owned(): readonly { readonly partition: string; readonly nextOffset: number | undefined }[] {
    return [...this.#owned.values()].map(({ name, expected }) => ({ partition: name, nextOffset: expected }));
  }

  isListed(): boolean {
    return this.#joined;
  }

  /** Who is behind is not known by server here: all that was there when a window ended is waited for (`windows/heard.ts`). */
  serversBehind(): ReadonlySet<string> {
    return new Set();
  }

  backlogBytes(): number {
    return this.#queue.bytes;
  }

  async *items(reader: Reader, signal: AbortSignal): AsyncGenerator<SourceItem> {
    this.#reader = reader;
    this.#consuming = this.#consume();
    while (!signal.aborted) {
      const item = this.#queue.take();
      if (item === undefined) {
        yield { kind: 'idle' };
        await this.#queue.change(IDLE_MS);
      } else yield item;
    }
  }

  /** For those who look at the group from outside, and for manifests: what counts for events is what the store says. */
  stored(positions: readonly StoredPosition[]): void {
    const ours = positions.filter(({ partition }) => this.#owned.has(partition));
    if (ours.length === 0 || this.#consumer === undefined) return;
    const offsets = ours.map(({ partition, offset }) => ({ ...topicPartition(partition), offset: String(offset) }));
    this.#consumer.commitOffsets(offsets).catch((error: unknown) => {
      this.#parts.log.debug({ err: error }, 'kafka did not take a commit; the store has it');
    });
  }

  reopen(partitions: readonly PartitionId[]): void {
    this.#openAll(partitions.flatMap(({ partition }) => this.#owned.get(partition) ?? []));
  }

  /** Leaves the group. */
  async close(): Promise<void> {
    this.#end.abort();
    this.#life?.end('closed');
    await this.#consuming;
    await this.#admin.disconnect();
  }

  /** One consumer after another, for ever: one that crashed, stalled, or does not know all topics is replaced by a new one. */
  async #consume(): Promise<void> {
    const { signal } = this.#end;
    const { log, onFailure, pause, config } = this.#parts;
    while (!signal.aborted) {
      try {
        await this.#lookForTopics();
        if (this.#topics.size === 0) log.warn({ topics: config.topics }, 'none of the topics is there yet');
        else await this.#live();
      } catch (error) {
        onFailure(error);
      }
      this.#joined = false;
      await pause(RETRY_MS, signal);
    }
  }

  async #lookForTopics(): Promise<void> {
    await this.#admin.connect();
    if (this.#clusterId === '') this.#clusterId = (await this.#admin.describeCluster()).clusterId;
    this.#topics = topicsOf(this.#parts.config, this.#parts.streams, await this.#admin.listTopics());
  }

  async #live(): Promise<void> {
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
    consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment, memberId } }) => {
      this.#assigned(memberAssignment, memberId);
    });
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize === 0) this.#passedOver(payload);
    });
    try {
      await consumeOnce(consumer, {
        topics: [...this.#topics.keys()],
        eachBatch: (payload) => this.#take(payload),
        onLife: (life) => (this.#life = life),
        watch: () => this.#whyReplaced(),
        watchMs: config.lookMs,
        log,
      });
    } finally {
      this.#consumer = undefined;
    }
  }

  /** Why the consumer should be replaced by a new one; undefined while it is well. */
  async #whyReplaced(): Promise<string | undefined> {
    const { config, streams, clock } = this.#parts;
    const topics = topicsOf(config, streams, await this.#admin.listTopics());
    if ([...topics.keys()].join() !== [...this.#topics.keys()].join()) return 'there are other topics';
    if (!this.#queue.hasRoom) return undefined;
    for (const topic of topics.keys()) {
      const ends = await topicEnds(this.#admin, topic);
      for (const partition of this.#owned.values())
        if (partition.topic === topic && partition.isStalled(ends.get(partition.number)?.high ?? 0, clock()))
          return `${partition.name} has records, and none came`;
    }
    return undefined;
  }

  /** The group has given us these partitions. Those that we had and keep go on where they are; kafkajs would go back to what was committed. */
  #assigned(assignment: Readonly<Record<string, readonly number[]>>, memberId: string): void {
    const given = new Map(
      Object.entries(assignment).flatMap(([topic, numbers]) =>
        numbers.map((number) => [partitionName(topic, number), { topic, number }] as const),
      ),
    );
    // Under another member id somebody else may have had them in between.
    const isSame = memberId === this.#memberId;
    this.#memberId = memberId;
    this.#revoke([...this.#owned.values()].filter(({ name }) => !isSame || !given.has(name)));
    for (const [name, { topic, number }] of given) {
      const kept = this.#owned.get(name);
      if (kept?.expected !== undefined) this.#seek(kept, kept.expected);
      if (kept === undefined) this.#owned.set(name, new OwnedPartition(topic, number, this.#topics.get(topic)));
    }
    this.#openAll(
      [...given.keys()].flatMap((name) => {
        const partition = this.#owned.get(name);
        return partition?.expected === undefined ? (partition ?? []) : [];
      }),
    );
    this.#joined = true;
  }

  #revoke(partitions: readonly OwnedPartition[]): void {
    for (const { name } of partitions) {
      this.#owned.delete(name);
      this.#queue.drop(name);
    }
    this.#reader?.revoke(partitions.flatMap((partition) => this.#idOf(partition) ?? []));
  }

  /** Asks the store where partitions are to be read from, and reads them from there. Until then nothing of them is fetched. */
  #openAll(partitions: readonly OwnedPartition[]): void {
    for (const partition of partitions) {
      partition.close();
      this.#queue.drop(partition.name);
      this.#consumer?.pause([{ topic: partition.topic, partitions: [partition.number] }]);
    }
    const openings = Map.groupBy(partitions, ({ topic }) => topic);
    for (const [topic, ofTopic] of openings)
      this.#open(topic, ofTopic).catch((error: unknown) => {
        this.#parts.onFailure(error);
        setTimeout(() => {
          this.#openAll(ofTopic.filter((partition) => this.#isOurs(partition)));
        }, RETRY_MS);
      });
  }

  async #open(topic: string, partitions: readonly OwnedPartition[]): Promise<void> {
    const ends = await topicEnds(this.#admin, topic);
    const isOurs = partitions.filter((partition) => this.#isOurs(partition));
    if (this.#topics.get(topic) === undefined) return this.#openManifests(topic, isOurs, ends);
    const firsts = await this.#firstOffsets(topic, ends);
    const found = isOurs.map((partition): FoundPartition => ({
      ...(this.#idOf(partition) ?? { stream: '', topic, partition: partition.name, server: '' }),
      fileHead: this.#clusterId,
      firstOffset: firsts.get(partition.number) ?? 0,
    }));
    const starts = found.length === 0 ? [] : ((await this.#reader?.assign(found)) ?? []);
    for (const [at, partition] of isOurs.entries()) {
      const start = starts[at];
      const end = ends.get(partition.number);
      if (start === undefined || end === undefined || !this.#isOurs(partition)) continue;
      const isOther = start.fileHead !== undefined && start.fileHead !== '' && start.fileHead !== this.#clusterId;
      if (isOther)
        this.#damaged(
          partition,
          'head-changed',
          `it is of the cluster ${this.#clusterId}; what is stored came from ${start.fileHead ?? ''}`,
        );
      else this.#begin(partition, start.offset, end);
    }
  }

  #begin(partition: OwnedPartition, offset: number, { low, high }: PartitionEnds): void {
    if (offset > high) {
      this.#damaged(
        partition,
        'shrunk',
        `it ends at offset ${String(high)}, and is stored up to ${String(offset)}: it was made anew, or has lost its newest records`,
      );
      return;
    }
    if (offset < low)
      this.#damaged(
        partition,
        'expired',
        `the records ${String(offset)} to ${String(low - 1)} were deleted before they were read`,
      );
    this.#seek(partition, Math.max(offset, low));
  }

  #seek(partition: OwnedPartition, offset: number): void {
    partition.open(offset, this.#parts.clock());
    const { topic, number } = partition;
    this.#consumer?.seek({ topic, partition: number, offset: String(offset) });
    this.#consumer?.resume([{ topic, partitions: [number] }]);
  }

  /** Manifests are begun where the group has committed: each of them may come again without harm. */
  async #openManifests(
    topic: string,
    partitions: readonly OwnedPartition[],
    ends: ReadonlyMap<number, PartitionEnds>,
  ): Promise<void> {
    const [committed] = await this.#admin.fetchOffsets({ groupId: this.#parts.config.group, topics: [topic] });
    for (const partition of partitions) {
      const end = ends.get(partition.number);
      if (end === undefined || !this.#isOurs(partition)) continue;
      const offset = Number(
        committed?.partitions.find(({ partition: number }) => number === partition.number)?.offset ?? -1,
      );
      this.#seek(partition, offset >= end.low && offset <= end.high ? offset : end.low);
    }
  }

  async #firstOffsets(topic: string, ends: ReadonlyMap<number, PartitionEnds>): Promise<ReadonlyMap<number, number>> {
    const { start } = this.#parts.config;
    if (start !== 'earliest' && start !== 'latest') return offsetsAt(this.#admin, topic, Date.parse(start));
    return new Map([...ends].map(([number, { low, high }]) => [number, start === 'earliest' ? low : high]));
  }

  /** Takes fetched records when there is room. Ends early, and takes nothing, when the partition is no longer ours. */
  async #take({ batch, resolveOffset, heartbeat, isRunning }: EachBatchPayload): Promise<void> {
    const partition = this.#owned.get(partitionName(batch.topic, batch.partition));
    if (partition?.expected === undefined) return;
    while (!this.#queue.hasRoom) {
      await heartbeat();
      if (!isRunning() || this.#end.signal.aborted) return;
      await this.#queue.change(this.#parts.config.sessionTimeoutMs / 20);
    }
    const { expected } = partition;
    if (expected === undefined || !this.#isOurs(partition)) return;
    const fetched = Number((batch as typeof batch & { fetchedOffset: string }).fetchedOffset);
    // Neither before nor behind what was to come next: the client has lost its place, and the store is asked where to go on.
    if (fetched !== expected) {
      this.#openAll([partition]);
      return;
    }
    this.#put(partition, batch.messages, Number(batch.lastOffset()) + 1);
    resolveOffset(batch.lastOffset());
    await heartbeat();
  }

  #put(partition: OwnedPartition, messages: EachBatchPayload['batch']['messages'], nextOffset: number): void {
    const offset = partition.expected ?? 0;
    partition.advance(nextOffset, this.#parts.clock());
    const id = this.#idOf(partition);
    if (id !== undefined) {
      this.#queue.put(partition.name, {
        kind: 'slice',
        ...id,
        ...laidOut(messages),
        offset,
        nextOffset,
        fileHead: this.#clusterId,
      });
      return;
    }
    for (const message of messages) {
      const position = { stream: '', partition: partition.name, offset: Number(message.offset) + 1 };
      const item = manifestItem(message.value, position);
      if (item !== undefined) this.#queue.put(partition.name, item);
    }
  }

  /** Records that are not for us (of aborted transactions, and marks of transactions): only the offset goes on. */
  #passedOver({
    topic,
    partition: number,
    lastOffset,
  }: {
    topic: string;
    partition: number;
    lastOffset: string;
  }): void {
    const partition = this.#owned.get(partitionName(topic, number));
    const nextOffset = Number(lastOffset) + 1;
    if (partition?.expected !== undefined && nextOffset > partition.expected) this.#put(partition, [], nextOffset);
  }

  /** kafkajs goes somewhere else then, and only says so in its log. */
  #outOfRange(topic: string, number: number): void {
    const partition = this.#owned.get(partitionName(topic, number));
    if (partition?.expected !== undefined) this.#openAll([partition]);
  }

  #damaged(partition: OwnedPartition, reason: DamageReason, detail: string): void {
    const id = this.#idOf(partition);
    if (id !== undefined) this.#queue.put(partition.name, { kind: 'damaged', ...id, reason, detail });
  }

  #isOurs(partition: OwnedPartition): boolean {
    return this.#owned.get(partition.name) === partition;
  }

  /** Undefined for manifests. */
  #idOf({ topic, name, stream }: OwnedPartition): PartitionId | undefined {
    return stream === undefined ? undefined : { stream, topic, partition: name, server: '' };
  }
}
