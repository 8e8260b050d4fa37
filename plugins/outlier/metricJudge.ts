import type { Json, MetricValue, NamedMetric } from '../../core/plugin.ts';
import { type AheadBook, type KeptBook, keptBook, restoredBook } from './forecast/aheadBook.ts';
import { binomialRarity, poissonRarity } from './countingRarity.ts';
import { type JudgedMetric, judgedMetric, type MetricWindow, strangeMetric } from './judgedMetric.ts';
import { type KeptModel, keptModel, restoredModel } from './keptModel.ts';
import { type KeptPast, keptPast, restoredPast } from './keptPast.ts';
import { distanceMin, studentRarity } from './normal.ts';
import { judgeOwnPast, newOwnPast, type OwnPast, type Strangeness, VALUE_MAX } from './ownPast.ts';
import type { OutlierOptions } from './options.ts';
import { scaled, scaleOf, unscaled, weightOf } from './scale.ts';
import {
  distanceOf,
  isScored,
  learn,
  newModel,
  observe,
  type Score,
  scoreOf,
  type SeriesModel,
  SPANS,
  weightOver,
} from './seriesModel.ts';
import { lastAsRareMs, type PastTroubles, troubled } from './pastTroubles.ts';
import type { Tail } from './tails.ts';

/** What a metric is judged by. */
export interface Terms extends OutlierOptions {
  /** No error of fewer spreads is as rare as is to be reported. */
  readonly distanceMin: number;
}

export const termsOf = (options: OutlierOptions): Terms => ({
  ...options,
  distanceMin: distanceMin(options.rarityMax),
});

/** Windows gathered before a metric's scale is chosen. */
const GATHER_WINDOWS = 5;
/** Degrees of freedom that a spread has at most, since it forgets. */
const DF_MAX = 150;

/** A judge as it stands in a snapshot. */
interface KeptJudge {
  readonly ownPast: KeptPast | null;
  readonly gathered: readonly (Omit<MetricValue, 'value'> & { readonly value: number | null })[];
  readonly model: KeptModel | null;
  readonly meanEvents: number;
  readonly windows: number;
  readonly troubles: PastTroubles | null;
  readonly ahead?: KeptBook;
}

/** Judges one metric of one series, window after window. */
export class MetricJudge {
  /** The first values, until the scale is chosen. */
  #gathered: MetricValue[] | undefined;
  #model: SeriesModel | undefined;
  /** Events a window, of the windows so far. */
  #meanEvents = 0;
  #windows = 0;

  /** Nothing before the first. */
  #troubles: PastTroubles | undefined;

  /** How well it is forecast; nothing before there is a model. */
  ahead: AheadBook | undefined;

  /** Only of amounts that are no counts: for those counting says how much they may vary. */
  #ownPast: OwnPast | undefined;
  /** Whether the own past said something of the last value. What it said stays with it: an object a window that outlives the window would be garbage of the slow kind. */
  #isTold = false;

  /** What the metric usually is; nothing while that is not known. */
  get model(): SeriesModel | undefined {
    return this.#model;
  }

  /** What its own past said of the last value; stands until the next window. */
  get strangeness(): Strangeness | undefined {
    return this.#isTold ? this.#ownPast?.told : undefined;
  }

