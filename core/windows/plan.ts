import type { EventBatch } from '../events/batch.ts';
import type { Aggregator } from '../sketch/aggregator.ts';
import type { HashedText } from '../sketch/hashedText.ts';
import type { Cut } from './series.ts';

/** One event of a batch, as an aggregator of whole events sees it. */
export interface EventRow {
  readonly batch: EventBatch;
  readonly row: number;
}

/** An aggregator of whole events. */
export interface RowAggregator extends Aggregator<EventRow, unknown, unknown> {
  /** The same as adding the rows [from, to) in turn, if there is a faster way. */
  addRun?(state: unknown, batch: EventBatch, from: number, to: number): void;
}

/** An aggregate as declared: which aggregator, and what of an event is given to it. State and reading types are the aggregator's own. */
export type Aggregate =
  | { readonly of: 'event'; readonly aggregator: Aggregator<number, unknown, unknown> }
  | { readonly of: 'field'; readonly field: string; readonly aggregator: Aggregator<number, unknown, unknown> }
  | { readonly of: 'text'; readonly field: string; readonly aggregator: Aggregator<HashedText, unknown, unknown> }
  | { readonly of: 'row'; readonly aggregator: RowAggregator; readonly by: Cut };

/** An aggregate with the name under which its states are stored and read. */
export interface NamedAggregate {
  readonly name: string;
  readonly aggregate: Aggregate;
}

/**
 * What a cut is there for: `judged` by every plugin, `extra` because a plugin's row aggregate asked for it, `booked` for the core's own accounts.
 */
export type CutRole = 'judged' | 'extra' | 'booked';

/** What one cut of a stream keeps. */
export interface PlannedCut {
  readonly dimensions: Cut;
  readonly role: CutRole;
  readonly aggregates: readonly NamedAggregate[];
}

/** A number derived from the aggregates of one series and window. */
export type Metric =
  | { readonly kind: 'value'; readonly aggregate: string }
  | { readonly kind: 'ratio'; readonly numerator: string; readonly denominator: string }
  | { readonly kind: 'quantile'; readonly aggregate: string; readonly q: number };

/** A metric with its name and the series it applies to (labels that must match; none = all). */
export interface NamedMetric {
  readonly name: string;
  readonly metric: Metric;
  readonly where: Readonly<Record<string, string>>;
}

/** All that the windows of one stream keep; made once from the config and the plugins' declarations. */
export interface AggregationPlan {
  readonly stream: string;
  readonly windowMs: number;
  readonly cuts: readonly PlannedCut[];
  readonly metrics: readonly NamedMetric[];
}
