import type { Json, MetricValue, NamedMetric } from '../../core/plugin.ts';
import { goesOn } from './model/acceptance.ts';
import type { NotedTrouble } from './alarm/alarmRate.ts';
import { HOLIDAY, type Moment, NO_KIND } from './course/calendar.ts';
import { type JudgedMetric, type MetricWindow, strangeMetric } from './told/judgedMetric.ts';
import { type AheadBook, type KeptBook, keptBook, restoredBook } from './forecast/aheadBook.ts';
import { judgeOwnPast } from './ownPast/judgeOwnPast.ts';
import { type KeptModel, keptModel, restoredModel } from './model/keptModel.ts';
import { type KeptPast, keptPast, restoredPast } from './ownPast/keptPast.ts';
import { ASKED_WINDOWS, GROWN_WINDOWS, JUDGED_WINDOWS } from './model/kin.ts';
import { adoptCourse, learn, turnDay } from './model/learnModel.ts';
import type { MetricPool } from './metricPool.ts';
import { learnTails, mostTelling } from './model/mostTelling.ts';
import { OwnPast, type Strangeness } from './ownPast/ownPast.ts';
import { lastAsRareMs, type PastTroubles, troubled } from './alarm/pastTroubles.ts';
import { levelOn } from './model/peers.ts';
import { isReadable, readable } from './model/readable.ts';
import { scaled, scaleOf, weightOf } from './model/scale.ts';
import { observe, SeriesModel } from './model/seriesModel.ts';
import type { Slabs } from './kept/slabs.ts';
import type { Terms } from './terms.ts';

/** Windows gathered before a metric's scale is chosen. */
const GATHER_WINDOWS = 5;
/** A judge as it stands in a snapshot. */
interface KeptJudge {
  readonly ownPast: KeptPast | null;
  readonly gathered: readonly (Omit<MetricValue, 'value'> & { readonly value: number | null })[];
  readonly model: KeptModel | null;
  readonly meanEvents: number;
  readonly windows: number;
  readonly troubles: PastTroubles | null;
  /** Older versions know nothing of the rest. */
  readonly noted?: NotedTrouble | null;
  readonly begun?: number;
  readonly taught?: number;
  readonly ahead?: KeptBook;
}

/** Judges one metric of one series, window after window. */
export class MetricJudge {
  /** Where its numbers lie. */
  readonly slabs: Slabs;
  /** The first values, until the scale is chosen. */
  #gathered: MetricValue[] | undefined;
  #model: SeriesModel | undefined;
  /** Events a window, of the windows so far. */
  #meanEvents = 0;
  #windows = 0;

  /** Nothing before the first. */
  #troubles: PastTroubles | undefined;

  /** How often it began to learn what is usual, and the day on which it last taught its peers, days since the epoch. */
  #begun = 0;
  #taught = -1;

  /** Where a rate of alarms is stated. */
  #noted: NotedTrouble | undefined;
  /** How well it is forecast; nothing before there is a model. */
  ahead: AheadBook | undefined;

  /** Only of amounts that are no counts: for those counting says how much they may vary. */
  #ownPast: OwnPast | undefined;
  /** Whether the own past said something of the last value. */
  #isTold = false;

  constructor(slabs: Slabs) {
    this.slabs = slabs;
  }

  /** What the metric usually is; nothing while that is not known. */
  get model(): SeriesModel | undefined {
    return this.#model;
  }

  /** What its own past said of the last value; stands until the next window. */
  get strangeness(): Strangeness | undefined {
    return this.#isTold ? this.#ownPast?.strangeness : undefined;
  }

