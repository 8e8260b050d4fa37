import {
  type Check,
  type CheckHost,
  definePlugin,
  type Draft,
  type Json,
  type SeriesWindow,
} from '../../core/plugin.ts';
import type { JudgedMetric } from './judgedMetric.ts';
import { localize } from './localize.ts';
import { MetricJudge, type Terms, termsOf } from './metricJudge.ts';
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
  readonly #terms: Terms;
  readonly #host: CheckHost;
  readonly #tails: Tails;
  /** By series: a judge per metric, in the host's order of metrics. */
  readonly #judges = new Map<string, (MetricJudge | undefined)[]>();

  constructor(chosen: OutlierOptions, host: CheckHost) {
    this.#terms = termsOf(chosen);
    this.#host = host;
    this.#tails = new Tails(host.metrics.map(({ name }) => name));
  }

  window(closed: Parameters<NonNullable<Check['window']>>[0]): readonly Draft<MessageId>[] {
    const received = closed.servers.reduce((sum, server) => sum + server.received, 0);
    const announced = closed.servers.reduce((sum, server) => sum + (server.announced ?? server.received), 0);
    const isWhole = received >= COUNTED_RATIO_MIN * announced;
    const judged: JudgedMetric[] = [];
    for (const series of closed.series) this.#judgeSeries(closed.startMs, series, isWhole, judged);
    const sinceMs = (span: number): number => closed.startMs - (span - 1) * this.#host.windowMs;
    return localize(judged).map((one) => draftOf(one, sinceMs(one.span)));
  }

  /** Judges all metrics of a series; what is an outlier goes to `judged`. While data is missing, only what is no count and no sum. */
  #judgeSeries(startMs: number, series: SeriesWindow, isWhole: boolean, judged: JudgedMetric[]): void {
    const { metrics } = this.#host;
    let judges = this.#judges.get(series.series);
    for (let place = 0; place < metrics.length; place++) {
      const metric = metrics[place];
      const value = metric && series.metrics.get(metric.name);
      if (metric === undefined || value === undefined || (!isWhole && metric.metric.kind === 'value')) continue;
      if (judges === undefined) this.#judges.set(series.series, (judges = metrics.map(() => undefined)));
      const judge = (judges[place] ??= new MetricJudge());
      const one = judge.judge({ startMs, series, metric, value }, this.#tails.of(place), this.#terms);
      if (one !== undefined) judged.push(one);
    }
  }

  /** What the second opinion said of an amount in the last window that had a value; nothing where there is none. */
  strangenessOf(series: string, metric: string): Strangeness | undefined {
    return this.#judges.get(series)?.[this.#host.metrics.findIndex(({ name }) => name === metric)]?.strangeness;
  }

  *snapshot(): Iterable<readonly [string, Json]> {
    yield ['', { tails: this.#tails.snapshot() }];
    for (const [series, judges] of this.#judges)
      yield [
        `series ${series}`,
        Object.fromEntries(
          this.#host.metrics.flatMap(({ name }, place) => {
            const judge = judges[place];
            return judge === undefined ? [] : [[name, judge.snapshot()]];
          }),
        ),
      ];
  }

  restore(entries: Iterable<readonly [string, Json]>): void {
    this.#judges.clear();
    this.#tails.restore(undefined);
    for (const [key, state] of entries)
      if (key === '') this.#tails.restore((state as { readonly tails: Json }).tails);
      else {
        const kept = state as Readonly<Record<string, Json | undefined>>;
        const judges = this.#host.metrics.map(({ name }) => {
          const of = kept[name];
          return of === undefined ? undefined : MetricJudge.restored(of);
        });
        this.#judges.set(key.slice('series '.length), judges);
      }
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
