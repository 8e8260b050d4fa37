import type { ClusterReport } from '../../api/clusterReport.ts';
import { fail, ok, type Verdict, warn } from './verdict.ts';
import { counted, durationText, firstOf } from './words.ts';

const LATE_WARN_MS = 2 * 60_000;
const LATE_FAIL_MS = 15 * 60_000;
const QUIET_MS = 10 * 60_000;

type Stream = ClusterReport['streams'][number];

/** Whether a stream is kept up with; in records where the end is known, and in event time. */
export function lagVerdict({ stream, partitions, lagRecords, lagMs, worstLagMs }: Stream, windowMs: number): Verdict {
  const check = `lag of ${stream}`;
  const gone = partitions.filter(({ recordsGone }) => (recordsGone ?? 0) > 0);
  if (gone.length > 0)
    return fail(
      check,
      `Kafka deleted records before they were read: ${firstOf(gone.map(({ partition, recordsGone }) => `${String(recordsGone)} of ${partition}`))}`,
      'raise retention.ms of the topic and catch up; what is deleted is to be shipped again',
    );
  const beyond = partitions.filter(
    ({ offset, endOffset }) => offset !== null && endOffset !== null && offset > endOffset,
  );
  if (beyond.length > 0)
    return fail(
      check,
      `more is stored than the topic has: ${firstOf(beyond.map(({ partition }) => partition))}`,
      'the topic was made anew, or this is another cluster: give the stream a topic of another name',
    );
  if (lagMs === null && (lagRecords ?? 0) === 0)
    return warn(check, 'nothing is stored of it yet', 'see that its servers send, and where source points to');
  const newest = lagMs === null ? 'nothing is stored yet' : `the newest event stored is ${durationText(lagMs)} old`;
  if (lagRecords === null || lagRecords === 0)
    return quietVerdict(check, { newest, lagMs: lagMs ?? 0, windowMs, lagRecords });
  const late = worstLagMs ?? 0;
  const worst = [...partitions].sort((left, right) => (right.lagRecords ?? 0) - (left.lagRecords ?? 0))[0];
  const detail = `${counted(lagRecords, 'record')} behind, most of them in ${worst?.partition ?? ''} (${String(worst?.lagRecords ?? 0)}); ${newest}, of the slowest partition ${durationText(late)}`;
  const todo =
    'if it grows, add processes with the role ingest (at most one for each partition), or see what holds up ClickHouse';
  if (late > LATE_FAIL_MS) return fail(check, detail, todo);
  const untouched = partitions.filter((partition) => (partition.lagRecords ?? 0) > 0 && partition.lagMs === null);
  if (untouched.length > 0)
    return warn(check, `${detail}; nothing of ${firstOf(untouched.map(({ partition }) => partition))} is stored`, todo);
  return late > LATE_WARN_MS ? warn(check, detail, todo) : ok(check, detail);
}

function quietVerdict(
  check: string,
  {
    newest,
    lagMs,
    windowMs,
    lagRecords,
  }: { newest: string; lagMs: number; windowMs: number; lagRecords: number | null },
): Verdict {
  const detail = `${lagRecords === 0 ? 'every record is stored; ' : ''}${newest}`;
  return lagMs > Math.max(QUIET_MS, 3 * windowMs)
    ? warn(check, detail, 'nothing newer came: see that its servers, and what ships their logs, are at work')
    : ok(check, detail);
}
