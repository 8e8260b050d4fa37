import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { KafkaSourceConfig } from '../config/sourceConfig.ts';
import { FilesSource } from '../sources/files/filesSource.ts';
import type { PublisherOptions } from '../sources/kafka/publish/publisher.ts';
import { KafkaSource } from '../sources/kafka/kafkaSource.ts';
import { TopicWatch } from '../sources/kafka/topicWatch.ts';
import { WorkGroup } from '../sources/kafka/workGroup.ts';
import type { Source } from '../sources/source.ts';
import { Claims } from '../store/claims.ts';
import type { Connection } from '../store/connection.ts';
import type { IngestStore } from '../store/ingestStore.ts';
import { wallClock } from '../time/wallClock.ts';
import { Heard } from '../windows/heard.ts';
import type { Progress } from '../windows/progress.ts';
import { ownerName } from './ownerName.ts';
import { watchProgress } from './progressWatch.ts';
import type { Role } from './role.ts';
import type { Hearing } from './streamSetup.ts';
import { pause } from './untilDone.ts';

/** Where a process gets its events from, and which part of the work. */
export interface Input {
  /** Undefined when others ingest. */
  readonly source: Source | undefined;
  readonly hearing: Hearing;
  /** Where several processes share the work: who may write what. */
  readonly claims: Claims | undefined;
  /** Where what is found is published; undefined when it is not. */
  readonly publisher: PublisherOptions | undefined;
  /** Tells which streams are to be judged here and whether control is here; again whenever that changes. */
  share(tell: {
    readonly judge: (streams: ReadonlySet<string>) => void;
    readonly control: (isOurs: boolean) => void;
  }): void;
  /** Notes that everything of a partition below an offset is stored. */
  stored(stream: string, partition: string, offset: number): void;
  /** What it is still waiting for; undefined when it reads. */
  notReady(): string | undefined;
  /** Hands back what is ours: others take over. */
  close(): Promise<void>;
}

/** What an input is made of. */
export interface InputParts {
  readonly config: Config;
  readonly roles: ReadonlySet<Role>;
  readonly connection: Connection;
  readonly store: IngestStore;
  readonly progress: Progress;
  readonly log: Logger;
  readonly stop: AbortSignal;
  readonly onFailure: (error: unknown) => void;
}

/** The input that the config names. */
export function inputOf(parts: InputParts): Input {
  const { source } = parts.config;
  return source.kind === 'files' ? filesInput(parts, source) : kafkaInput(parts, source);
}

/** Log files: one process reads them, and does all there is to do. */
function filesInput(
  { config, progress }: InputParts,
  { dirs, pollMs }: { dirs: readonly string[]; pollMs: number },
): Input {
  const streams = Object.keys(config.streams);
  const source = new FilesSource({ dirs, streams, pollMs, clock: wallClock, pause });
  return {
    source,
    claims: undefined,
    publisher: undefined,
    hearing: {
      isListed: () => source.isListed(),
      serversBehind: (stream) => new Set([...source.serversBehind(stream), ...progress.serversUnderWay(stream)]),
      heardMs: () => Infinity,
    },
    share({ judge, control }) {
      judge(new Set(streams));
      control(true);
    },
    stored: () => undefined,
    notReady: () => (source.isListed() ? undefined : 'the sources are being listed'),
    close: () => Promise.resolve(),
  };
}

/** Into how many shares judging is cut: streams are spread over them. */
const JUDGE_SHARES = 16;

/** Topics of Kafka: partitions, streams to judge and control are spread over processes by its groups. */
function kafkaInput(
  { config, roles, connection, store, progress, log, stop, onFailure }: InputParts,
  kafka: KafkaSourceConfig,
): Input {
  // In one order everywhere: by their places they are shared out.
  const streams = Object.keys(config.streams).sort();
  const source = roles.has('ingest')
    ? new KafkaSource({ config: kafka, streams, clock: wallClock, log, pause, onFailure })
    : undefined;
  const topics = new TopicWatch(kafka, streams, log);
  const heard = new Heard();
  const watching = roles.has('judge')
    ? watchProgress({ store, ends: (nowMs) => topics.ends(nowMs), progress, heard, clock: wallClock, onFailure }, stop)
    : Promise.resolve();
  const groups: WorkGroup[] = [];
  const group = (name: string, shares: number, onShares: (shares: ReadonlySet<number>) => void): void => {
    groups.push(new WorkGroup({ config: kafka, name, shares, log, pause, onFailure, onShares }));
  };
  return {
    source,
    claims: new Claims(connection, { database: config.clickhouse.database, owner: ownerName() }),
    publisher: kafka.publish ? { access: kafka, group: kafka.group, log } : undefined,
    hearing: {
      // Of each stream it is known by itself: nothing is heard of it before all that was there is stored.
      isListed: () => true,
      serversBehind: () => new Set(),
      heardMs: (stream) => heard.heardMs(stream),
    },
    share({ judge, control }) {
      if (roles.has('judge'))
        group('judge', JUDGE_SHARES, (shares) => {
          judge(new Set(streams.filter((_, at) => shares.has(at % JUDGE_SHARES))));
        });
      if (roles.has('control'))
        group('control', 1, (shares) => {
          control(shares.size > 0);
        });
    },
    stored: (stream, partition, offset) => {
      heard.stored(stream, partition, offset);
    },
    notReady: () => (source?.isListed() === false ? 'the consumer group is being joined' : undefined),
    async close() {
      await Promise.all([source?.close(), ...groups.map((member) => member.close())]);
      await watching;
      await topics.close();
    },
  };
}
