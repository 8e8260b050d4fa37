import { makeTopics, testClient } from '../../test/support/kafka/topics.ts';
import { childProgram } from './childProgram.ts';
import type { ProduceOptions } from './produce.ts';
import { PARTITIONS } from './topicRecords.ts';

/** What producing took. */
export interface Produced {
  readonly events: number;
  readonly bytes: number;
  readonly priceMicros: number;
  readonly cpuS: number;
  readonly wallS: number;
}

/** Makes a topic and fills it, in a process of its own. */
export async function filledTopic(options: ProduceOptions): Promise<Produced> {
  await makeTopics(testClient(options.brokers), { [options.topic]: PARTITIONS });
  return childProgram<Produced>('produce.ts', options);
}

/** Removes a topic, so that its bytes do not fill the disk. */
export async function removeTopic(brokers: readonly string[], topic: string): Promise<void> {
  const admin = testClient(brokers).admin();
  await admin.connect();
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
}
