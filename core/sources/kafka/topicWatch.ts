import type { Admin } from 'kafkajs';
import type { Logger } from 'pino';
import type { KafkaSourceConfig } from '../../config/sourceConfig.ts';
import { kafkaClient } from './client.ts';
import { topicEnds } from './topicEnds.ts';
import { partitionName, type StreamEnds, type TopicMap, topicsOf } from './topics.ts';

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
    // A stream without a topic has nothing that is not stored.
    const ends = new Map(this.#streams.map((stream) => [stream, new Map<string, number>()]));
    for (const [topic, stream] of this.#topics) {
      if (stream === undefined) continue;
      for (const [number, { low, high }] of await topicEnds(this.#admin, topic))
        ends.get(stream)?.set(partitionName(topic, number), low === high ? 0 : high);
    }
    return ends;
  }

  async close(): Promise<void> {
    await this.#admin.disconnect();
  }
}
