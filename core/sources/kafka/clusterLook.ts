import kafkajs, { type Admin, type PartitionMetadata } from 'kafkajs';
import type { Logger } from 'pino';
import type { KafkaSourceConfig } from '../../config/sourceConfig.ts';
import { kafkaClient } from './client.ts';
import { type StreamBounds, streamBounds } from './topicEnds.ts';
import { partitionName, type TopicMap, topicsOf } from './topics.ts';

/** A topic that is read. */
export interface SeenTopic {
  readonly topic: string;
  /** Undefined for the topic of the manifests. */
  readonly stream: string | undefined;
  readonly partitions: readonly PartitionMetadata[];
}

/** A consumer group as its coordinator knows it. */
export interface SeenGroup {
  readonly group: string;
  /** Kafka's word: `Stable`, `Empty`, `Dead`, or a rebalance under way. */
  readonly state: string;
  readonly members: readonly SeenMember[];
}

/** A member and what it was given. */
export interface SeenMember {
  readonly host: string;
  readonly partitions: readonly string[];
}

/** Who asks for a person does not wait for long. */
const PATIENCE = { connectionTimeout: 2_000, requestTimeout: 3_000, retry: { retries: 1, initialRetryTime: 100 } };

/** Looks at a cluster on behalf of a person: soon, or not at all. Everything here throws when the cluster does not answer. */
export class ClusterLook {
  readonly #config: KafkaSourceConfig;
  readonly #streams: readonly string[];
  readonly #admin: Admin;

  constructor(config: KafkaSourceConfig, streams: readonly string[], log: Logger) {
    this.#config = config;
    this.#streams = streams;
    this.#admin = kafkaClient(config, log, undefined, PATIENCE).admin();
  }

  /** How many brokers there are. */
  async brokers(): Promise<number> {
    await this.#admin.connect();
    return (await this.#admin.describeCluster()).brokers.length;
  }

  /** The topics that are read, of those that there are. */
  async topics(): Promise<readonly SeenTopic[]> {
    const map = await this.#topicMap();
    if (map.size === 0) return [];
    const { topics } = await this.#admin.fetchTopicMetadata({ topics: [...map.keys()] });
    return topics.map(({ name, partitions }) => ({ topic: name, stream: map.get(name), partitions }));
  }

  /** Where the topics of every stream begin and end. */
  async bounds(): Promise<StreamBounds> {
    return streamBounds(this.#admin, this.#streams, await this.#topicMap());
  }

  /** The groups of this name, of its judges and of its control. */
  async groups(): Promise<readonly SeenGroup[]> {
    await this.#admin.connect();
    const { group } = this.#config;
    const { groups } = await this.#admin.describeGroups([group, `${group}.judge`, `${group}.control`]);
    return groups.map(({ groupId, state, members }) => ({
      group: groupId,
      state,
      members: members.map(({ clientHost, memberAssignment }) => ({
        host: clientHost,
        partitions: partitionsOf(memberAssignment),
      })),
    }));
  }

  async close(): Promise<void> {
    await this.#admin.disconnect();
  }

  async #topicMap(): Promise<TopicMap> {
    await this.#admin.connect();
    return topicsOf(this.#config, this.#streams, await this.#admin.listTopics());
  }
}

/** What a member was given; nothing while the group is being put together. */
function partitionsOf(assignment: Buffer): readonly string[] {
  if (assignment.length === 0) return [];
  const decoded = kafkajs.AssignerProtocol.MemberAssignment.decode(assignment);
  return Object.entries(decoded?.assignment ?? {}).flatMap(([topic, numbers]) =>
    numbers.map((number) => partitionName(topic, number)),
  );
}
