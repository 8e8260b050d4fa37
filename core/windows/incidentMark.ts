import type { ClosedWindow, SeriesWindow } from './closedWindow.ts';
import type { Labels } from './series.ts';

/** Where and when a person says that an incident was. */
export interface IncidentMark {
  /** Event time, epoch ms, half-open. */
  readonly startMs: number;
  readonly endMs: number;
  /** None: the whole stream. */
  readonly labels: Labels;
}

/** The window with its series marked that are in an incident: those that have all of its labels. A window is in it that has any of its time. */
export function withIncidents(closed: ClosedWindow, marks: readonly IncidentMark[]): ClosedWindow {
  const here = marks.filter(({ startMs, endMs }) => startMs < closed.endMs && endMs > closed.startMs);
  if (here.length === 0) return closed;
  const marked = (one: SeriesWindow): SeriesWindow =>
    here.some(({ labels }) => isWithin(one.labels, labels)) ? { ...one, isIncident: true } : one;
  return { ...closed, series: closed.series.map(marked), extra: closed.extra.map(marked) };
}

/** The label `metric`, which alerts have, is no label of most series: it names what was seen there. */
const isWithin = (series: Labels, labels: Labels): boolean =>
  Object.entries(labels).every(
    ([label, value]) => series[label] === value || (label === 'metric' && series[label] === undefined),
  );
