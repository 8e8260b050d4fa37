import { emptyProfile, gather, offsetAt, type DailyProfile } from './dailyProfile.ts';
import { leastSpread, type Scale, type Scaled } from './scale.ts';

/** A value is judged together with the ones before it: over this many windows. A small shift shows over many, a large one at once. */
export const SPANS = [1, 5, 15] as const;
const LONGEST = 15;

/** Smoothing of level and trend (Holt 1957), as shares of the newest error; the trend dies down by DAMPING per window (Gardner and McKenzie 1985). */
const LEVEL_SHARE = 0.08;
const TREND_SHARE = 0.1;
const DAMPING = 0.98;
/** Errors are taken for at most so many spreads when level and trend learn from them (Gelper, Fried and Croux 2010), and spread itself. */
const LEVEL_CLIP = 2;
const SPREAD_CLIP = 3;
/** The share that level and trend learn from a window that is an outlier. */
const OUTLIER_SHARE = 0.1;
const SPREAD_SHARE = 0.01;
/** What the newest move weighs in their mean; and the share of a mean move that a spread has at least (noise that is even moves by 1.13 spreads). */
const MOVE_SHARE = 0.05;
const STEP_SHARE = 0.5;
/** Mean distance of a normal variable from its mean, as a ratio to its standard deviation: its inverse. */
export const SPREAD_OF_DISTANCE = Math.sqrt(Math.PI / 2);

interface Past {
  y: number;
  weight: number;
  /** Level and trend before this window. */
  level: number;
  trend: number;
}

/** What one metric of one series usually is. Plain numbers, so that it is its own snapshot. */
export interface SeriesModel {
  readonly scale: Scale;
  /** Windows learned. */
  windows: number;
  level: number;
  trend: number;
  /** By span: mean distance of errors from 0, for weight 1. */
  readonly distances: number[];
  /** The newest last; at most the longest span. */
  readonly past: Past[];
  readonly profile: DailyProfile;
  /** The last value, how often values differed from the one before, and by how much on average. */
  last: number;
  moves: number;
  move: number;
  /** Windows in a row that were outliers. */
  outlying: number;
}

/** How one value, with those before it, compares with what the model expected. */
export interface Score {
  readonly span: number;
  /** Errors in spreads. */
  readonly z: number;
  /** On the metric's scale: the weighted mean over the span, what was expected of it, and one spread. */
  readonly observed: number;
  readonly expected: number;
  readonly spread: number;
}

export function newModel(scale: Scale, level: number): SeriesModel {
  return {
    scale,
    windows: 0,
    level,
    trend: 0,
    distances: SPANS.map(() => 0),
    past: [],
    profile: emptyProfile(),
    last: level,
    moves: 0,
    move: 0,
    outlying: 0,
  };
}

/** Compares a value with what the model expects, over every span for which there is a past. Changes nothing. */
export function scores(model: SeriesModel, timeMs: number, { y, weight }: Scaled): Score[] {
  const offset = offsetAt(model.profile, timeMs);
  const now: Past = { y: y - offset, weight, level: model.level, trend: model.trend };
  const spreadNow = spreadOf(model, 0);
  return SPANS.flatMap((span, at) => {
    if (model.past.length < span - 1) return [];
    const inSpan = [...model.past.slice(model.past.length - span + 1), now];
    const error = errorOver(inSpan);
    if (error === undefined) return [];
    const spread = Math.max(
      Math.max(spreadNow, spreadOf(model, at)) / Math.sqrt(error.weight),
      model.scale.kind === 'amount' ? STEP_SHARE * model.move : 0,
    );
    return [
      {
        span,
        z: (error.observed - error.expected) / spread,
        observed: error.observed + offset,
        expected: error.expected + offset,
        spread,
      },
    ];
  });
}

/** Learns a value that was scored; of an outlier only a little. */
export function learn(model: SeriesModel, timeMs: number, { y, weight }: Scaled, isOutlier: boolean): void {
  const offset = offsetAt(model.profile, timeMs);
  const now: Past = { y: y - offset, weight, level: model.level, trend: model.trend };
  model.past.push(now);
  if (model.past.length > LONGEST) model.past.shift();
  if (weight > 0) {
    if (!isOutlier) learnSpreads(model);
    learnMove(model, y);
    learnLevel(model, now, isOutlier);
    if (gather(model.profile, timeMs, y)) model.level += offset - offsetAt(model.profile, timeMs);
    model.windows++;
  } else model.level += DAMPING * model.trend;
  model.outlying = isOutlier ? model.outlying + 1 : 0;
}

/** Weighted mean over a span, against the forecast made before it. */
function errorOver(span: readonly Past[]): { observed: number; expected: number; weight: number } | undefined {
  const first = span[0];
  if (first === undefined) return undefined;
  let weight = 0;
  let observed = 0;
  let expected = 0;
  let ahead = 0;
  let step = 1;
  for (const past of span) {
    step *= DAMPING;
    ahead += step;
    weight += past.weight;
    observed += past.weight * past.y;
    expected += past.weight * (first.level + ahead * first.trend);
  }
  return weight === 0 ? undefined : { observed: observed / weight, expected: expected / weight, weight };
}

function learnSpreads(model: SeriesModel): void {
  SPANS.forEach((span, at) => {
    const error = model.past.length < span ? undefined : errorOver(model.past.slice(model.past.length - span));
    if (error === undefined) return;
    const distance = Math.abs(error.observed - error.expected) * Math.sqrt(error.weight);
    const before = model.distances[at] ?? 0;
    const seen = Math.max(1, model.windows - span + 1);
    const clipped = seen > 20 ? Math.min(distance, SPREAD_CLIP * before * SPREAD_OF_DISTANCE) : distance;
    model.distances[at] = before + Math.max(SPREAD_SHARE, 1 / seen) * (clipped - before);
  });
}

/** A value that moves in steps, as the median of whole numbers does, is not known finer than they are. */
function learnMove(model: SeriesModel, y: number): void {
  const move = Math.abs(y - model.last);
  model.last = y;
  if (move === 0) return;
  model.moves++;
  const bounded = model.moves > 5 ? Math.min(move, SPREAD_CLIP * model.move) : move;
  model.move += Math.max(MOVE_SHARE, 1 / model.moves) * (bounded - model.move);
}

function learnLevel(model: SeriesModel, { y, weight }: Past, isOutlier: boolean): void {
  const forecast = model.level + DAMPING * model.trend;
  const bound = model.windows < 10 ? Number.POSITIVE_INFINITY : (LEVEL_CLIP * spreadOf(model, 0)) / Math.sqrt(weight);
  const error = Math.max(-bound, Math.min(bound, y - forecast)) * (isOutlier ? OUTLIER_SHARE : 1);
  model.level = forecast + Math.max(LEVEL_SHARE, 1 / (model.windows + 1)) * error;
  model.trend = DAMPING * model.trend + (model.windows < 10 ? 0 : LEVEL_SHARE * TREND_SHARE * error);
}

/** Standard deviation of errors over a span, for weight 1; never below what counting alone makes it. */
const spreadOf = (model: SeriesModel, at: number): number =>
  Math.max(leastSpread(model.scale), (model.distances[at] ?? 0) * SPREAD_OF_DISTANCE);
