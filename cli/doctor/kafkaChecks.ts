import { type KafkaSourceConfig, topicPattern } from '../../core/config/sourceConfig.ts';
import type { ClusterLook, SeenGroup, SeenTopic } from '../../core/sources/kafka/clusterLook.ts';
import { examined, fail, ok, reasonOf, type Verdict, warn } from './verdict.ts';
import { counted, firstOf } from './words.ts';

/** Whether Kafka answers, has what is to be read, and knows somebody who reads it. */
export async function kafkaChecks(
  config: KafkaSourceConfig,
  streams: readonly string[],
  look: ClusterLook,
): Promise<readonly Verdict[]> {
  let brokers: number;
  try {
    brokers = await look.brokers();
  } catch (error) {
    return [
      fail(
        'brokers',
        `none of ${config.brokers.join(', ')} answers: ${reasonOf(error)}`,
        'see that Kafka runs, that this machine reaches it, and source.tls and source.sasl; what was read before is safe',
      ),
    ];
  }
  const checks = await Promise.all([
    examined('topics', async () => topicVerdicts(config, streams, await look.topics())),
    groupVerdicts(look),
  ]);
  return [ok('brokers', `${counted(brokers, 'broker')} at ${config.brokers.join(', ')}`), ...checks.flat()];
}

function topicVerdicts(
  { topics, manifestsTopic }: KafkaSourceConfig,
  streams: readonly string[],
  seen: readonly SeenTopic[],
): readonly Verdict[] {
  const ofStreams = streams.map((stream) => {
    const missing = (topics[stream] ?? [stream]).filter((text) => !seen.some(({ topic }) => isNamed(text, topic)));
    if (missing.length > 0)
      return fail(
        `topic of ${stream}`,
        `there is no topic ${missing.join(', ')}`,
        'make it, or correct source.topics; it is read as soon as it is there',
      );
    return topicVerdict(
      stream,
      seen.filter((topic) => topic.stream === stream),
    );
  });
  const hasManifests = seen.some(({ topic }) => topic === manifestsTopic);
  return hasManifests
    ? ofStreams
    : [
        ...ofStreams,
        warn(
          'topic of manifests',
          `there is no topic ${manifestsTopic}: completeness cannot hold files against what they promise`,
          '`touchstone ship` makes it; without files to ship there is nothing to do',
        ),
      ];
}

const isNamed = (text: string, topic: string): boolean => topicPattern(text)?.test(topic) ?? text === topic;

function topicVerdict(stream: string, topics: readonly SeenTopic[]): Verdict {
  const check = `topic of ${stream}`;
  const all = topics.flatMap(({ topic, partitions }) =>
    partitions.map((partition) => ({ ...partition, name: `${topic}-${String(partition.partitionId)}` })),
  );
  const copies = Math.min(...all.map(({ replicas }) => replicas.length));
  const detail = `${firstOf(topics.map(({ topic }) => topic))}: ${counted(all.length, 'partition')}, ${copies === 1 ? 'one copy each' : `${String(copies)} copies`}`;
  const leaderless = all.filter(({ leader }) => leader < 0).map(({ name }) => name);
  if (leaderless.length > 0)
    return fail(
      check,
      `${detail}; no broker leads ${firstOf(leaderless)}`,
      'bring the broker back that has its data; until then nothing of it can be read or written',
    );
  const thin = all.filter(({ replicas, isr }) => isr.length < replicas.length).map(({ name }) => name);
  return thin.length > 0
    ? warn(check, `${detail}; copies of ${firstOf(thin)} are not up to date`, 'see whether a broker is down')
    : ok(check, detail);
}

async function groupVerdicts(look: ClusterLook): Promise<readonly Verdict[]> {
  try {
    return (await look.groups()).map(groupVerdict);
  } catch (error) {
    return [
      fail(
        'groups',
        `Kafka does not tell who is in them: ${reasonOf(error)}`,
        'a new cluster has no coordinator before the first process joins; else ask again, and see whether the topic __consumer_offsets is well',
      ),
    ];
  }
}

function groupVerdict({ group, state, members }: SeenGroup): Verdict {
  const check = `group ${group}`;
  if (members.length === 0)
    return fail(
      check,
      'nobody is in it',
      'start a process with the role, or see why it cannot join; who has just been killed is waited for by source.sessionTimeoutMs',
    );
  const shares = members.map(({ host, partitions }) => `${host.replace(/^\//, '')} has ${String(partitions.length)}`);
  const detail = `${counted(members.length, 'member')}, ${state}: ${firstOf(shares)}`;
  return state === 'Stable'
    ? ok(check, detail)
    : warn(check, detail, 'it is being shared out anew; ask again in half a minute');
}
