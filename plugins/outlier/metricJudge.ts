import type { Json, Labels, MetricValue, NamedMetric, SeriesWindow } from '../../core/plugin.ts';
import { binomialRarity, poissonRarity } from './countingRarity.ts';
import { studentRarity } from './normal.ts';
import { judgeOwnPast, newOwnPast, type OwnPast, type Signal, type Strangeness, VALUE_MAX } from './ownPast.ts';
import type { OutlierOptions } from './options.ts';
import { type Scaled, scaled, scaleOf, unscaled, weightOf } from './scale.ts';
import { learn, newModel, type Score, scores, type SeriesModel, SPREAD_OF_DISTANCE } from './seriesModel.ts';
import type { Tails } from './tails.ts';

/** One metric of one series in one window. */
export interface MetricWindow {
  readonly startMs: number;
  readonly series: SeriesWindow;
  readonly metric: NamedMetric;
  readonly value: MetricValue;
}

/** A metric that is an outlier. */
export interface JudgedMetric {
  readonly series: string;
  readonly labels: Labels;
  readonly metric: string;
  readonly observed: number;
  readonly expected: { readonly low: number; readonly center: number; readonly high: number };
  readonly span: number;
  readonly rarity: number;
  readonly change: number;
  /** Which signal of its own past says so, where that is what says so. */
  readonly signal?: Signal;
}

/** Windows gathered before a metric's scale is chosen. */
const GATHER_WINDOWS = 5;
/** Degrees of freedom that a spread has at most, since it forgets. */
const DF_MAX = 150;

/** Judges one metric of one series, window after window. */
export class MetricJudge {
  /** The first values, until the scale is chosen. */
  #gathered: MetricValue[] = [];
  #model: SeriesModel | undefined;
  /** Events a window, of the windows so far. */
  #meanEvents = 0;
  #windows = 0;

  /** Only of amounts that are no counts: for those counting says how much they may vary. */
  #ownPast: OwnPast | undefined;
  #strangeness: Strangeness | undefined;

  /** What its own past said of the last value. */
  get strangeness(): Strangeness | undefined {
    return this.#strangeness;
  }

