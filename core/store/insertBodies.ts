import type { Problem } from '../events/problem.ts';
import type { Finding } from '../findings/finding.ts';
import type { Manifest } from '../sources/source.ts';
import type { PartitionCommit } from './partitionCommit.ts';

/** Rows as a JSONEachRow body; for the small tables. */
export const jsonRows = (rows: readonly object[]): Uint8Array =>
  new TextEncoder().encode(rows.map((row) => JSON.stringify(row)).join('\n'));

/** A time as ClickHouse's DateTime64(3) reads it from JSON; epoch seconds would be read wrongly, or not at all, before 2001. */
export const jsonTime = (ms: number): string => new Date(ms).toISOString();

/** What DateTime64(3) can hold, epoch ms. */
const EARLIEST_MS = Date.UTC(1900, 0, 1);
const LATEST_MS = Date.UTC(2299, 11, 31);

/** A time that a line told, however absurd it is; null when no column can hold it. */
const toldTime = (ms: number | undefined): string | null =>
  ms !== undefined && ms >= EARLIEST_MS && ms <= LATEST_MS ? jsonTime(ms) : null;

/** Row of `partition_commits`. */
export const commitRow = (commit: PartitionCommit, atMs: number): object => ({
  ...commit,
  watermarkMs: commit.watermarkMs ?? 0,
  committedAt: jsonTime(atMs),
});

/** Row of `dead_letter_rows`. Raw bytes that are no UTF-8 are kept exactly: `raw` is sent as hexadecimal text by {@link hex}. */
export const deadLetterRow = (
  problem: Problem,
  from: { stream: string; topic: string; partition: string; server: string },
  atMs: number,
): object => ({
  stream: from.stream,
  topic: from.topic,
  partition: from.partition,
  offset: problem.offset,
  server: from.server,
  reason: problem.reason,
  detail: problem.detail,
  rawHex: hex(problem.raw),
  time: toldTime(problem.timeMs),
  arrivedAt: jsonTime(atMs),
});

/** Row of `manifest_rows`. */
export const manifestRow = (
  manifest: Manifest,
  read: { events: number; problems: number; bytes: number },
  atMs: number,
): object => ({
  ...manifest,
  eventsRead: read.events,
  problemsRead: read.problems,
  bytesRead: read.bytes,
  arrivedAt: jsonTime(atMs),
});

/** Row of `finding_revisions`. One that came from judging windows may be retracted later. */
export const findingRow = (
  finding: Finding,
  { fromWindow, retracted }: { readonly fromWindow: boolean; readonly retracted: boolean },
  atMs: number,
): object => ({
  id: finding.id,
  fingerprint: finding.fingerprint,
  plugin: finding.plugin,
  check: finding.check,
  stream: finding.stream,
  series: finding.series,
  labels: finding.labels,
  severity: finding.severity,
  windowStart: jsonTime(finding.startMs),
  windowEnd: jsonTime(finding.endMs),
  revision: finding.revision,
  retracted,
  text: finding.text,
  data: JSON.stringify(finding.data),
  observed: finding.observed ?? null,
  expectedLow: finding.expected?.low ?? null,
  expectedCenter: finding.expected?.center ?? null,
  expectedHigh: finding.expected?.high ?? null,
  rarity: finding.rarity ?? null,
  evidenceSql: finding.evidenceSql,
  origin: JSON.stringify(finding),
  fromWindow,
  foundAt: jsonTime(atMs),
});

const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
