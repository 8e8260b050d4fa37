import kafkajs, { type Admin } from 'kafkajs';

/** A topic that is to be there. It has as many copies as is usual in the cluster. */
export interface WantedTopic {
  readonly topic: string;
  /** Left out: as many as is usual in the cluster. */
  readonly partitions?: number;
  /** Whether only the newest record of each key is kept, and that for ever. */
  readonly isCompacted?: boolean;
}

/** Kafka's default of max.message.bytes. */
const DEFAULT_MESSAGE_BYTES = 1_048_588;
/** What a batch has beside its records. */
const OVERHEAD_BYTES = 2_048;

const LOOK_MS = 100;
const LOOKS_MAX = 300;

/** Makes the topics that are missing, and waits until they can be written. */
export async function makeTopics(admin: Admin, wanted: readonly WantedTopic[]): Promise<void> {
  const existing = new Set(await admin.listTopics());
  const missing = wanted.filter(({ topic }) => !existing.has(topic));
  if (missing.length === 0) return;
  await admin.createTopics({
    topics: missing.map(({ topic, partitions = -1, isCompacted = false }) => ({
      ...{ topic, numPartitions: partitions, replicationFactor: -1 },
      configEntries: isCompacted ? [{ name: 'cleanup.policy', value: 'compact' }] : [],
    })),
    waitForLeaders: false,
  });
  for (const { topic } of missing) await untilKnown(admin, topic);
}

/** Bytes of records that a topic takes in one batch. */
export async function batchBytesMax(admin: Admin, topic: string): Promise<number> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: ['max.message.bytes'] }],
  });
  const value = Number(resources[0]?.configEntries[0]?.configValue);
  return (value > 0 ? value : DEFAULT_MESSAGE_BYTES) - OVERHEAD_BYTES;
}

async function untilKnown(admin: Admin, topic: string): Promise<void> {
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      if (topics[0]?.partitions.every(({ leader }) => leader >= 0) === true) return;
    } catch {
      // A topic just made is not known to every broker at once.
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new Error(`the topic ${topic} was made, and has no leader`);
}
