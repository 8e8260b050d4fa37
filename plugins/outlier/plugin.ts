import { type Check, type CheckHost, definePlugin, type Draft, type Json } from '../../core/plugin.ts';
import { type JudgedMetric, MetricJudge } from './metricJudge.ts';
import { localize } from './localize.ts';
import type { Strangeness } from './ownPast.ts';
import { options, type OutlierOptions } from './options.ts';
import { Tails } from './tails.ts';

type MessageId = 'unusually-low' | 'unusually-high' | 'went-silent';

/** Tells when a metric of a series is further from what its own past lets expect than chance makes it. */
export const outlier = definePlugin<OutlierOptions, MessageId>({
  name: 'outlier',
  version: '1.0.0',
  description: 'Compares every metric of every series with its own past: level, trend, daily course and spread.',
  messages: {
    'unusually-low':
      '{metric} of {series} was {observed} over {windows} window(s); {low} to {high} were expected. By chance: {rarity}.',
    'unusually-high':
      '{metric} of {series} was {observed} over {windows} window(s); {low} to {high} were expected. By chance: {rarity}.',
    'went-silent': '{series} went silent: no events over {windows} window(s), {expected} were expected in each.',
  },
  options,
  create: (chosen, host) => new Outlier(chosen, host),
});

/** Of the events announced, so many must be there for counts to be judged: a hole in the data is completeness's to report. */
const COUNTED_RATIO_MIN = 0.98;

/** The plugin's check. */
export class Outlier implements Check<MessageId> {
  readonly #options: OutlierOptions;
  readonly #host: CheckHost;
  readonly #tails = new Tails();
  /** By series: a judge per metric. */
  readonly #judges = new Map<string, Map<string, MetricJudge>>();

  constructor(chosen: OutlierOptions, host: CheckHost) {
    this.#options = chosen;
    this.#host = host;
  }

  window(closed: Parameters<NonNullable<Check['window']>>[0]): readonly Draft<MessageId>[] {
    const received = closed.servers.reduce((sum, server) => sum + server.received, 0);
    const announced = closed.servers.reduce((sum, server) => sum + (server.announced ?? server.received), 0);
    const isWhole = received >= COUNTED_RATIO_MIN * announced;
    const judged: JudgedMetric[] = [];
    for (const series of closed.series)
      for (const metric of this.#host.metrics) {
        const value = series.metrics.get(metric.name);
        if (value === undefined || (!isWhole && metric.metric.kind === 'value')) continue;
        const judge = this.#judgeOf(series.series, metric.name);
        judged.push(...judge.judge({ startMs: closed.startMs, series, metric, value }, this.#tails, this.#options));
      }
    const sinceMs = (span: number): number => closed.startMs - (span - 1) * this.#host.windowMs;
    return localize(judged).map((one) => draftOf(one, sinceMs(one.span)));
  }

  /** What the second opinion said of an amount in the last window that had a value; nothing where there is none. */
  strangenessOf(series: string, metric: string): Strangeness | undefined {
    return this.#judges.get(series)?.get(metric)?.strangeness;
  }

  *snapshot(): Iterable<readonly [string, Json]> {
    yield ['', { tails: this.#tails.snapshot() }];
    for (const [series, judges] of this.#judges)
      yield [`series ${series}`, Object.fromEntries([...judges].map(([metric, judge]) => [metric, judge.snapshot()]))];
  }

  restore(entries: Iterable<readonly [string, Json]>): void {
    this.#judges.clear();
    this.#tails.restore(undefined);
    for (const [key, state] of entries)
      if (key === '') this.#tails.restore((state as { readonly tails: Json }).tails);
      else
        this.#judges.set(
          key.slice('series '.length),
          new Map(
            Object.entries(state as Record<string, Json>).map(([metric, of]) => [metric, MetricJudge.restored(of)]),
          ),
        );
  }

  #judgeOf(series: string, metric: string): MetricJudge {
    let ofSeries = this.#judges.get(series);
    if (ofSeries === undefined) this.#judges.set(series, (ofSeries = new Map<string, MetricJudge>()));
    let judge = ofSeries.get(metric);
    if (judge === undefined) ofSeries.set(metric, (judge = new MetricJudge()));
    return judge;
  }
}

function draftOf(
  { series, metric, observed, expected, span, rarity, change, signal }: JudgedMetric,
  sinceMs: number,
): Draft<MessageId> {
  const isSilence = metric === 'events' && observed === 0;
  return {
    message: isSilence ? 'went-silent' : change < 0 ? 'unusually-low' : 'unusually-high',
    data: {
      metric,
      observed,
      expected: expected.center,
      low: expected.low,
      high: expected.high,
      windows: span,
      rarity: rarity.toExponential(1),
      signal: signal ?? 'forecast',
    },
    severity: rarity < 1e-16 && Math.abs(change) >= 0.2 ? 'critical' : 'warning',
    series,
    labels: { metric },
    observed,
    expected,
    rarity,
    sinceMs,
  };
}
