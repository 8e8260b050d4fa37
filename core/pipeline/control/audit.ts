import type { Logger } from 'pino';
import type { Finding } from '../../findings/finding.ts';
import { auditBetween, type AuditMark, auditMarks } from '../../store/auditRange.ts';
import { type Audited, type AuditResult, auditStream, saveAudit } from '../../store/auditStore.ts';
import type { Connection } from '../../store/connection.ts';
import { findingRow, jsonRows } from '../../store/insertBodies.ts';
import type { Instruments } from '../../telemetry.ts';
import type { Clock } from '../../time/wallClock.ts';
import type { Control } from './control.ts';
import { auditFinding } from '../ingest/ownFindings.ts';
import { pause } from '../untilDone.ts';

/** What the audit is made of. */
export interface AuditParts {
  readonly connection: Connection;
  readonly database: string;
  readonly streams: readonly (Omit<Audited, 'closedWithinS'> & { readonly windowMs: number })[];
  readonly clock: Clock;
  readonly log: Logger;
  readonly instruments: Instruments;
  readonly onFailure: (error: unknown) => void;
}

const BEAT_MS = 30_000;
/** After a start everything closed within the last day is counted, later what was closed since: each partition about twenty times. */
const FIRST_CLOSED_WITHIN_S = 86_400;
const CLOSED_WITHIN_S = 600;

/** Counts what is stored against itself, again and again, until it is stopped: a metric, and a finding where it does not hold. */
export function startAudit(parts: AuditParts): Control {
  const stop = new AbortController();
  const running = audit(parts, stop.signal);
  return {
    async stop() {
      stop.abort();
      await running;
    },
  };
}

async function audit(parts: AuditParts, stop: AbortSignal): Promise<void> {
  const { streams, instruments, onFailure } = parts;
  const holds = new Map<string, boolean>();
  for (const { stream } of streams)
    instruments.gauge('touchstone.audit.holds', () => (holds.get(stream) === false ? 0 : 1), { stream });
  const isOver = (): boolean => stop.aborted;
  const looks = new Map<string, Look>();
  for (let closedWithinS = FIRST_CLOSED_WITHIN_S; !isOver();) {
    await pause(BEAT_MS, stop);
    try {
      for (const stream of streams) {
        if (isOver()) return;
        const closed = await auditStream(parts.connection, parts.database, { ...stream, closedWithinS });
        const open = await auditOpen(parts, stream.stream, looks);
        const results = [closed, ...open].filter(({ committed, rows }) => committed > 0 || rows > 0);
        let all = true;
        for (const result of results) all = (await tell(parts, stream, result)) && all;
        holds.set(stream.stream, all);
      }
      closedWithinS = CLOSED_WITHIN_S;
    } catch (error) {
      onFailure(error);
    }
  }
}

/** Where the open partitions of a stream stood, and when. */
interface Look {
  readonly atMs: number;
  readonly marks: ReadonlyMap<string, AuditMark>;
}

/** What was committed of open partitions since the last look; nothing at the first one. */
async function auditOpen(
  { connection, database, clock }: AuditParts,
  stream: string,
  looks: Map<string, Look>,
): Promise<AuditResult[]> {
  const before = looks.get(stream);
  const look = { atMs: clock(), marks: await auditMarks(connection, database, stream) };
  looks.set(stream, look);
  if (before === undefined || look.marks.size === 0) return [];
  return [
    await auditBetween(connection, database, stream, {
      before: before.marks,
      after: look.marks,
      sinceMs: before.atMs,
    }),
  ];
}

/** Writes an audit down; with a finding where it does not hold. Answers whether it does. */
async function tell(
  { connection, database, clock, log }: AuditParts,
  stream: AuditParts['streams'][number],
  result: AuditResult,
): Promise<boolean> {
  const nowMs = clock();
  await saveAudit(connection, database, result, nowMs);
  if (result.holds) return true;
  log.error(result, 'the audit does not hold: rows were lost or counted twice');
  await saveFinding(connection, database, auditFinding(result, { ...stream, database, nowMs }), nowMs);
  return false;
}

function saveFinding(connection: Connection, database: string, finding: Finding, atMs: number): Promise<void> {
  const row = findingRow(finding, { fromWindow: false, retracted: false }, atMs);
  return connection.insertBytes({
    table: `${database}.finding_revisions`,
    format: 'JSONEachRow',
    body: jsonRows([row]),
  });
}
