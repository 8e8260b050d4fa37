/** What is known of one server in one open window. */
export interface OpenServer {
  readonly server: string;
  /** '' where there are no regions. */
  readonly region: string;
  /** Events received so far. */
  readonly received: number;
  /** Events that the server says it had, from its packet; undefined without one. */
  readonly announced: number | undefined;
  /** All of it is there, as far as one can know: the server is past the window and had events in it, or has sent all that it announced. */
  readonly whole: boolean;
  /** Sums over the events received so far, by aggregate: of those that the metrics of the stream's estimates are made of; undefined where they are made of none. */
  readonly sums?: Readonly<Record<string, number>>;
}

/** One window that may still change, as it is known at a time: what arrived later is not in it. */
export interface OpenWindow {
  readonly startMs: number;
  readonly endMs: number;
  /** When it is known, epoch ms; not before `endMs`. */
  readonly nowMs: number;
  /** The roster, sorted by server: whoever is expected, silent ones too. */
  readonly servers: readonly OpenServer[];
}

/** News of servers, in the order in which they arrived. */
export interface ArrivalNews {
  /** Windows of servers that have become whole, in order of arrival, then of time. */
  readonly whole: readonly {
    readonly server: string;
    readonly region: string;
    readonly startMs: number;
    readonly arrivedAtMs: number;
  }[];
  /** Packets. */
  readonly beats: readonly { readonly server: string; readonly arrivedAtMs: number }[];
  /** Everything that arrived until then was told, epoch ms. */
  readonly nowMs: number;
}

/** An interval that holds the final value with that confidence; `high` is infinite when nothing is known. */
export interface EstimateInterval {
  readonly confidence: number;
  readonly low: number;
  readonly high: number;
}

/** What a metric of an open window will come to, over the whole stream. */
export interface MetricEstimate {
  readonly metric: string;
  /** What is there; undefined of a ratio without a denominator. */
  readonly observed: number | undefined;
  /** Undefined when nobody knows. */
  readonly value: number | undefined;
  /** One per confidence that the estimator states; infinite on a side where nobody knows. */
  readonly intervals: readonly EstimateInterval[];
}

/** What an open window will come to, in events. */
export interface WindowEstimate {
  readonly observed: number;
  /** The mean of what it may come to. */
  readonly value: number;
  /** One per confidence that the estimator states; never below what is observed. */
  readonly intervals: readonly EstimateInterval[];
  /** On what it stands, such as `whole` (nothing is missing) or `nothing` (nothing is known). */
  readonly basis: string;
  /** Share of the expected events that belongs to servers that are silent for longer than is usual for them. */
  readonly silentShare: number;
  /** Servers that miss events, those that miss most first: how many, and how likely they still come. */
  readonly missing: readonly { readonly server: string; readonly events: number; readonly lateProbability: number }[];
  /** Of the metrics that it is asked for. */
  readonly metrics: readonly MetricEstimate[];
  /** What the estimator wants back when the final value is known; its own business. */
  readonly memo: string;
}
