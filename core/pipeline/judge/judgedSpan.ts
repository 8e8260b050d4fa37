import type { Finding } from '../../findings/finding.ts';
import type { WindowRow } from '../../store/judgementRows.ts';
import type { Witnesses } from '../../windows/arrivalsOf.ts';
import type { IncidentMark } from '../../windows/incidentMark.ts';
import type { ClosedWindow } from '../../windows/closedWindow.ts';
import type { Roster } from '../../windows/roster.ts';

/** What judging a span of windows came to, before it is stored. */
export interface JudgedSpan {
  readonly findings: { finding: Finding; retracted: boolean }[];
  readonly windows: WindowRow[];
  /** Versions of the roster that begin in it. */
  readonly rosters: Roster[];
  restated: number;
  /** Stored findings of the span that were not found again so far. */
  readonly standing: Map<string, { readonly startMs: number; readonly row: string }>;
}

/** What a window is judged by, beside its cells, and where what comes of it goes. */
export interface WindowInputs {
  readonly witnesses: Witnesses;
  readonly incidents: readonly IncidentMark[];
  readonly digest: bigint;
  readonly outcome: JudgedSpan;
}

/** Keeps a finding unless the store says exactly that already. */
export function noteFinding(outcome: JudgedSpan, finding: Finding): void {
  const stored = outcome.standing.get(finding.id);
  outcome.standing.delete(finding.id);
  if (stored?.row !== JSON.stringify(finding)) outcome.findings.push({ finding, retracted: false });
}

/** Takes back what stood and was not found again. `revisionOf` answers the revision of a window, undefined where what stands is to stay. */
export function retract({ standing, findings }: JudgedSpan, revisionOf: (startMs: number) => number | undefined): void {
  for (const { startMs, row } of standing.values()) {
    const revision = revisionOf(startMs);
    if (revision === undefined) continue;
    findings.push({ finding: { ...(JSON.parse(row) as Finding), revision }, retracted: true });
  }
}

/** A judged window as it is written down. */
export const windowRow = (
  { stream, startMs, endMs, revision, state, servers }: ClosedWindow,
  { digest, roster }: { readonly digest: bigint; readonly roster: Roster },
): WindowRow => ({
  stream,
  startMs,
  endMs,
  revision,
  state,
  events: servers.reduce((sum, { received }) => sum + received, 0),
  serversExpected: servers.length,
  serversArrived: servers.filter(({ received, heartbeat }) => received > 0 || heartbeat).length,
  eventsAnnounced: servers.some(({ announced }) => announced !== undefined)
    ? servers.reduce((sum, { announced }) => sum + (announced ?? 0), 0)
    : undefined,
  digest,
  rosterSinceMs: roster.sinceMs,
});
