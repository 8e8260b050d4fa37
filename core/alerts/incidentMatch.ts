import type { Severity } from '../findings/draft.ts';
import type { Window } from '../time/window.ts';
import type { IncidentSpec } from './incident.ts';

/** One time that an alert fired. All times are event time. */
export interface Episode {
  readonly rule: string;
  readonly stream: string;
  readonly series: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly severity: Severity;
  readonly text: string;
  /** Start of the first window that had the trouble, epoch ms. */
  readonly startMs: number;
  /** The window in which it came to fire. */
  readonly fired: Window;
  /** End of the last window that had the trouble; undefined when it fired still at the end. */
  readonly endMs: number | undefined;
}

/** Whether an incident was found, and how soon. */
export interface IncidentOutcome {
  readonly incident: IncidentSpec;
  /** The alert that fired first of those that began in it; undefined: missed. */
  readonly found: Episode | undefined;
  /** Windows from the one in which it began to the one in which the alert fired, both counted. */
  readonly windows: number | undefined;
  /** From its start to the end of the window in which the alert fired, in event time. */
  readonly delayMs: number | undefined;
}

/** Sets alerts against incidents. Those that touch none are false alarms. */
export function matchIncidents(
  incidents: readonly IncidentSpec[],
  episodes: readonly Episode[],
): { readonly outcomes: readonly IncidentOutcome[]; readonly falseAlarms: readonly Episode[] } {
  return {
    outcomes: incidents.map((incident) => outcomeOf(incident, episodes)),
    falseAlarms: episodes.filter((episode) => !incidents.some((incident) => touches(incident, episode))),
  };
}

/** An alert that fired before the incident already has not found it, although it is no false alarm either. */
function outcomeOf(incident: IncidentSpec, episodes: readonly Episode[]): IncidentOutcome {
  const [found] = episodes
    .filter((episode) => touches(incident, episode) && endOfFirst(episode) > incident.startMs)
    .sort((a, b) => a.fired.endMs - b.fired.endMs);
  if (found === undefined) return { incident, found, windows: undefined, delayMs: undefined };
  const windowMs = found.fired.endMs - found.fired.startMs;
  return {
    incident,
    found,
    windows: Math.ceil((found.fired.endMs - incident.startMs) / windowMs),
    delayMs: found.fired.endMs - incident.startMs,
  };
}

/** Whether an alert is about the incident's place and had its trouble in the incident's time. */
function touches({ stream, startMs, endMs, labels }: IncidentSpec, episode: Episode): boolean {
  return (
    (stream === undefined || stream === episode.stream) &&
    episode.startMs < endMs &&
    (episode.endMs ?? Number.POSITIVE_INFINITY) > startMs &&
    Object.entries(labels).every(([label, value]) => (episode.labels[label] ?? value) === value)
  );
}

const endOfFirst = ({ startMs, fired }: Episode): number => startMs + (fired.endMs - fired.startMs);