  /** Nothing, or the one outlier that the value is over its most telling span. Learns the value. `tails` are those of the metric, by span. */
  judge(window: MetricWindow, tails: readonly Tail[], terms: Terms): JudgedMetric | undefined {
    const { series, metric, startMs } = window;
    const value = readable(metric, window.value);
    const events = isReadable(series.events) ? Math.max(0, series.events) : 0;
    this.#windows++;
    this.#meanEvents += Math.max(0.02, 1 / this.#windows) * (events - this.#meanEvents);
    const strangeness = this.#secondOpinion(metric, value, startMs);
    this.#isTold = strangeness !== undefined;
    const isThin = this.#meanEvents < terms.eventsMin;
    if (isThin && this.#model === undefined) return undefined;
    const weight = weightOf(metric, value, events);
    const model = (this.#model ??= this.#begin(metric, value));
    if (model === undefined) return undefined;
    const now = { y: scaled(model.scale, value.value ?? 0), weight };
    const isKnown = weight > 0 && model.windows >= terms.learnWindows;
    observe(model, startMs, now);
    const judged = isKnown ? mostTelling(window, model, tails, terms) : undefined;
    learn(model, startMs, now, judged !== undefined);
    if (model.outlying >= terms.acceptWindows) this.#model = undefined;
    const told = judged ?? (isKnown ? strangeMetric(window, strangeness, terms) : undefined);
    return told === undefined ? undefined : this.#remembered(told, startMs);
  }

  /** Puts an outlier down, and when there was last one as rare. */
  #remembered(told: JudgedMetric, timeMs: number): JudgedMetric {
    const size = -Math.log10(told.rarity);
    const side = told.change < 0 ? -1 : 1;
    this.#troubles = troubled(this.#troubles, { timeMs, size, side, window: this.#windows });
    return { ...told, lastAsRareMs: lastAsRareMs(this.#troubles, size) };
  }

  #secondOpinion({ metric }: NamedMetric, { value }: MetricValue, startMs: number): Strangeness | undefined {
    if (metric.kind !== 'value' || metric.aggregate === 'events' || value === undefined) return undefined;
    return judgeOwnPast((this.#ownPast ??= newOwnPast()), startMs, value);
  }

  /** Chooses the scale when enough values were gathered; starts from their median. */
  #begin(metric: NamedMetric, value: MetricValue): SeriesModel | undefined {
    if (value.value === undefined) return undefined;
    const gathered = (this.#gathered ??= []);
    gathered.push(value);
    if (gathered.length < GATHER_WINDOWS) return undefined;
    const scale = scaleOf(metric, gathered);
    const ys = gathered.map((one) => scaled(scale, one.value ?? 0)).sort((a, b) => a - b);
    this.#gathered = undefined;
    return newModel(scale, ys[ys.length >> 1] ?? 0);
  }

  snapshot(): Json {
    const kept: KeptJudge = {
      ownPast: this.#ownPast === undefined ? null : keptPast(this.#ownPast),
      gathered: (this.#gathered ?? []).map((value) => ({ ...value, value: value.value ?? null })),
      model: this.#model === undefined ? null : keptModel(this.#model),
      meanEvents: this.#meanEvents,
      windows: this.#windows,
      troubles: this.#troubles ?? null,
      ...(this.ahead === undefined ? {} : { ahead: keptBook(this.ahead) }),
    };
    return kept as unknown as Json;
  }

  static restored(snapshot: Json): MetricJudge {
    const { ownPast, gathered, model, meanEvents, windows, troubles, ahead } = snapshot as unknown as KeptJudge;
    const judge = new MetricJudge();
    if (gathered.length > 0) judge.#gathered = gathered.map((value) => ({ ...value, value: value.value ?? undefined }));
    if (ownPast !== null) judge.#ownPast = restoredPast(ownPast);
    if (model !== null) judge.#model = restoredModel(model);
    judge.#meanEvents = meanEvents;
    judge.#windows = windows;
    judge.#troubles = troubles ?? undefined;
    if (ahead !== undefined) judge.ahead = restoredBook(ahead);
    return judge;
  }
}

/** The outlier that what was observed is over the most telling span. The tails learn from what is none. */
function mostTelling(
  window: MetricWindow,
  model: SeriesModel,
  tails: readonly Tail[],
  terms: Terms,
): JudgedMetric | undefined {
  let worst: JudgedMetric | undefined;
  for (let at = 0; at < SPANS.length; at++) {
    const tail = tails[at];
    if (tail === undefined || !isScored(model, at)) continue;
    const { ratio } = tail;
    if (Math.abs(distanceOf(model, at)) < terms.distanceMin * ratio) continue;
    const score = scoreOf(model, window.startMs, at);
    const rarity = Math.max(
      studentRarity(score.z / ratio, Math.min(DF_MAX, model.windows)),
      countingRarity(model, score, weightOver(model, at)),
    );
    if (rarity > terms.rarityMax || (worst !== undefined && rarity >= worst.rarity)) continue;
    const judged = judgedMetric(window, model, { ...score, spread: score.spread * ratio }, rarity);
    if (Math.abs(judged.change) >= terms.changeMin) worst = judged;
  }
  if (worst === undefined)
    for (let at = 0; at < SPANS.length; at++) if (isScored(model, at)) tails[at]?.learn(distanceOf(model, at));
  return worst;
}

/** How rare counting alone lets it be; no bound for amounts. */
function countingRarity({ scale }: SeriesModel, { observed, expected, span }: Score, weight: number): number {
  if (scale.kind === 'count') return poissonRarity(span * unscaled(scale, observed), span * unscaled(scale, expected));
  if (scale.kind === 'share')
    return binomialRarity(weight * unscaled(scale, observed), weight, unscaled(scale, expected));
  return 0;
}

/** The types say so already, but not every source keeps to them. */
const isReadable = (part: unknown): boolean => typeof part === 'number' && Math.abs(part) <= VALUE_MAX;
const NO_VALUE: MetricValue = { value: undefined };

/** A value with a part that is no number of a usable size is none, nor is a count below 0. */
function readable({ metric }: NamedMetric, read: MetricValue): MetricValue {
  const { value, numerator, denominator } = read;
  const isWhole =
    isReadable(value) &&
    (numerator === undefined || isReadable(numerator)) &&
    (denominator === undefined || isReadable(denominator));
  const isNegativeCount = metric.kind === 'value' && metric.aggregate === 'events' && Number(value) < 0;
  return isWhole && !isNegativeCount ? read : NO_VALUE;
}
