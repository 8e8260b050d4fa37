import type { Moment } from '../course/calendar.ts';
import { adoptProfile, beginDay, gather, offsetAt } from '../course/dailyProfile.ts';
import { courseFactor, YOUTH_WINDOWS } from './kin.ts';
import { learnMove } from './moves.ts';
import type { Scaled } from './scale.ts';
import {
  DAMPING,
  errorSize,
  isScored,
  meanDistance,
  rebase,
  type SeriesModel,
  setMeanDistance,
  SPANS,
  SPREAD_OF_DISTANCE,
  spreadOf,
} from './seriesModel.ts';

/** Smoothing of level and trend (Holt 1957), as shares of the newest error. */
const LEVEL_SHARE = 0.08;
const TREND_SHARE = 0.1;
/** Errors are taken for at most so many spreads when level and trend learn from them (Gelper, Fried and Croux 2010), and spread itself. */
const LEVEL_CLIP = 2;
const SPREAD_CLIP = 3;
/** The share that level and trend learn from a window that is an outlier. */
const OUTLIER_SHARE = 0.1;
const SPREAD_SHARE = 0.01;

/** Learns a value that was observed; of an outlier only a little. */
export function learn(model: SeriesModel, when: Moment, { y, weight }: Scaled, isOutlier: boolean): void {
  if (weight > 0) {
    if (!isOutlier) learnSpreads(model);
    learnMove(model, y);
    learnLevel(model, y - offsetAt(model.profile, when), weight, isOutlier);
    turnDay(model, when);
    gather(model.profile, when, y);
    model.windows++;
    if (model.windows >= YOUTH_WINDOWS) model.kin = undefined;
  } else model.level += model.trend *= DAMPING;
  model.outlying = isOutlier ? model.outlying + 1 : 0;
}

/** At the first value of a new day: the day before is learned. */
export function turnDay(model: SeriesModel, when: Moment): void {
  const learned = beginDay(model.profile, when);
  if (learned !== undefined) rebase(model, learned);
}

/** Takes the course of the series that it is part of, as if it were one day of its own: own days outweigh it. Nothing while the parent knows none, or has another scale. */
export function adoptCourse(model: SeriesModel, parent: SeriesModel, when: Moment): void {
  if (parent.profile.days === 0 || parent.scale.kind !== model.scale.kind) return;
  adoptProfile(model.profile, parent.profile, courseFactor(model.scale, model.level, parent.level));
  rebase(model, { by: -offsetAt(model.profile, when), level: undefined });
}

function learnSpreads(model: SeriesModel): void {
  const { kin } = model;
  for (let at = 0; at < SPANS.length; at++) {
    if (!isScored(at)) continue;
    const distance = errorSize(at);
    const before = meanDistance(model, at);
    const seen = Math.max(1, model.windows - (SPANS[at] ?? 1) + 1);
    const usual = kin === undefined ? before * SPREAD_OF_DISTANCE : spreadOf(model, at);
    const clipped = seen > 20 || kin !== undefined ? Math.min(distance, SPREAD_CLIP * usual) : distance;
    setMeanDistance(model, at, before + Math.max(SPREAD_SHARE, 1 / seen) * (clipped - before));
  }
}

/** `y` is the value less the day's course. */
function learnLevel(model: SeriesModel, y: number, weight: number, isOutlier: boolean): void {
  const forecast = model.level + DAMPING * model.trend;
  const bound = model.windows < 10 ? Number.POSITIVE_INFINITY : (LEVEL_CLIP * spreadOf(model, 0)) / Math.sqrt(weight);
  const error = Math.max(-bound, Math.min(bound, y - forecast)) * (isOutlier ? OUTLIER_SHARE : 1);
  model.level = forecast + Math.max(LEVEL_SHARE, 1 / (model.windows + 1 + (model.kin?.levelWindows ?? 0))) * error;
  model.trend = DAMPING * model.trend + (model.windows < 10 ? 0 : LEVEL_SHARE * TREND_SHARE * error);
}
