import {
  type Check,
  type CheckHost,
  definePlugin,
  type Draft,
  type Forecast,
  type ForecastAsk,
  type Json,
  type SeriesWindow,
} from '../../core/plugin.ts';
import { Calendar, type Moment } from './course/calendar.ts';
import {
  changeOver,
  type Contributor,
  contributorsOf,
  contributorsText,
  type Part,
  type Whole,
  wholesOf,
} from './told/contributors.ts';
import { Forecasts } from './forecast/forecasts.ts';
import type { LimitAhead } from './forecast/limitAhead.ts';
import { snapshotForecaster } from './forecast/snapshotForecaster.ts';
import type { JudgedMetric } from './told/judgedMetric.ts';
import { KnownSeries } from './knownSeries.ts';
import { localize } from './told/localize.ts';
import { MetricJudge } from './metricJudge.ts';
import { type KeptPools, MetricPools } from './metricPool.ts';
import type { Strangeness } from './ownPast/ownPast.ts';
import { options, type OutlierOptions } from './options.ts';
import { type Terms, termsOf } from './terms.ts';

type MessageId = 'unusually-low' | 'unusually-high' | 'went-silent' | 'limit-ahead';

/** Tells when a metric of a series is further from what its own past lets expect than chance makes it. */
export const outlier = definePlugin<OutlierOptions, MessageId>({
  name: 'outlier',
  version: '1.3.0',
  description: 'Compares every metric of every series with its own past: level, trend, daily course and spread.',
  messages: {
    'unusually-low':
      '{metric} of {series} was {observed} over {windows} window(s); {low} to {high} were expected. By chance: {rarity}.{share}',
    'unusually-high':
      '{metric} of {series} was {observed} over {windows} window(s); {low} to {high} were expected. By chance: {rarity}.{share}',
    'went-silent': '{series} went silent: no events over {windows} window(s), {expected} were expected in each.',
    'limit-ahead':
      '{metric} of {series} is forecast to go {side} {limit} at {time} (with {percent} % between {earliest} and {latest}); it is {observed} now.',
  },
  options,
  create: (chosen, host) => new Outlier(chosen, host),
  forecaster: snapshotForecaster,
});

/** Of the events announced, so many must be there for counts to be judged: a hole in the data is completeness's to report. */
const COUNTED_RATIO_MIN = 0.98;

const NOTHING: Whole = { whole: undefined, parts: [] };

/** The last instant of a Date. */
const TIME_MAX_MS = 8.64e15;

/** The plugin's check. */
export class Outlier implements Check<MessageId> {
  readonly #terms: Terms;
  readonly #host: CheckHost;
  readonly #known: KnownSeries;
  readonly #pools: MetricPools;
  readonly #forecasts: Forecasts;
  readonly #calendar: Calendar;
  readonly #hasLimits: boolean;

  constructor(chosen: OutlierOptions, host: CheckHost) {
    this.#terms = termsOf(chosen);
    this.#calendar = new Calendar(chosen.calendar);
    this.#host = host;
    const known = new KnownSeries(host.metrics, chosen.forgetWindows);
    this.#known = known;
    this.#pools = new MetricPools(host, chosen, (series, place) => known.parentOf(series, place, chosen.learnWindows));
    this.#forecasts = new Forecasts({ ...host, limits: chosen.limits, calendar: this.#calendar });
    this.#hasLimits = chosen.limits.length > 0;
  }

  /** A window without a time that a calendar has is not judged. */
  window(closed: Parameters<NonNullable<Check['window']>>[0]): readonly Draft<MessageId>[] {
    if (!(Math.abs(closed.startMs) <= TIME_MAX_MS)) return [];
    const received = closed.servers.reduce((sum, server) => sum + server.received, 0);
    const announced = closed.servers.reduce((sum, server) => sum + (server.announced ?? server.received), 0);
    const isWhole = received >= COUNTED_RATIO_MIN * announced;
    const judged: JudgedMetric[] = [];
    this.#known.advance();
    this.#pools.advance();
    const when = this.#calendar.at(closed.startMs);
    for (const series of closed.series) this.#judgeSeries(when, series, isWhole, judged);
    const sinceMs = (span: number): number => closed.startMs - (span - 1) * this.#host.windowMs;
    const told = localize(judged);
    const wholes = wholesOf(
      told.map(({ series }) => series),
      closed.series,
    );
    const drafts = told.map((one) => {
      const contributors = this.#contributors(one, wholes.get(one.series) ?? NOTHING, when);
      return draftOf(one, sinceMs(one.span), contributors);
    });
    return this.#hasLimits ? [...drafts, ...this.#limitsAhead(closed.series)] : drafts;
  }

