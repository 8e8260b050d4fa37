import type { ServerArrival } from './arrival.ts';
import type { Labels } from './series.ts';
import type { Window } from '../time/window.ts';

/** A metric's value in one series and window; `undefined` where there is nothing to read (no events, denominator 0). */
export interface MetricValue {
  readonly value: number | undefined;
  /** For a ratio: its parts, so that a judge can weigh a thin denominator. */
  readonly numerator?: number;
  readonly denominator?: number;
}

/** One series in one window. A series that has been seen before and is silent now is there too, with `events` 0. */
export interface SeriesWindow {
  /** Within the stream, such as `exchange=x7,device=ctv`; '' for the whole stream. */
  readonly series: string;
  readonly labels: Labels;
  readonly events: number;
  /** Readings of the aggregates by name (a count is a number, quantiles a reader, a plugin's own aggregator its own reading). */
  readonly readings: ReadonlyMap<string, unknown>;
  readonly metrics: ReadonlyMap<string, MetricValue>;
  /** A person marked an incident here: it is to be judged, but what is usual is not to be learned from it. */
  readonly isIncident?: boolean;
}

/** A window that is ready to be judged: partitions merged, servers accounted for as far as they are. */
export interface ClosedWindow extends Window {
  readonly stream: string;
  /** 0 at first; one more each time late events changed the window and it is judged again. */
  readonly revision: number;
  /** `ready`: enough to decide on. `complete`: every expected server accounted for. */
  readonly state: 'ready' | 'complete';
  /** All judged series, sorted by their text. */
  readonly series: readonly SeriesWindow[];
  /** Series of cuts that are there only because a row aggregate of some plugin asked for them; those with events, sorted. */
  readonly extra: readonly SeriesWindow[];
  /** The roster in this window, sorted by server. */
  readonly servers: readonly ServerArrival[];
}
