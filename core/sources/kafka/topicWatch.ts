import type { Admin } from 'kafkajs';
import type { Logger } from 'pino';
import type { KafkaSourceConfig } from '../../config/sourceConfig.ts';
import { kafkaClient } from './client.ts';
import { type PartitionEnds, streamBounds } from './topicEnds.ts';
import { type StreamEnds, type TopicMap, topicsOf } from './topics.ts';

/** Looks at the topics from outside: how far they go. For those who judge what others read, and for people. */
export class TopicWatch {
  readonly #config: KafkaSourceConfig;
  readonly #streams: readonly string[];
  readonly #admin: Admin;
  #topics: TopicMap = new Map();
  #listedAtMs = Number.NEGATIVE_INFINITY;

  constructor(config: KafkaSourceConfig, streams: readonly string[], log: Logger) {
    this.#config = config;
    this.#streams = streams;
    this.#admin = kafkaClient(config, log).admin();
  }

  /** Where every partition of every stream ends now. Throws when the cluster does not tell. */
  async ends(nowMs: number): Promise<StreamEnds> {
    if (nowMs - this.#listedAtMs >= this.#config.lookMs) {
      await this.#admin.connect();
      this.#topics = topicsOf(this.#config, this.#streams, await this.#admin.listTopics());
      this.#listedAtMs = nowMs;
    }
    const bounds = await streamBounds(this.#admin, this.#streams, this.#topics);
    return new Map([...bounds].map(([stream, partitions]) => [stream, endsOf(partitions)]));
  }

  async close(): Promise<void> {
    await this.#admin.disconnect();
  }
}

/** Nothing is to be read of a partition whose records are all gone. */
const endsOf = (partitions: ReadonlyMap<string, PartitionEnds>): ReadonlyMap<string, number> =>
  new Map([...partitions].map(([name, { low, high }]) => [name, low === high ? 0 : high]));
