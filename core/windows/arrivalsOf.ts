import type { Window } from '../time/window.ts';
import type { FieldArrival, ServerArrival, TwiceTold } from './arrival.ts';
import type { MergedWindow } from './mergeWindow.ts';
import { PRESENT } from './planOf.ts';
import type { Roster } from './roster.ts';
import type { SequenceReading } from './sequence.ts';
import { labelsOf } from './series.ts';

/** What packets say of a log stream in one window. */
export interface Announcements {
  /** Servers whose packet covers the window. */
  readonly heartbeats: ReadonlySet<string>;
  /** Events that servers say they had. */
  readonly announced: ReadonlyMap<string, number>;
  /** By server: what else its packet counted of the stream, by the counter's name without the stream's; counters with dimensions are none of the whole stream. */
  readonly counted: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** No packet says anything. */
export const NO_ANNOUNCEMENTS: Announcements = { heartbeats: new Set(), announced: new Map(), counted: new Map() };

/** A file whose manifest promised more events than it held. */
export interface ShortFile {
  readonly server: string;
  readonly firstEventMs: number;
  readonly lastEventMs: number;
  readonly missing: number;
}

/** What witnesses other than the events themselves say of a window. */
export interface Witnesses extends Announcements {
  readonly shortFiles: readonly ShortFile[];
}

/** One entry per server of the roster and per server that sent anything, sorted by server. */
export function arrivalsOf(
  serverCut: string,
  merged: MergedWindow,
  roster: Pick<Roster, 'servers' | 'isDeclared'>,
  witnesses: Witnesses,
): ServerArrival[] {
  const received = new Map<string, ReadonlyMap<string, unknown>>();
  for (const [series, readings] of merged.cuts.get(serverCut) ?? [])
    received.set(Object.values(labelsOf(series))[0] ?? '', readings);
  const servers = new Set([...roster.servers, ...received.keys(), ...witnesses.announced.keys()]);
  const declared = new Set(roster.isDeclared ? roster.servers : []);
  return [...servers].sort().map((server) => ({
    ...arrivalOf(server, merged, received.get(server), witnesses),
    isDeclared: declared.has(server),
  }));
}

function arrivalOf(
  server: string,
  window: Window,
  readings: ReadonlyMap<string, unknown> | undefined,
  witnesses: Witnesses,
): Omit<ServerArrival, 'isDeclared'> {
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
    boots: sequence?.boots ?? [],
    fields: fieldsIn(readings),
    twiceTold: twiceTold(readings, witnesses.counted.get(server)),
    heartbeat: witnesses.heartbeats.has(server),
  };
}

function fieldsIn(readings: ReadonlyMap<string, unknown> | undefined): FieldArrival[] {
  const fields: FieldArrival[] = [];
  for (const [name, present] of readings ?? [])
    if (name.startsWith(PRESENT)) fields.push({ field: name.slice(PRESENT.length), present: Number(present) });
  return fields.sort((a, b) => (a.field < b.field ? -1 : 1));
}

function twiceTold(
  readings: ReadonlyMap<string, unknown> | undefined,
  counted: ReadonlyMap<string, number> | undefined,
): TwiceTold[] {
  const told: TwiceTold[] = [];
  for (const [metric, announced] of counted ?? []) {
    const received = readings?.get(metric);
    if (typeof received === 'number') told.push({ metric, received, announced });
  }
  return told.sort((a, b) => (a.metric < b.metric ? -1 : 1));
}

/** A short file does not tell where its holes are: they are spread evenly over its time. */
function shareIn(
  { startMs, endMs }: Window,
  { firstEventMs, lastEventMs, missing }: Witnesses['shortFiles'][number],
): number {
  const overlapMs = Math.min(endMs, lastEventMs + 1) - Math.max(startMs, firstEventMs);
  return overlapMs <= 0 ? 0 : Math.round((missing * overlapMs) / (lastEventMs + 1 - firstEventMs));
}
