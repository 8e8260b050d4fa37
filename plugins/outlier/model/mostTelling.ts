import { binomialRarity, poissonRarity } from './countingRarity.ts';
import { type JudgedMetric, judgedMetric, type MetricWindow } from '../told/judgedMetric.ts';
import { studentRarity } from './normal.ts';
import { unscaled } from './scale.ts';
import { distanceOf, isScored, type Score, scoreOf, type SeriesModel, SPANS, weightOver } from './seriesModel.ts';
import type { Tail } from './tails.ts';
import type { Terms } from '../terms.ts';

/** Degrees of freedom that a spread has at most, since it forgets. */
const DF_MAX = 150;

/** The rarest thing that what was observed is over any span, if it is rare enough to be noted and the change large enough. */
export function mostTelling(
  window: MetricWindow,
  model: SeriesModel,
  tails: readonly Tail[],
  terms: Terms,
): JudgedMetric | undefined {
  let worst: JudgedMetric | undefined;
  const df = Math.min(DF_MAX, model.windows + (model.kin?.spreadWindows ?? 0));
  for (let at = 0; at < SPANS.length; at++) {
    const tail = tails[at];
    if (tail === undefined || !isScored(at)) continue;
    const { ratio } = tail;
    if (Math.abs(distanceOf(at)) < terms.distanceMin * ratio) continue;
    const score = scoreOf(model, window.when, at);
    const rarity = Math.max(studentRarity(score.z / ratio, df), countingRarity(model, score, weightOver(model, at)));
    if (rarity > terms.notedRarity || (worst !== undefined && rarity >= worst.rarity)) continue;
    const judged = judgedMetric(window, model, { ...score, spread: score.spread * ratio }, rarity);
    if (Math.abs(judged.change) >= terms.changeMin) worst = judged;
  }
  return worst;
}

/** The tails learn from what is no outlier. */
export function learnTails(tails: readonly Tail[]): void {
  for (let at = 0; at < SPANS.length; at++) if (isScored(at)) tails[at]?.learn(distanceOf(at));
}

/** How rare counting alone lets it be; no bound for amounts. */
function countingRarity({ scale }: SeriesModel, { observed, expected, span }: Score, weight: number): number {
  if (scale.kind === 'count') return poissonRarity(span * unscaled(scale, observed), span * unscaled(scale, expected));
  if (scale.kind === 'share')
    return binomialRarity(weight * unscaled(scale, observed), weight, unscaled(scale, expected));
  return 0;
}
