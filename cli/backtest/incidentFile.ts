import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type IncidentSpec, incidentSpec } from '../../core/alerts/incident.ts';
import type { LedgerLine } from '../../fleet/ledger.ts';
import { UsageError } from '../usageError.ts';

/** Reads incidents: a JSON array of them, or the ledger of a simulated fleet (`ledger.ndjson`), whose faults are incidents. */
export function readIncidents(path: string): readonly IncidentSpec[] {
  const text = textOf(path);
  return text.trimStart().startsWith('[') ? fromArray(path, text) : fromLedger(path, text);
}

/** What a JSON file holds. Throws UsageError when it cannot be read. */
export function readJson(path: string): unknown {
  return parsed(path, textOf(path));
}

function fromArray(path: string, text: string): readonly IncidentSpec[] {
  const result = z.array(incidentSpec).safeParse(parsed(path, text));
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `  ${issue.path.map(String).join('.')}: ${issue.message}`);
  throw new UsageError(`${path} is no list of incidents:\n${problems.join('\n')}`);
}

function fromLedger(path: string, text: string): readonly IncidentSpec[] {
  const incidents: IncidentSpec[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const entry = parsed(path, line) as Partial<LedgerLine> | null;
    if (entry?.kind === 'fault') incidents.push(incidentOf(entry as FaultLine));
    else if (entry?.kind === undefined)
      throw new UsageError(`${path} is no list of incidents, and no ledger of a fleet`);
  }
  return incidents;
}

type FaultLine = Extract<LedgerLine, { kind: 'fault' }>;

/** A fault may show in whichever streams, unless it names one. One server alone is a place; a share of the fleet is none. */
function incidentOf({ fault, servers, fromMs, toMs }: FaultLine): IncidentSpec {
  const [server, ...others] = servers;
  return {
    name: fault.kind,
    startMs: fromMs,
    endMs: toMs,
    ...('stream' in fault && fault.stream !== undefined ? { stream: fault.stream } : {}),
    labels: Object.fromEntries([
      ...Object.entries('where' in fault ? fault.where : {}).filter(([, value]) => value !== undefined),
      ...(server !== undefined && others.length === 0 ? [['server', server]] : []),
    ]) as Record<string, string>,
  };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path} is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