  /** Nothing, or the one outlier that the value is over its most telling span. Learns the value. */
  judge(window: MetricWindow, pool: MetricPool, terms: Terms): JudgedMetric | undefined {
    const { series, metric, when } = window;
    const { isIncident = false } = series;
    const value = readable(metric, window.value);
    const events = isReadable(series.events) ? Math.max(0, series.events) : 0;
    this.#windows++;
    this.#meanEvents += Math.max(0.02, 1 / this.#windows) * (events - this.#meanEvents);
    this.#isTold = this.#secondOpinion(metric, value, when);
    const isThin = this.#meanEvents < terms.eventsMin;
    if (isThin && this.#model === undefined) return undefined;
    const weight = weightOf(metric, value, events);
    const model = (this.#model ??= this.#begin(window, value, weight, pool));
    if (model === undefined) return undefined;
    const now = { y: scaled(model.scale, value.value ?? 0), weight };
    // Kin tell how high a new series should be, not that it is there to stay: one that begins with a fault ends with it.
    const leans = model.kin !== undefined && events > 0;
    const isKnown = weight > 0 && model.windows >= (leans ? JUDGED_WINDOWS : terms.learnWindows);
    // A kind of day that was new yesterday is known today, from the first window on.
    if (when.kind !== NO_KIND && weight > 0) turnDay(model, when);
    observe(model, when, now);
    const forecast = isKnown ? mostTelling(window, model, pool.tails, terms) : undefined;
    const strange = isKnown ? strangeMetric(window, this.#isTold ? this.#ownPast : undefined, terms) : undefined;
    const isOutlier = isAlarm(forecast, pool);
    if (isKnown && !isOutlier && !isIncident) learnTails(pool.tails);
    if (isKnown && !isIncident) this.#note(forecast, strange, pool);
    learn(model, when, now, isOutlier);
    if (weight > 0) this.#keepKin(model, window, pool);
    if (model.outlying >= terms.acceptWindows && !goesOn(when, model)) this.#forgetModel();
    const told = isOutlier ? forecast : isAlarm(strange, pool) ? strange : undefined;
    return told === undefined ? undefined : this.#remembered(told, when.timeMs);
  }

  #forgetModel(): void {
    if (this.#model !== undefined) this.slabs.models.give(this.#model);
    this.#model = undefined;
  }

  /** Gives back what it took of the slabs; it is not used any more. */
  release(): void {
    this.#forgetModel();
    if (this.ahead !== undefined) this.slabs.books.give(this.ahead);
    if (this.#ownPast === undefined) return;
    this.slabs.pasts.give(this.#ownPast);
    this.slabs.seen.give(this.#ownPast.seen);
  }

  /** Puts down what is to be counted to tell a rate of alarms. */
  #note(forecast: JudgedMetric | undefined, strange: JudgedMetric | undefined, { rate }: MetricPool): void {
    if (rate === undefined) return;
    rate.judged();
    const rarest = strange === undefined || (forecast?.rarity ?? 1) <= strange.rarity ? forecast : strange;
    if (rarest === undefined) return;
    const size = -Math.log10(rarest.rarity);
    this.#noted = rate.noted(this.#noted, { size, side: sideOf(rarest), window: this.#windows });
  }

  /** A series without a course of its own takes its parent's, once there is one; a grown one teaches its peers when it has grown and once a day. */
  #keepKin(model: SeriesModel, { when, series }: MetricWindow, { peers, parentOf }: MetricPool): void {
    const { profile, windows } = model;
    if (this.#begun === 1 && profile.days === 0 && windows % ASKED_WINDOWS === JUDGED_WINDOWS) {
      const parent = parentOf(series.series);
      if (parent !== undefined) adoptCourse(model, parent, when);
    }
    if (windows < GROWN_WINDOWS || (windows > GROWN_WINDOWS && profile.day === this.#taught)) return;
    this.#taught = profile.day;
    if (model.outlying === 0 && series.isIncident !== true) peers.learn(series.labels, model, parentOf(series.series));
  }

  /** Puts an outlier down, and when there was last one as rare. */
  #remembered(told: JudgedMetric, timeMs: number): JudgedMetric {
    const size = -Math.log10(told.rarity);
    const side = sideOf(told);
    this.#troubles = troubled(this.#troubles, { timeMs, size, side, window: this.#windows });
    return { ...told, lastAsRareMs: lastAsRareMs(this.#troubles, size) };
  }

  /** Of days that are like no other ones the own past knows nothing, and learns nothing for others. */
  #secondOpinion({ metric }: NamedMetric, { value }: MetricValue, { kind, localMs }: Moment): boolean {
    if (kind >= HOLIDAY) return false;
    if (metric.kind !== 'value' || metric.aggregate === 'events' || value === undefined) return false;
    return judgeOwnPast((this.#ownPast ??= newPast(this.slabs)), localMs, value);
  }

  /** Chooses the scale when enough values were gathered; starts from their median, or from what is known of its kin. */
  #begin(
    { series, metric }: MetricWindow,
    value: MetricValue,
    weight: number,
    pool: MetricPool,
  ): SeriesModel | undefined {
    if (value.value === undefined) return undefined;
    const gathered = (this.#gathered ??= []);
    gathered.push(value);
    if (gathered.length < GATHER_WINDOWS) return undefined;
    const scale = scaleOf(metric, gathered);
    const ys = gathered.map((one) => scaled(scale, one.value ?? 0)).sort((a, b) => a - b);
    this.#gathered = undefined;
    const model = new SeriesModel(scale, ys[ys.length >> 1] ?? 0, this.slabs.models.take());
    // One that begins anew has a history of its own, and changed its ways.
    if (this.#begun++ > 0) return model;
    const parent = metric.metric.kind === 'value' ? undefined : pool.parentOf(series.series);
    model.kin = pool.peers.lentTo(series.labels, scale, { weight, isLevelAlike: parent !== undefined });
    if (parent !== undefined && (model.kin?.levelWindows ?? 0) > 0) model.level = levelOn(scale, parent);
    return model;
  }

  /** What it knew when a snapshot was taken. When it was in trouble since is no knowledge of what is usual: that stays. */
  wentBack(snapshot: Json): MetricJudge {
    const judge = MetricJudge.restored(snapshot, this.slabs);
    judge.#troubles = this.#troubles;
    judge.#windows = this.#windows;
    return judge;
  }

  snapshot(): Json {
    const kept: KeptJudge = {
      ownPast: this.#ownPast === undefined ? null : keptPast(this.#ownPast),
      gathered: (this.#gathered ?? []).map((value) => ({ ...value, value: value.value ?? null })),
      model: this.#model === undefined ? null : keptModel(this.#model),
      meanEvents: this.#meanEvents,
      windows: this.#windows,
      troubles: this.#troubles ?? null,
      noted: this.#noted === undefined ? null : { ...this.#noted },
      begun: this.#begun,
      taught: this.#taught,
      ...(this.ahead === undefined ? {} : { ahead: keptBook(this.ahead) }),
    };
    return kept as unknown as Json;
  }

  static restored(snapshot: Json, slabs: Slabs): MetricJudge {
    const { ownPast, gathered, model, meanEvents, windows, troubles, noted, begun, taught, ahead } =
      snapshot as unknown as KeptJudge;
    const judge = new MetricJudge(slabs);
    if (gathered.length > 0) judge.#gathered = gathered.map((value) => ({ ...value, value: value.value ?? undefined }));
    if (ownPast !== null) judge.#ownPast = restoredPast(ownPast, newPast(slabs));
    if (model !== null) judge.#model = restoredModel(model, slabs.models.take());
    judge.#meanEvents = meanEvents;
    judge.#windows = windows;
    judge.#troubles = troubles ?? undefined;
    judge.#noted = noted == null ? undefined : { ...noted };
    judge.#begun = begun ?? (model === null ? 0 : 2);
    judge.#taught = taught ?? -1;
    if (ahead !== undefined) judge.ahead = restoredBook(ahead, slabs.books.take());
    return judge;
  }
}

const newPast = ({ pasts, seen }: Slabs): OwnPast => new OwnPast(pasts.take(), seen.take());

const sideOf = ({ change }: JudgedMetric): number => (change < 0 ? -1 : 1);

/** Where no rate is stated, all that is noted. */
const isAlarm = (noted: JudgedMetric | undefined, { rate }: MetricPool): boolean =>
  noted !== undefined && (rate === undefined || noted.rarity <= 10 ** -rate.size);
