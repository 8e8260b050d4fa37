import type { Consumer } from 'kafkajs';
import type { Logger } from 'pino';
import type { KafkaSourceConfig } from '../../config/sourceConfig.ts';
import { kafkaClient, withAdmin } from './client.ts';
import { consumeOnce } from './consumerLife.ts';
import { makeTopics } from './makeTopics.ts';

/** What a work group is made of. */
export interface WorkGroupParts {
  readonly config: KafkaSourceConfig;
  /** What is shared: the group, and the topic that stands for the work, are named after it. */
  readonly name: string;
  /** Into how many shares the work is cut. */
  readonly shares: number;
  readonly log: Logger;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
  /** These shares are ours from now on, and no others. */
  readonly onShares: (shares: ReadonlySet<number>) => void;
}

const RETRY_MS = 1_000;

/**
 * Shares work between processes by Kafka's own group protocol: a topic without records whose partitions are the shares. Who is dead, who is new, and who does what
 * is Kafka's to find out; who may write is the store's (`core/store/claims.ts`).
 */
export class WorkGroup {
  readonly #parts: WorkGroupParts;
  readonly #end = new AbortController();
  readonly #running: Promise<void>;

  constructor(parts: WorkGroupParts) {
    this.#parts = parts;
    this.#running = this.#run();
  }

  /** Leaves the group: others take over at once. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { config, log, pause, onFailure } = this.#parts;
    const kafka = kafkaClient(config, log);
    while (!this.#end.signal.aborted) {
      try {
        await withAdmin(kafka, (admin) => makeTopics(admin, [{ topic: this.#topic, partitions: this.#parts.shares }]));
        const { sessionTimeoutMs } = config;
        await this.#live(
          kafka.consumer({
            groupId: this.#topic,
            sessionTimeout: sessionTimeoutMs,
            rebalanceTimeout: sessionTimeoutMs,
            heartbeatInterval: Math.floor(sessionTimeoutMs / 10),
            maxWaitTimeInMs: Math.floor(sessionTimeoutMs / 20),
          }),
        );
      } catch (error) {
        onFailure(error);
      }
      this.#parts.onShares(new Set());
      await pause(RETRY_MS, this.#end.signal);
    }
  }

  get #topic(): string {
    return `${this.#parts.config.group}.${this.#parts.name}`;
  }

  async #live(consumer: Consumer): Promise<void> {
    const topic = this.#topic;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
      this.#parts.onShares(new Set(memberAssignment[topic] ?? []));
    });
    await consumeOnce(consumer, {
      topics: [topic],
      eachBatch: () => Promise.resolve(),
      signal: this.#end.signal,
      watch: () => Promise.resolve(undefined),
      watchMs: 60_000,
      log: this.#parts.log,
    });
  }
}
