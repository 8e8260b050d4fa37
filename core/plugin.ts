/**
 * The public contract: all that a plugin may import, beside core/sketch and zod.
 *
 * Who calls when: the host makes one check per stream with `create`, shows it every batch that ingestion read (`process`),
 * and every window once it is ready, in order of time (`window`). After late events the host restores the check to a
 * snapshot taken before the window that changed and shows it the windows again from there, so what a check knows is a
 * function of the final data alone: live, replayed and backtested runs say the same.
 *
 * What may not happen: reading a clock, I/O, randomness other than `host.random`, changing what is shown, keeping a batch.
 * A check that throws or takes too long is quarantined, and that is a finding.
 */
import type { ZodType } from 'zod';
import type { EventBatch } from './events/batch.ts';
import type { Draft } from './findings/draft.ts';
import type { Forecaster } from './findings/forecast.ts';
import type { ClosedWindow } from './windows/closedWindow.ts';
import type { ArrivalNews, OpenWindow, WindowEstimate } from './windows/openWindow.ts';
import type { Aggregate, NamedMetric, RowAggregator } from './windows/plan.ts';
import { countAggregator } from './sketch/count.ts';
import { distinctAggregator } from './sketch/distinct.ts';
import { sumAggregator } from './sketch/sum.ts';
import { minAggregator } from './sketch/min.ts';
import { maxAggregator } from './sketch/max.ts';
import { type QDigestScale, qDigestAggregator } from './sketch/qDigest.ts';
import { quantilesAggregator } from './sketch/quantiles.ts';
import { topKAggregator } from './sketch/topK.ts';

export type { EventBatch } from './events/batch.ts';
export type { Column, CategoryColumn, NumberColumn, TextColumn } from './events/column.ts';
export type { Shape, ValueType } from './events/shape.ts';
export type { Draft, EvidenceFilter, Severity } from './findings/draft.ts';
export type { BootSpan, FieldArrival, ServerArrival, TwiceTold } from './windows/arrival.ts';
export type { Forecast, Forecaster, ForecastAsk, ForecastPoint } from './findings/forecast.ts';
export type { ClosedWindow, MetricValue, SeriesWindow } from './windows/closedWindow.ts';
export type {
  ArrivalNews,
  EstimateInterval,
  MetricEstimate,
  OpenServer,
  OpenWindow,
  WindowEstimate,
} from './windows/openWindow.ts';
export type { Aggregate, EventRow, Metric, NamedMetric, RowAggregator } from './windows/plan.ts';
export type { Labels } from './windows/series.ts';
export type { Aggregator } from './sketch/aggregator.ts';
export type { HashedText } from './sketch/hashedText.ts';
export type { FrequentText, TopTexts } from './sketch/topK.ts';

/** Plain JSON, what a snapshot is made of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** One stream, seen by one plugin: what the host tells a check when it makes it. */
export interface CheckHost {
  readonly stream: string;
  /** `packets` carry metrics; `events` are log records. */
  readonly streamKind: 'events' | 'packets';
  readonly windowMs: number;
  readonly metrics: readonly NamedMetric[];
  /** Uniform in [0, 1), seeded by plugin, stream and window: the same input gives the same numbers. */
  random(): number;
}

/** One stream, as an estimator is told of it. */
export interface EstimatorHost {
  readonly stream: string;
  readonly windowMs: number;
  /** How late an event may be and still change its window. */
  readonly latenessMs: number;
  /** Confidences of the intervals that it is asked for. */
  readonly confidences: readonly number[];
  /** Sums over events, and ratios of sums, that it is asked for beside the number of events (the aggregate `events`). */
  readonly metrics: readonly NamedMetric[];
}

/** The judging part of a plugin, for one stream. Everything optional: a check has at least one of `process` and `window`. */
export interface Check<MessageId extends string = string> {
  /** Judges events one batch at a time, as they are read. May not keep the batch. */
  process?(batch: EventBatch): readonly Draft<MessageId>[];
  /** Judges one ready window, silent series included. */
  window?(closed: ClosedWindow): readonly Draft<MessageId>[];
  /** What must outlive a restart: one entry per series (or '' for what belongs to none), as plain JSON. */
  snapshot?(): Iterable<readonly [series: string, state: Json]>;
  /** Takes the place of all state by what `snapshot` gave. */
  restore?(entries: Iterable<readonly [series: string, state: Json]>): void;
}

