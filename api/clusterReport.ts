import type { z } from 'zod';
import type { ClusterFacts, HeardProcess, OpenPartition } from '../core/store/clusterStore.ts';
import type { cluster } from './contract.ts';
import { isoOf } from './page.ts';

/** What the route answers, and what the doctor reads. */
export type ClusterReport = z.infer<typeof cluster>;
type ReportedStream = ClusterReport['streams'][number];
type ReportedPartition = ReportedStream['partitions'][number];

/** Offsets of the first record of a partition that is there, and of the next one that will be written. */
export interface Ends {
  readonly low: number;
  readonly high: number;
}

/** Where the topics end. `ends`: by stream, by partition; undefined where nobody knows. */
export interface TopicEnds {
  readonly state: ClusterReport['topicEnds']['state'];
  readonly detail: string;
  readonly ends: ReadonlyMap<string, ReadonlyMap<string, Ends>> | undefined;
}

/** Who is silent for so long is not counted on; beats come every 5 s. */
const SILENT_MS = 15_000;

/** Puts together who is there, who owns what and how far it is. All times are those of the store's clock. */
export function clusterReport(facts: ClusterFacts, streams: readonly string[], topicEnds: TopicEnds): ClusterReport {
  const processes = facts.processes.map((process) => processOf(process, facts.nowMs));
  const states = new Map(processes.map(({ owner, state }) => [owner, state]));
  return {
    at: isoOf(facts.nowMs),
    processes,
    claims: facts.claims.map(({ name, owner, epoch, sinceMs }) => ({
      ...{ name, owner, epoch },
      since: isoOf(sinceMs),
      ownerState: states.get(owner) ?? 'unknown',
    })),
    topicEnds: { state: topicEnds.state, detail: topicEnds.detail },
    streams: streams.map((stream) => streamOf(stream, facts, topicEnds)),
  };
}

function processOf(process: HeardProcess, nowMs: number): ClusterReport['processes'][number] {
  const { owner, host, pid, roles, version, api, backlogBytes, notReady, stopped } = process;
  const silentMs = nowMs - process.beatAtMs;
  return {
    ...{ owner, host, pid, roles: [...roles], version, api },
    state: stopped ? 'stopped' : silentMs > SILENT_MS ? 'silent' : 'alive',
    startedAt: isoOf(process.startedAtMs),
    beatAt: isoOf(process.beatAtMs),
    backlogBytes: backlogBytes ?? null,
    notReady: notReady === '' ? null : notReady,
    clockAheadMs: process.saidAtMs - process.beatAtMs,
  };
}

function streamOf(stream: string, { partitions, nowMs }: ClusterFacts, { state, ends }: TopicEnds): ReportedStream {
  // Log files that were left open when the stream went over to Kafka are nobody's any more, and the other way round.
  const stored = partitions.filter((known) => known.stream === stream && (known.server !== '') === (state === 'files'));
  const byName = new Map(stored.map((known) => [known.partition, known]));
  const ofStream = ends?.get(stream);
  const names = [...new Set([...byName.keys(), ...(ofStream?.keys() ?? [])])].sort(inOrder);
  const shown = names.map((partition) =>
    partitionOf(partition, byName.get(partition), ofStream?.get(partition), nowMs),
  );
  const newestMs = Math.max(...stored.map((known) => known.newestMs ?? 0), 0);
  const behind = shown.filter(({ lagRecords }) => (lagRecords ?? 0) > 0).map(({ lagMs }) => lagMs ?? 0);
  return {
    stream,
    partitions: shown,
    lagRecords: ofStream === undefined ? null : shown.reduce((sum, { lagRecords }) => sum + (lagRecords ?? 0), 0),
    newestAt: newestMs === 0 ? null : isoOf(newestMs),
    lagMs: newestMs === 0 ? null : nowMs - newestMs,
    worstLagMs: ofStream === undefined ? null : Math.max(0, ...behind),
  };
}

function partitionOf(
  partition: string,
  stored: OpenPartition | undefined,
  ends: Ends | undefined,
  nowMs: number,
): ReportedPartition {
  const offset = stored?.offset;
  const newestMs = stored?.newestMs;
  return {
    partition,
    offset: offset ?? null,
    endOffset: ends?.high ?? null,
    lagRecords: ends === undefined ? null : Math.max(0, ends.high - Math.max(ends.low, offset ?? ends.low)),
    recordsGone: ends === undefined || offset === undefined ? null : Math.max(0, ends.low - offset),
    newestAt: newestMs === undefined ? null : isoOf(newestMs),
    lagMs: newestMs === undefined ? null : nowMs - newestMs,
  };
}

/** Partition 10 comes after partition 9. */
const inOrder = (left: string, right: string): number => left.localeCompare(right, 'en', { numeric: true });