  /** Nothing, or the one outlier that the value is over its most telling span. Learns the value. */
  judge(window: MetricWindow, tails: Tails, options: OutlierOptions): JudgedMetric[] {
    const { series, metric, startMs } = window;
    const value = readable(window.value);
    this.#windows++;
    this.#meanEvents += Math.max(0.02, 1 / this.#windows) * (series.events - this.#meanEvents);
    this.#strangeness = this.#secondOpinion(metric, value, startMs);
    const isThin = this.#meanEvents < options.eventsMin;
    if (isThin && this.#model === undefined) return [];
    const weight = weightOf(metric, value, series.events);
    const model = (this.#model ??= this.#begin(metric, value));
    if (model === undefined) return [];
    const now: Scaled = { y: scaled(model.scale, value.value ?? 0), weight };
    const isKnown = weight > 0 && model.windows >= options.learnWindows;
    const judged = isKnown ? this.#mostTelling(window, now, tails, options) : undefined;
    learn(model, startMs, now, judged !== undefined);
    if (model.outlying >= options.acceptWindows) this.#forget();
    if (judged !== undefined) return [judged];
    const strange = isKnown ? strangeMetric(window, this.#strangeness, options) : undefined;
    return strange === undefined ? [] : [strange];
  }

  #secondOpinion({ metric }: NamedMetric, { value }: MetricValue, startMs: number): Strangeness | undefined {
    if (metric.kind !== 'value' || metric.aggregate === 'events' || value === undefined) return undefined;
    return judgeOwnPast((this.#ownPast ??= newOwnPast()), startMs, value);
  }

  snapshot(): Json {
    return {
      ownPast: structuredClone(this.#ownPast ?? null) as unknown as Json,
      gathered: this.#gathered.map((value) => ({ ...value, value: value.value ?? null })),
      model: (this.#model ?? null) as unknown as Json,
      meanEvents: this.#meanEvents,
      windows: this.#windows,
    };
  }

  static restored(snapshot: Json): MetricJudge {
    const { ownPast, gathered, model, meanEvents, windows } = structuredClone(snapshot) as {
      readonly ownPast: OwnPast | null;
      readonly gathered: readonly (Omit<MetricValue, 'value'> & { readonly value: number | null })[];
      readonly model: SeriesModel | null;
      readonly meanEvents: number;
      readonly windows: number;
    };
    const judge = new MetricJudge();
    judge.#gathered = gathered.map((value) => ({ ...value, value: value.value ?? undefined }));
    judge.#ownPast = ownPast ?? undefined;
    judge.#model = model ?? undefined;
    judge.#meanEvents = meanEvents;
    judge.#windows = windows;
    return judge;
  }

  /** Chooses the scale when enough values were gathered; starts from their median. */
  #begin(metric: NamedMetric, value: MetricValue): SeriesModel | undefined {
    if (value.value === undefined) return undefined;
    this.#gathered.push(value);
    if (this.#gathered.length < GATHER_WINDOWS) return undefined;
    const scale = scaleOf(metric, this.#gathered);
    const ys = this.#gathered.map((gathered) => scaled(scale, gathered.value ?? 0)).sort((a, b) => a - b);
    this.#gathered = [];
    return newModel(scale, ys[ys.length >> 1] ?? 0);
  }

  #mostTelling(window: MetricWindow, now: Scaled, tails: Tails, options: OutlierOptions): JudgedMetric | undefined {
    const model = this.#model;
    if (model === undefined) return undefined;
    let worst: JudgedMetric | undefined;
    const all = scores(model, window.startMs, now);
    const rarities = all.map((score) => {
      const tail = tails.ratioOf(keyOf(window.metric, score));
      const rarity = Math.max(
        studentRarity(score.z / tail, Math.min(DF_MAX, model.windows)),
        countingRarity(model, score, this.#weightOver(model, score.span, now)),
      );
      return { score, rarity, tail };
    });
    for (const { score, rarity, tail } of rarities) {
      if (rarity > options.rarityMax || (worst !== undefined && rarity >= worst.rarity)) continue;
      const judged = judgedMetric(window, model, { ...score, spread: score.spread * tail }, rarity);
      if (Math.abs(judged.change) >= options.changeMin) worst = judged;
    }
    if (worst === undefined) for (const { score } of rarities) tails.learn(keyOf(window.metric, score), score.z);
    return worst;
  }

  #weightOver({ past }: SeriesModel, span: number, { weight }: Scaled): number {
    return past.slice(past.length - span + 1).reduce((sum, one) => sum + (span > 1 ? one.weight : 0), weight);
  }

  #forget(): void {
    this.#model = undefined;
    this.#gathered = [];
  }
}

const keyOf = ({ name }: NamedMetric, { span }: Score): string => `${name} ${String(span)}`;

/** How rare counting alone lets it be; no bound for amounts. */
function countingRarity({ scale }: SeriesModel, { observed, expected, span }: Score, weight: number): number {
  if (scale.kind === 'count') return poissonRarity(span * unscaled(scale, observed), span * unscaled(scale, expected));
  if (scale.kind === 'share')
    return binomialRarity(weight * unscaled(scale, observed), weight, unscaled(scale, expected));
  return 0;
}

/** Spreads on either side that are called expected. */
const BAND_SPREADS = 4;

function judgedMetric(
  { series, metric }: MetricWindow,
  { scale }: SeriesModel,
  { observed, expected, spread, span }: Score,
  rarity: number,
): JudgedMetric {
  const center = unscaled(scale, expected);
  const value = unscaled(scale, observed);
  return {
    series: series.series,
    labels: series.labels,
    metric: metric.name,
    observed: value,
    expected: {
      low: unscaled(scale, expected - BAND_SPREADS * spread),
      center,
      high: unscaled(scale, expected + BAND_SPREADS * spread),
    },
    span,
    rarity,
    change: center === 0 ? Math.sign(value) : (value - center) / Math.abs(center),
  };
}

/** A value with a part that is no number of a usable size is none. */
const readable = (value: MetricValue): MetricValue =>
  [value.value, value.numerator, value.denominator].every((part = 0) => Math.abs(part) <= VALUE_MAX)
    ? value
    : { value: undefined };

/** What is stranger than it ever was, where the forecast saw nothing: said once, at its onset. */
function strangeMetric(
  { series, metric, value }: MetricWindow,
  strangeness: Strangeness | undefined,
  options: OutlierOptions,
): JudgedMetric | undefined {
  const { value: observed } = value;
  if (strangeness === undefined || observed === undefined || strangeness.onset < -Math.log10(options.rarityMax))
    return undefined;
  const { onset, expected, spread, signal } = strangeness;
  const change = expected === 0 ? Math.sign(observed) : (observed - expected) / Math.abs(expected);
  if (Math.abs(change) < options.changeMin) return undefined;
  const band = BAND_SPREADS * SPREAD_OF_DISTANCE * spread;
  return {
    series: series.series,
    labels: series.labels,
    metric: metric.name,
    observed,
    expected: { low: expected - band, center: expected, high: expected + band },
    span: 1,
    rarity: 10 ** -onset,
    change,
    signal,
  };
}
