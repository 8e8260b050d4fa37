import type { Admin, Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { KafkaSourceConfig } from '../../config/sourceConfig.ts';
import type { Clock } from '../../time/wallClock.ts';
import type { PartitionId, Reader } from '../source.ts';
import { ItemQueue } from './itemQueue.ts';
import { manifestItem } from './manifestRecord.ts';
import { OwnedPartition } from './ownedPartition.ts';
import { committedOffsets, firstOffsets, foundPartition, openingOf } from './partitionOpening.ts';
import { laidOut } from './recordSlice.ts';
import { type PartitionEnds, topicEnds } from './topicEnds.ts';
import { partitionName, type TopicMap } from './topics.ts';

/** What an intake is made of. */
export interface IntakeParts {
  readonly config: KafkaSourceConfig;
  readonly admin: Admin;
  readonly reader: Reader;
  readonly clock: Clock;
  readonly onFailure: (error: unknown) => void;
  /** Aborts when nothing more is to be taken. */
  readonly signal: AbortSignal;
}

/** What is read, and of which cluster. */
interface Served {
  readonly topics: TopicMap;
  readonly clusterId: string;
}

/** A fetch of which nothing is for us. */
interface PassedOver {
  readonly topic: string;
  readonly partition: number;
  /** First and last record of it; the first is null when compaction has left none at or behind the last. */
  readonly firstOffset: string | null;
  readonly lastOffset: string;
}

const RETRY_MS = 1_000;

/**
 * The partitions that the group has given us, and the gate through which their records come: each offset passes once and in order, whatever the client delivers
 * again, skips, or goes back to. Outlives the consumers that serve it.
 */
export class Intake {
  readonly queue: ItemQueue;
  readonly #parts: IntakeParts;
  readonly #owned = new Map<string, OwnedPartition>();
  #consumer: Consumer | undefined;
  #served: Served = { topics: new Map(), clusterId: '' };
  #memberId = '';

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.queue = new ItemQueue(parts.config.queueBytesMax);
  }

  /** From now on records come from this consumer. */
  serve(consumer: Consumer, served: Served): void {
    this.#consumer = consumer;
    this.#served = served;
  }

  /** The consumer has ended. Until there is another, partitions stay as they are; it will be told of them when it joins. */
  consumerEnded(): void {
    this.#consumer = undefined;
  }

  isOurs(name: string): boolean {
    return this.#owned.has(name);
  }

  /** The group has given us these partitions. Those that we had and keep go on where they are; kafkajs would go back to what was committed. */
  assigned(assignment: Readonly<Record<string, readonly number[]>>, memberId: string): void {
    const given = Object.entries(assignment).flatMap(([topic, numbers]) =>
      numbers.map((number) => new OwnedPartition(topic, number, this.#served.topics.get(topic))),
    );
    const names = new Set(given.map(({ name }) => name));
    // Under another member id somebody else may have had them in between.
    const isSame = memberId === this.#memberId;
    this.#memberId = memberId;
    this.#revoke([...this.#owned.values()].filter(({ name }) => !isSame || !names.has(name)));
    for (const partition of given) {
      const kept = this.#owned.get(partition.name);
      if (kept?.expected === undefined) this.#owned.set(partition.name, kept ?? partition);
      else this.#seek(kept, kept.expected);
    }
    this.#openAll([...this.#owned.values()].filter(({ expected }) => expected === undefined));
  }

  /** These are to be claimed and read back again, if they are ours still. */
  reopen(names: readonly string[]): void {
    this.#openAll(names.flatMap((name) => this.#owned.get(name) ?? []));
  }

  /** The client has gone somewhere else in a partition: the store is asked where to go on. */
  lostPlace(topic: string, number: number): void {
    const partition = this.#owned.get(partitionName(topic, number));
    if (partition?.expected !== undefined) this.#openAll([partition]);
  }

  /** Takes fetched records when there is room. Takes nothing of a partition that is not ours, or not opened, or whose place the client has lost. */
  async take(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const partition = this.#owned.get(partitionName(batch.topic, batch.partition));
    if (partition?.expected === undefined) return;
    while (!this.queue.hasRoom) {
      await payload.heartbeat();
      if (!payload.isRunning() || this.#parts.signal.aborted) return;
      await this.queue.change(this.#parts.config.sessionTimeoutMs / 20);
    }
    // While it waited the partition may have gone to another, or may have been given to us anew.
    if (!this.#holds(partition)) return;
    const { fetchedOffset } = batch as typeof batch & { readonly fetchedOffset: string };
    if (Number(fetchedOffset) !== partition.expected) {
      this.reopen([partition.name]);
      return;
    }
    this.#put(partition, batch.messages, Number(batch.lastOffset()) + 1);
    payload.resolveOffset(batch.lastOffset());
    await payload.heartbeat();
  }

  /**
   * Records that are not for us (of aborted transactions, and marks of transactions): only the offset goes on. What begins behind the expected record was fetched before the partition was begun
   * anew further back, and says nothing of what lies between; or there is nothing between, which is believed when it is said again.
   */
  passedOver(at: PassedOver): void {
    const partition = this.#owned.get(partitionName(at.topic, at.partition));
    const nextOffset = Number(at.lastOffset) + 1;
    if (partition?.expected === undefined || nextOffset <= partition.expected) return;
    if (partition.believes(Number(at.firstOffset ?? at.lastOffset))) this.#put(partition, [], nextOffset);
    else this.#openAll([partition]);
  }

  /** Name of a partition that has records of which none came for long; undefined when there is none. */
  stalled(topic: string, ends: ReadonlyMap<number, PartitionEnds>): string | undefined {
    const nowMs = this.#parts.clock();
    return [...this.#owned.values()].find(
      (partition) => partition.topic === topic && partition.isStalled(ends.get(partition.number)?.high ?? 0, nowMs),
    )?.name;
  }

  #revoke(partitions: readonly OwnedPartition[]): void {
    for (const { name } of partitions) {
      this.#owned.delete(name);
      this.queue.drop(name);
    }
    this.#parts.reader.revoke(partitions.flatMap((partition) => idOf(partition) ?? []));
  }

  /** Asks where partitions are to be read from, and reads them from there. Until then nothing of them is fetched. */
  #openAll(partitions: readonly OwnedPartition[]): void {
    for (const partition of partitions) {
      partition.close();
      this.queue.drop(partition.name);
      this.#tell((consumer) => {
        consumer.pause([{ topic: partition.topic, partitions: [partition.number] }]);
      });
    }
    for (const [topic, ofTopic] of Map.groupBy(partitions, ({ topic }) => topic)) {
      const openings = new Map(ofTopic.map((partition) => [partition, partition.openings]));
      this.#open(topic, openings).catch((error: unknown) => {
        this.#parts.onFailure(error);
        setTimeout(() => {
          if (!this.#parts.signal.aborted) this.#openAll(this.#current(openings));
        }, RETRY_MS);
      });
    }
  }

  /** Partitions that are ours still, and were not closed again since their opening began. */
  #current(openings: ReadonlyMap<OwnedPartition, number>): readonly OwnedPartition[] {
    return [...openings.keys()].filter(
      (partition) => this.#holds(partition) && partition.openings === openings.get(partition),
    );
  }

  async #open(topic: string, openings: ReadonlyMap<OwnedPartition, number>): Promise<void> {
    const { admin, config, reader } = this.#parts;
    const { clusterId, topics } = this.#served;
    const ends = await topicEnds(admin, topic);
    if (topics.get(topic) === undefined) {
      // Each manifest may come again without harm.
      const offsets = await committedOffsets(admin, config.group, topic, ends);
      for (const partition of this.#current(openings)) this.#seek(partition, offsets.get(partition.number) ?? 0);
      return;
    }
    const firsts = await firstOffsets(admin, config, topic, ends);
    const ours = this.#current(openings);
    if (ours.length === 0) return;
    const starts = await reader.assign(
      ours.map((partition) => foundPartition(partition, clusterId, firsts.get(partition.number) ?? 0)),
    );
    const current = new Set(this.#current(openings));
    for (const [at, partition] of ours.entries()) {
      const [start, end, id] = [starts[at], ends.get(partition.number), idOf(partition)];
      if (start === undefined || end === undefined || id === undefined || !current.has(partition)) continue;
      const { offset, damage } = openingOf(start, clusterId, end);
      if (damage !== undefined) this.queue.put(partition.name, { kind: 'damaged', ...id, ...damage });
      if (offset !== undefined) this.#seek(partition, offset);
    }
  }

  #seek(partition: OwnedPartition, offset: number): void {
    partition.advance(offset, this.#parts.clock());
    const { topic, number } = partition;
    this.#tell((consumer) => {
      consumer.seek({ topic, partition: number, offset: String(offset) });
      consumer.resume([{ topic, partitions: [number] }]);
    });
  }

  /** kafkajs throws when its consumer has crashed and is not back yet. Nothing is lost by that: when it joins again it is told all of this anew. */
  #tell(what: (consumer: Consumer) => void): void {
    if (this.#consumer === undefined) return;
    try {
      what(this.#consumer);
    } catch (error) {
      if (!(error instanceof Error && error.name === 'KafkaJSNonRetriableError')) throw error;
    }
  }

  #put(partition: OwnedPartition, messages: readonly KafkaMessage[], nextOffset: number): void {
    const offset = partition.expected ?? 0;
    partition.advance(nextOffset, this.#parts.clock());
    const id = idOf(partition);
    if (id !== undefined) {
      const place = { offset, nextOffset, fileHead: this.#served.clusterId };
      this.queue.put(partition.name, { kind: 'slice', ...id, ...laidOut(messages), ...place });
      return;
    }
    for (const { value, offset: at } of messages) {
      const item = manifestItem(value, { stream: '', partition: partition.name, offset: Number(at) + 1 });
      if (item !== undefined) this.queue.put(partition.name, item);
    }
  }

  /** Whether it is this very partition that is ours, and not one of the same name that was given to us again. */
  #holds(partition: OwnedPartition): boolean {
    return this.#owned.get(partition.name) === partition;
  }
}

/** Undefined for manifests. */
const idOf = ({ topic, name, stream }: OwnedPartition): PartitionId | undefined =>
  stream === undefined ? undefined : { stream, topic, partition: name, server: '' };
