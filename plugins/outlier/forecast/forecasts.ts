import type { Forecast, ForecastAsk, Json, NamedMetric } from '../../../core/plugin.ts';
import type { Calendar } from '../course/calendar.ts';
import type { MetricJudge } from '../metricJudge.ts';
import { unscaled } from '../model/scale.ts';
import { learnAhead, newBook } from './aheadBook.ts';
import { type ErrorLaw, keptLaws, newLaws, restoredLaws } from './errorLaw.ts';
import { forecastOf, type Known, NOTHING_EXPECTED, SeriesForecast } from './forecast.ts';
import { type LimitAhead, limitAhead } from './limitAhead.ts';
import { concerns, crossingOf, isBeyond, type Limit } from './limits.ts';

/** Of which stream forecasts are made. */
export interface ForecastTerms {
  readonly stream: string;
  readonly windowMs: number;
  readonly metrics: readonly NamedMetric[];
  readonly limits: readonly Limit[];
  readonly calendar: Calendar;
}

/** What is forecast of the series of one stream: how large errors are, and which limits are ahead. */
export class Forecasts {
  readonly #terms: ForecastTerms;
  #laws: readonly (readonly ErrorLaw[])[];

  constructor(terms: ForecastTerms) {
    this.#terms = terms;
    this.#laws = terms.metrics.map(newLaws);
  }

  /** Learns from a window that a judge has just learned; `place` is the metric's. Errors in an incident say nothing of how large errors usually are. */
  learn(judge: MetricJudge, place: number, startMs: number, isIncident = false): void {
    const { model } = judge;
    if (model === undefined) return;
    const { windowMs, calendar } = this.#terms;
    const index = Math.floor(startMs / windowMs);
    if (judge.ahead?.evenness !== model.scale.kind)
      judge.ahead = newBook(model, index, judge.ahead ?? judge.slabs.books.take());
    learnAhead(judge.ahead, model, { index, windowMs, calendar }, isIncident ? [] : (this.#laws[place] ?? []));
  }

  /** Which limits a series is about to cross: those of which its forecast is sure, and those that were told of for as long as they are likely. */
  limitsAhead(series: string, judgeOf: (metric: string) => MetricJudge | undefined): LimitAhead[] {
    const { limits, metrics, stream } = this.#terms;
    const ahead: LimitAhead[] = [];
    for (let at = 0; at < limits.length; at++) {
      const limit = limits[at];
      if (limit === undefined || !concerns(limit, { stream, series })) continue;
      const place = metrics.findIndex(({ name }) => name === limit.metric);
      const known = this.#knownOf(judgeOf(limit.metric), place);
      const told = known && this.#aheadOf(series, limit, { known, bit: 1 << at });
      if (told !== undefined) ahead.push(told);
    }
    return ahead;
  }

  #aheadOf(
    series: string,
    limit: Limit,
    { known, bit }: { readonly known: Known; readonly bit: number },
  ): LimitAhead | undefined {
    const { book, model } = known;
    const { windowMs } = this.#terms;
    const forecast = new SeriesForecast(known, [limit.confidence]);
    const isTold = (book.warned & bit) !== 0;
    const observed = unscaled(model.scale, model.last);
    const crossing =
      !forecast.isKnown || (!isTold && isBeyond(limit, observed))
        ? undefined
        : crossingOf(limit, forecast, Math.max(1, Math.floor(limit.withinMs / windowMs)));
    const isAhead = crossing !== undefined && (isTold || crossing.sure !== undefined);
    book.warned = isAhead ? book.warned | bit : book.warned & ~bit;
    if (!isAhead) return undefined;
    const now = { series, observed, startMs: book.index * windowMs, endMs: (book.index + 1) * windowMs };
    return limitAhead(limit, now, crossing, forecast.at(crossing.likely));
  }

  /** What is expected of a metric of a series. */
  forecast(judge: MetricJudge, ask: ForecastAsk): Forecast {
    const known = this.#knownOf(
      judge,
      this.#terms.metrics.findIndex(({ name }) => name === ask.metric),
    );
    return known === undefined ? NOTHING_EXPECTED : forecastOf(known, ask);
  }

  #knownOf(judge: MetricJudge | undefined, place: number): Known | undefined {
    const laws = this.#laws[place];
    if (judge?.model === undefined || judge.ahead === undefined || laws === undefined) return undefined;
    const { windowMs, calendar } = this.#terms;
    return { model: judge.model, book: judge.ahead, laws, windowMs, calendar };
  }

  snapshot(): Json {
    return Object.fromEntries(this.#terms.metrics.map(({ name }, place) => [name, keptLaws(this.#laws[place] ?? [])]));
  }

  restore(kept: Json | undefined): void {
    const laws = (kept ?? {}) as Readonly<Record<string, Json | undefined>>;
    this.#laws = this.#terms.metrics.map(({ name }) =>
      restoredLaws(Object.hasOwn(laws, name) ? laws[name] : undefined),
    );
  }
}