  /** Judges all metrics of a series; what is an outlier goes to `judged`. While data is missing, only what is no count and no sum. */
  #judgeSeries(when: Moment, series: SeriesWindow, isWhole: boolean, judged: JudgedMetric[]): void {
    const { metrics } = this.#host;
    const known = this.#known.seen(series);
    const isGuestGone = this.#known.isGuestGone(known, this.#terms.acceptWindows);
    for (let place = 0; place < metrics.length; place++) {
      const metric = metrics[place];
      const value = metric && series.metrics.get(metric.name);
      if (metric === undefined || value === undefined || (!isWhole && metric.metric.kind === 'value')) continue;
      const pool = this.#pools.of(place);
      if (pool === undefined) continue;
      const judge = (known.judges[place] ??= new MetricJudge(this.#known.slabs));
      const one = judge.judge({ when, series, metric, value }, pool, this.#terms);
      this.#forecasts.learn(judge, place, when.timeMs, series.isIncident);
      if (one !== undefined && !isGuestGone) judged.push(one);
    }
  }

  /** Which series that an outlier is made up of made its change. */
  #contributors(told: JudgedMetric, { whole, parts }: Whole, when: Moment): readonly Contributor[] {
    const metric = this.#host.metrics.find(({ name }) => name === told.metric);
    const value = whole?.metrics.get(told.metric);
    if (metric === undefined || value === undefined) return [];
    const made = parts.flatMap(({ series, labels, metrics }): Part[] => {
      const one = metrics.get(told.metric);
      const [added] = Object.entries(labels).filter(([label]) => !Object.hasOwn(told.labels, label));
      if (one === undefined || added === undefined) return [];
      const change = changeOver(this.#known.judgeOf(series, told.metric)?.model, told.span, when);
      return [{ dimension: added[0], value: added[1], metric: one, change }];
    });
    return contributorsOf(metric, told, { whole: value, parts: made });
  }

  #limitsAhead(shown: readonly SeriesWindow[]): LimitAhead[] {
    return shown.flatMap(({ series }) =>
      this.#forecasts.limitsAhead(series, (metric) => this.#known.judgeOf(series, metric)),
    );
  }

  /** What is expected of a metric of a series after the last window; undefined where that is not known. */
  forecast(ask: ForecastAsk): Forecast | undefined {
    const judge = this.#known.judgeOf(ask.series, ask.metric);
    return judge && this.#forecasts.forecast(judge, ask);
  }

  /** What the second opinion said of an amount in the last window that had a value; nothing where there is none. */
  strangenessOf(series: string, metric: string): Strangeness | undefined {
    return this.#known.judgeOf(series, metric)?.strangeness;
  }

  *snapshot(): Iterable<readonly [string, Json]> {
    const { calendar } = this.#terms;
    const laws = this.#forecasts.snapshot();
    yield ['', { ...this.#pools.snapshot(), windows: this.#known.shown, laws, ...(calendar && { calendar }) }];
    for (const [series, state] of this.#known.snapshot()) yield [`series ${series}`, state];
  }

  restore(entries: Iterable<readonly [string, Json]>): void {
    const kept = new Map(entries);
    const whole = kept.get('') as (KeptPools & { readonly windows?: number; readonly laws?: Json }) | undefined;
    this.#pools.restore(whole);
    this.#forecasts.restore(whole?.laws);
    this.#known.clear(whole?.windows ?? 0);
    for (const [key, state] of kept) if (key !== '') this.#known.restore(key.slice('series '.length), state);
  }
}

function draftOf(
  { series, metric, observed, expected, span, rarity, change, signal, lastAsRareMs }: JudgedMetric,
  sinceMs: number,
  contributors: readonly Contributor[],
): Draft<MessageId> {
  const isSilence = metric === 'events' && observed === 0;
  const made = contributorsText(contributors);
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
      lastAsRare: lastAsRareMs === undefined ? 'never' : new Date(lastAsRareMs).toISOString(),
      contributors: made,
      share: made === '' ? '' : ` Of the change: ${made}.`,
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
