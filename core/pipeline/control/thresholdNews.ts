import type { Rule } from '../../alerts/rule.ts';
import { decide, type KnownMetric, type ThresholdSpec } from '../../alerts/threshold.ts';
import type { Config } from '../../config/config.ts';
import { metricsWithReady } from '../../config/estimatedMetrics.ts';
import type { EventsStreamConfig } from '../../config/streamConfig.ts';
import type { Finding } from '../../findings/finding.ts';
import { sign } from '../../findings/sign.ts';
import type { AggregateValue, EstimatedWindow, WindowStore } from '../../store/windowStore.ts';
import { type MetricOutlook, metricsOf } from '../../windows/metricsOf.ts';
import { cutText, labelsOf } from '../../windows/series.ts';
import type { AlertBook, ChangedAlert, DecidedSeries } from './alertBook.ts';

/** What thresholds are decided with. */
export interface ThresholdParts {
  readonly streams: Config['streams'];
  readonly database: string;
  readonly store: Pick<WindowStore, 'estimatedSince' | 'values'>;
  readonly book: AlertBook;
}

/** What a rule's threshold says in its own name. */
export const THRESHOLD_MESSAGES = {
  threshold: '{metric} of {series} is {value} ({low} to {high}), {side} {bound}.',
} as const;

/** After a start windows that were estimated so lately are decided on again, which changes nothing. */
const LOOK_BACK_MS = 3_600_000;
/** Rows appear a little after the time they carry. */
const OVERLAP_MS = 5_000;
const LOOK_EVERY_MS = 1_000;
const CONFIDENCE = 0.95;

/** A rule that has a threshold. */
type ThresholdRule = Rule & { readonly threshold: ThresholdSpec };

/** What open windows make of the alerts: rules with a threshold are decided on as soon as an estimate allows, and again with each estimate. */
export class ThresholdNews {
  readonly #parts: ThresholdParts;
  /** By rule: everything that was estimated until then was decided on. */
  readonly #decidedMs = new Map<string, number>();
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: ThresholdParts) {
    this.#parts = parts;
  }

  /** Decides on what was estimated since. */
  async next(rules: readonly Rule[], nowMs: number): Promise<readonly ChangedAlert[]> {
    if (nowMs - this.#lookedMs < LOOK_EVERY_MS) return [];
    this.#lookedMs = nowMs;
    const changed: ChangedAlert[] = [];
    for (const rule of rules)
      if (rule.enabled && hasThreshold(rule)) changed.push(...(await this.#decideOn(rule, nowMs)));
    return changed;
  }

  async #decideOn(rule: ThresholdRule, nowMs: number): Promise<readonly ChangedAlert[]> {
    const { streams, store, book } = this.#parts;
    const { stream, cut } = rule.threshold;
    const declared = streams[stream];
    if (declared?.kind !== 'events') return [];
    const sinceMs = this.#decidedMs.get(rule.id) ?? nowMs - LOOK_BACK_MS;
    const changed: ChangedAlert[] = [];
    for (const window of await store.estimatedSince(stream, sinceMs - OVERLAP_MS)) {
      const values = await store.values({ stream, startMs: window.startMs }, cutText(cut));
      const decided = [...Map.groupBy(values, ({ series }) => series)].flatMap(([series, aggregates]) =>
        this.#decided(rule, declared, { window, series, aggregates }),
      );
      changed.push(...book.decided(rule, window, decided, nowMs));
    }
    this.#decidedMs.set(rule.id, nowMs);
    return changed;
  }

  #decided(
    rule: ThresholdRule,
    declared: EventsStreamConfig,
    {
      window,
      series,
      aggregates,
    }: { readonly window: EstimatedWindow; readonly series: string; readonly aggregates: readonly AggregateValue[] },
  ): DecidedSeries[] {
    const { threshold } = rule;
    const confidence = declared.ready?.confidence ?? CONFIDENCE;
    const read = new Map(aggregates.map((one) => [one.aggregate, one]));
    const outlook = metricsOf(metricsWithReady(declared), { series, aggregates: read }, { ...window, confidence }).find(
      ({ metric }) => metric === threshold.metric,
    );
    const known = outlook && knownOf(outlook, window, declared);
    if (known === undefined) return [];
    const decision = decide(threshold, known);
    // What is undecided is no news.
    if (decision === 'undecided') return [];
    return [{ fires: decision === 'fires', finding: this.#finding(threshold, declared, { window, series, known }) }];
  }

  #finding(
    { stream, metric, above, below, severity }: ThresholdSpec,
    { fields }: EventsStreamConfig,
    {
      window,
      series,
      known,
    }: { readonly window: EstimatedWindow; readonly series: string; readonly known: KnownMetric },
  ): Finding {
    const table = { database: this.#parts.database, stream, columns: new Set(Object.keys(fields)) };
    const { value, low, high } = known;
    return sign(
      { plugin: 'touchstone', messages: THRESHOLD_MESSAGES, table },
      { startMs: window.startMs, endMs: window.endMs, revision: 0 },
      {
        ...{ message: 'threshold', severity, series, labels: { ...labelsOf(series), metric }, observed: value },
        ...(Number.isFinite(low) && Number.isFinite(high) ? { expected: { low, center: value, high } } : {}),
        data: {
          ...{ value: shown(value), low: shown(low), high: shown(high) },
          ...{ side: above === undefined ? 'below' : 'above', bound: above ?? below ?? 0 },
        },
      },
    );
  }
}

const hasThreshold = (rule: Rule): rule is ThresholdRule => rule.threshold !== undefined;

/**
 * What a threshold is decided on. After the contract's wait it is what is there: what did not come by then is likelier not to come, and an estimate still counts a part of it. Of what has no interval of its own, such as a ratio of a cut's series, or one that is open to a side, what is observed
 * counts once the window is close enough to its end.
 */
export function knownOf(
  { observed, estimate }: MetricOutlook,
  { basis, isEnough, endMs, estimatedMs }: Pick<EstimatedWindow, 'basis' | 'isEnough' | 'endMs' | 'estimatedMs'>,
  { ready }: Pick<EventsStreamConfig, 'ready'>,
): KnownMetric | undefined {
  const wasWaitedFor = ready !== undefined && estimatedMs - endMs >= ready.maxWaitMs;
  const isFinal = basis === 'whole' || wasWaitedFor;
  if (estimate !== undefined) {
    const isOpen = !Number.isFinite(estimate.low) || !Number.isFinite(estimate.high);
    const value = wasWaitedFor ? (observed ?? estimate.value) : estimate.value;
    return { ...estimate, value, isFinal: isFinal || (isOpen && isEnough) };
  }
  if (observed === undefined) return undefined;
  return {
    value: observed,
    low: Number.NEGATIVE_INFINITY,
    high: Number.POSITIVE_INFINITY,
    isFinal: isFinal || isEnough,
  };
}

const shown = (value: number): string => (Number.isFinite(value) ? String(Number(value.toPrecision(6))) : '?');
