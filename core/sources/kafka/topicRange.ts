import type { Consumer, Kafka, KafkaMessage } from 'kafkajs';
import { Changes } from './changes.ts';
import { withAdmin } from './client.ts';

/** Offsets [from, to) of each partition. */
export type Ranges = ReadonlyMap<number, { readonly from: number; readonly to: number }>;

/** What of a topic is read. */
export interface RangeReading {
  readonly topic: string;
  readonly ranges: Ranges;
  /** Whether records of transactions that are open, or were aborted, are read too. */
  readonly readUncommitted?: boolean;
}

/** Records of one partition, in offset order. */
export interface RangeRecords {
  readonly partition: number;
  readonly messages: readonly KafkaMessage[];
}

/**
 * Reads a topic's records between offsets, and ends: in a group of its own that nobody else joins and that is gone afterwards, so whoever consumes the topic notices nothing.
 * Rejects when the consumer stops for good.
 */
export async function* readRange(
  kafka: Kafka,
  { topic, ranges, readUncommitted = false }: RangeReading,
): AsyncGenerator<RangeRecords> {
  const left = new Map([...ranges].filter(([, { from, to }]) => to > from).map(([number, { to }]) => [number, to]));
  if (left.size === 0) return;
  const groupId = `touchstone-range-${crypto.randomUUID()}`;
  const consumer = kafka.consumer({ groupId, readUncommitted, maxWaitTimeInMs: 100, retry: { retries: 20 } });
  const channel = new Channel();
  const passed = (partition: number, lastOffset: string): void => {
    if (Number(lastOffset) + 1 >= (left.get(partition) ?? Infinity)) left.delete(partition);
    if (left.size === 0) channel.end();
  };
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    if (!restart) channel.end(error);
  });
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
    passed(partition, lastOffset);
  });
  consumer.on(consumer.events.GROUP_JOIN, () => {
    for (const [number, { from }] of ranges) consumer.seek({ topic, partition: number, offset: String(from) });
  });
  try {
    await consume(consumer, topic, ranges, channel);
    yield* channel.taken();
  } finally {
    await consumer.disconnect();
    await withAdmin(kafka, (admin) => admin.deleteGroups([groupId])).catch(() => undefined);
  }
}

async function consume(consumer: Consumer, topic: string, ranges: Ranges, channel: Channel): Promise<void> {
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: async (payload) => {
      const { batch } = payload;
      const { from = 0, to = 0 } = ranges.get(batch.partition) ?? {};
      const messages = batch.messages.filter(({ offset }) => Number(offset) >= from && Number(offset) < to);
      if (messages.length > 0) await channel.put({ partition: batch.partition, messages }, () => payload.heartbeat());
    },
  });
}

/** Time between two signs of life while what was read waits to be taken. */
const HEARTBEAT_MS = 1_000;

/** Hands over one thing at a time: nothing more is fetched before it was taken. */
class Channel {
  #held: RangeRecords | undefined;
  #ended = false;
  #error: Error | undefined;
  readonly #changes = new Changes();

  async put(records: RangeRecords, heartbeat: () => Promise<void>): Promise<void> {
    this.#held = records;
    this.#changes.happened();
    while (this.#held === records && !this.#ended) {
      await this.#changes.next(HEARTBEAT_MS);
      await heartbeat();
    }
  }

  end(error?: Error): void {
    this.#ended = true;
    this.#error ??= error;
    this.#changes.happened();
  }

  async *taken(): AsyncGenerator<RangeRecords> {
    for (;;) {
      const held = this.#held;
      if (held !== undefined) {
        yield held;
        this.#held = undefined;
        this.#changes.happened();
      } else if (this.#error !== undefined) throw this.#error;
      else if (this.#ended) return;
      else await this.#changes.next(HEARTBEAT_MS);
    }
  }
}