/**
 * Says what the windows of one stream that are still open will come to. It is told what arrives, in the order in which it arrives, and nothing of it twice; so what
 * it says is a function of the arrivals. The same bans hold as for a check.
 */
export interface Estimator {
  /** What arrived since the last news. */
  hear(news: ArrivalNews): void;
  /** The window as it is known at `nowMs`, which is that of the last news. */
  estimate(open: OpenWindow): WindowEstimate;
  /** An hour after a window's end: what is whole in it can be learned from. Once per window, in order of time. */
  settle(open: OpenWindow): void;
  /** The final value of a window is known: `memos` are those of estimates made of it, `empty` how many servers' parts of it never came, `sums` those of its metrics by aggregate. */
  seal(final: {
    readonly events: number;
    readonly empty: number;
    readonly memos: readonly string[];
    readonly sums?: Readonly<Record<string, number>>;
  }): void;
  /** Forgets all servers but the roster's. */
  keepOnly(servers: ReadonlySet<string>): void;
  /** What must outlive a restart, as plain JSON; and back. */
  snapshot(): Json;
  restore(state: Json): void;
}

/** A plugin: a value with a name, its messages by id, its options, the aggregates that the host is to grow for it, and its check. */
export interface Plugin<Options = unknown, MessageId extends string = string> {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** Message templates by id; `{placeholders}` are filled from a draft's data. Ids are what rules select by. */
  readonly messages: Readonly<Record<MessageId, string>>;
  readonly options: ZodType<Options>;
  /** Which kinds of streams it judges; all when left out. */
  readonly judges?: readonly ('events' | 'packets')[];
  /** Aggregates it needs beyond the stream's own, by name; grown for every cut of the stream, or for the cut a row aggregate names. */
  aggregates?(options: Options): Readonly<Record<string, Aggregate>>;
  create(options: Options, host: CheckHost): Check<MessageId>;
  /** At most one of the configured plugins says what open windows will come to. */
  estimator?(options: Options, host: EstimatorHost): Estimator;
  /** Tells what is to come, out of the snapshots of its checks: whoever asks need not run it. */
  readonly forecaster?: Forecaster<Json>;
}

/** Declares a plugin; only gives types their names (a draft with an undeclared message id does not compile). */
export const definePlugin = <Options, const MessageId extends string>(
  plugin: Plugin<Options, MessageId>,
): Plugin<Options, MessageId> => plugin;

/** Number of events. */
export const count = (): Aggregate => ({ of: 'event', aggregator: countAggregator });
/** Sum of a numeric field; absent values count nothing. */
export const sum = (field: string): Aggregate => ({ of: 'field', field, aggregator: sumAggregator });
/** Least value of a numeric field. */
export const min = (field: string): Aggregate => ({ of: 'field', field, aggregator: minAggregator });
/** Greatest value of a numeric field. */
export const max = (field: string): Aggregate => ({ of: 'field', field, aggregator: maxAggregator });
/** t-digest of a numeric field. */
export const quantiles = (field: string): Aggregate => ({ of: 'field', field, aggregator: quantilesAggregator });
/** q-digest of a numeric field: quantiles whose rank error is bounded for certain. */
export const qDigest = (
  field: string,
  { from = 0, unit, bits = 32 }: Partial<QDigestScale> & { unit: number },
): Aggregate => ({
  of: 'field',
  field,
  aggregator: qDigestAggregator({ from, unit, bits }),
});
/** Number of distinct texts of a category or text field. */
export const distinct = (field: string): Aggregate => ({ of: 'text', field, aggregator: distinctAggregator });
/** The k most frequent texts of a category or text field. */
export const topK = (field: string, k = 10): Aggregate => ({ of: 'text', field, aggregator: topKAggregator(k) });
/** An aggregator of whole events, for the cut `by` only. */
export const rows = (aggregator: RowAggregator, by: readonly string[]): Aggregate => ({
  of: 'row',
  aggregator,
  by,
});
