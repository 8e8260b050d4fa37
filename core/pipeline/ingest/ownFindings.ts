import type { Draft } from '../../findings/draft.ts';
import type { Finding } from '../../findings/finding.ts';
import { sign } from '../../findings/sign.ts';
import type { AuditResult } from '../../store/auditStore.ts';
import type { SourceItem } from '../../sources/source.ts';
import { windowAt, windowStartOf } from '../../time/window.ts';

const MESSAGES = {
  'file-damaged':
    'The file {file} of {series} is {reason}: {detail}. What was read of it stays; the rest of it is not read.',
  'records-expired': '{file} of {series}: {detail}. Reading goes on behind them.',
  'limit-reached': 'The limit {limit} of {series} was reached: {detail}',
  'audit-failed':
    '{series} does not add up: {committed} lines were committed; {rows} rows ({uniqueRows} distinct) and {deadLetters} dead letters are stored, {counted} events are counted.',
} as const;

/** What the core itself finds, about a partition that changed under its reader. */
export function damageFinding(
  item: Extract<SourceItem, { kind: 'damaged' }>,
  at: { database: string; windowMs: number; nowMs: number },
): Finding {
  const draft: Draft = {
    message: item.reason === 'expired' ? 'records-expired' : 'file-damaged',
    data: { file: item.partition, reason: item.reason, detail: item.detail },
    severity: 'warning',
    series: '',
    labels: { server: item.server, file: item.partition },
    evidence: [{ column: 'partition', is: '=', value: item.partition }],
  };
  return signed(draft, { ...at, stream: item.stream });
}

/** What the core itself finds when the store's counts contradict each other. */
export const auditFinding = (
  { rows, uniqueRows, deadLetters, counted, committed }: AuditResult,
  at: { database: string; stream: string; windowMs: number; nowMs: number },
): Finding =>
  signed(
    {
      message: 'audit-failed',
      data: { rows, uniqueRows, deadLetters, counted, committed },
      severity: 'critical',
      series: '',
      labels: {},
    },
    at,
  );

/** What the core itself finds when something reached its limit. */
export function limitFinding(
  limit: string,
  detail: string,
  at: { database: string; stream: string; windowMs: number; nowMs: number },
): Finding {
  return signed(
    { message: 'limit-reached', data: { limit, detail }, severity: 'warning', series: '', labels: { limit } },
    at,
  );
}

function signed(
  draft: Draft,
  { database, stream, windowMs, nowMs }: { database: string; stream: string; windowMs: number; nowMs: number },
): Finding {
  const table = { database, stream, columns: new Set(['server', 'partition']) };
  return sign(
    { plugin: 'touchstone', messages: MESSAGES, table },
    { ...windowAt(windowStartOf(nowMs, windowMs), windowMs), revision: 0 },
    draft,
  );
}
