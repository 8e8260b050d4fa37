import type { Window } from '../time/window.ts';
import type { ServerArrival } from './arrival.ts';
import type { MergedWindow } from './mergeWindow.ts';
import type { SequenceReading } from './sequence.ts';
import { labelsOf } from './series.ts';

/** What witnesses other than the events themselves say of a window. */
export interface Witnesses {
  /** Servers whose packet covers the window. */
  readonly heartbeats: ReadonlySet<string>;
  /** Events that servers say they had. */
  readonly announced: ReadonlyMap<string, number>;
  /** Files that held less than promised. */
  readonly shortFiles: readonly {
    readonly server: string;
    readonly firstEventMs: number;
    readonly lastEventMs: number;
    readonly missing: number;
  }[];
}

/** One entry per server of the roster and per server that sent anything, sorted by server. */
export function arrivalsOf(
  serverCut: string,
  merged: MergedWindow,
  roster: Iterable<string>,
  witnesses: Witnesses,
): ServerArrival[] {
  const received = new Map<string, ReadonlyMap<string, unknown>>();
  for (const [series, readings] of merged.cuts.get(serverCut) ?? [])
    received.set(Object.values(labelsOf(series))[0] ?? '', readings);
  const servers = new Set([...roster, ...received.keys(), ...witnesses.announced.keys()]);
  return [...servers].sort().map((server) => arrivalOf(server, merged, received.get(server), witnesses));
}

function arrivalOf(
  server: string,
  window: Window,
  readings: ReadonlyMap<string, unknown> | undefined,
  witnesses: Witnesses,
): ServerArrival {
  const sequence = readings?.get('sequence') as SequenceReading | undefined;
  return {
    server,
    received: Number(readings?.get('events') ?? 0),
    announced: witnesses.announced.get(server),
    missingByManifest: witnesses.shortFiles
      .filter((file) => file.server === server)
      .reduce((sum, file) => sum + shareIn(window, file), 0),
    missingBySequence: sequence?.missing ?? 0,
    repeated: sequence?.repeated ?? 0,
    heartbeat: witnesses.heartbeats.has(server),
  };
}

/** A short file does not tell where its holes are: they are spread evenly over its time. */
function shareIn(
  { startMs, endMs }: Window,
  { firstEventMs, lastEventMs, missing }: Witnesses['shortFiles'][number],
): number {
  const overlapMs = Math.min(endMs, lastEventMs + 1) - Math.max(startMs, firstEventMs);
  return overlapMs <= 0 ? 0 : Math.round((missing * overlapMs) / (lastEventMs + 1 - firstEventMs));
}
