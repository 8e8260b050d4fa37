import type { Logger } from 'pino';
import type { KafkaSourceConfig } from '../../config/sourceConfig.ts';
import type { PartitionId, Records } from '../source.ts';
import { kafkaClient } from './client.ts';
import { laidOut } from './recordSlice.ts';
import { offsetsAt, topicEnds } from './topicEnds.ts';
import { partitionName, topicsOf } from './topics.ts';
import { readRange } from './topicRange.ts';

/** Records of one partition as they are in their topic. */
export interface TopicLines extends PartitionId {
  readonly bytes: Uint8Array;
  readonly records: Records;
}

/**
 * Reads a stream's records out of Kafka again, from those that were produced at `fromMs` on to what is there now: partition by partition interleaved, each in offset order.
 * Events are produced after they happened, so none of a later time is missed.
 */
export async function* readTopicEvents(
  config: KafkaSourceConfig,
  stream: string,
  fromMs: number,
  log: Logger,
): AsyncGenerator<TopicLines> {
  const kafka = kafkaClient(config, log);
  const admin = kafka.admin();
  await admin.connect();
  try {
    const topics = topicsOf(config, [stream], await admin.listTopics());
    for (const topic of [...topics.keys()].filter((name) => topics.get(name) === stream)) {
      const ends = await topicEnds(admin, topic);
      const froms = await offsetsAt(admin, topic, fromMs);
      const ranges = new Map(
        [...ends].map(([number, { low, high }]) => [
          number,
          { from: Math.max(low, froms.get(number) ?? low), to: high },
        ]),
      );
      for await (const { partition, messages } of readRange(kafka, { topic, ranges }))
        yield { stream, topic, partition: partitionName(topic, partition), server: '', ...laidOut(messages) };
    }
  } finally {
    await admin.disconnect();
  }
}
