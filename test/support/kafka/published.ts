import type { Kafka } from 'kafkajs';
import { readTopic } from '../../../core/sources/kafka/readTopic.ts';

/** What tests look at in the values. */
export interface PublishedValue extends Readonly<Record<string, unknown>> {
  readonly startMs: number;
  readonly revision: number;
  readonly status: string;
  readonly retracted: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

/** A record of one of the topics that are published. */
export interface PublishedRecord {
  readonly key: string;
  readonly schema: string;
  readonly value: PublishedValue;
}

/** All records of a topic, in order of each partition; of transactions that are committed, or of all. */
export async function published(
  kafka: Kafka,
  topic: string,
  { readUncommitted = false } = {},
): Promise<PublishedRecord[]> {
  const records: PublishedRecord[] = [];
  await readTopic(kafka, { topic, readUncommitted }, ({ key, value, headers }) => {
    records.push({
      key: String(key),
      schema: String(headers?.['schema']),
      value: JSON.parse(String(value)) as PublishedValue,
    });
  });
  return records;
}
