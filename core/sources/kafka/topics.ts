import { type KafkaSourceConfig, topicPattern } from '../../config/sourceConfig.ts';
import { CHANGE_KINDS } from '../change.ts';

/** Which topics are read, and for what: a stream's events, or manifests (the stream is undefined). */
export type TopicMap = ReadonlyMap<string, string | undefined>;

/** What is ours among the topics that begin with the group's name. */
const OWN = [...CHANGE_KINDS, 'published', 'judge', 'control', 'ship'];

/** Of the topics that there are those that are read. A topic that two streams ask for belongs to the one that names it, or else to the first; no pattern means one of ours. */
export function topicsOf(
  { topics, manifestsTopic, group }: Pick<KafkaSourceConfig, 'topics' | 'manifestsTopic' | 'group'>,
  streams: readonly string[],
  existing: readonly string[],
): TopicMap {
  const wanted = streams.map((stream) => ({ stream, texts: topics[stream] ?? [stream] }));
  const own = new Set(OWN.map((name) => `${group}.${name}`));
  const streamOf = (topic: string): string | undefined =>
    (
      wanted.find(({ texts }) => texts.includes(topic)) ??
      wanted.find(({ texts }) => !own.has(topic) && texts.some((text) => topicPattern(text)?.test(topic) === true))
    )?.stream;
  const found = new Map<string, string | undefined>();
  for (const topic of [...existing].sort()) {
    const stream = topic.startsWith('__') ? undefined : streamOf(topic);
    if (stream !== undefined) found.set(topic, stream);
    else if (topic === manifestsTopic) found.set(topic, undefined);
  }
  return found;
}

/** How far each partition of every stream goes: by stream, by partition, the offset of the next record to be written; 0 where there is nothing to read. */
export type StreamEnds = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** A topic's partition as one word. */
export const partitionName = (topic: string, partition: number): string => `${topic}-${String(partition)}`;

/** The topic and number in it. */
export function topicPartition(name: string): { readonly topic: string; readonly partition: number } {
  const dash = name.lastIndexOf('-');
  return { topic: name.slice(0, dash), partition: Number(name.slice(dash + 1)) };
}
