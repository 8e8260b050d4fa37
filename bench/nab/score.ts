/**
 * The scores of the Numenta Anomaly Benchmark (Lavin and Ahmad 2015): a window that is found counts the more the earlier it is found, a false alarm the less the closer it
 * follows a window; 0 is a detector that says nothing, 100 one that is perfect.
 */
import type { LabelledSeries } from './corpus.ts';

export interface Profile {
  readonly name: string;
  readonly missed: number;
  readonly falseAlarm: number;
}
export const PROFILES: readonly Profile[] = [
  { name: 'standard', missed: 1, falseAlarm: 0.11 },
  { name: 'low FP', missed: 1, falseAlarm: 0.22 },
  { name: 'low FN', missed: 2, falseAlarm: 0.11 },
];

const weightAt = (place: number): number => (place > 3 ? -1 : 2 / (1 + Math.exp(5 * place)) - 1);
const EARLIEST = weightAt(-1);

/** Points of one series at one threshold. */
export function pointsOf(
  series: LabelledSeries,
  scores: readonly number[],
  threshold: number,
  profile: Profile,
): number {
  const { windows, probation } = series;
  const found = new Set<number>();
  let points = 0;
  let at = 0;
  for (let row = probation; row < scores.length; row++) {
    while (at < windows.length && row > (windows[at]?.[1] ?? 0)) at++;
    if ((scores[row] ?? 0) < threshold) continue;
    const [first, last] = windows[at] ?? [Number.POSITIVE_INFINITY, 0];
    const before = windows[at - 1];
    if (row >= first) {
      if (!found.has(at)) points += weightAt(-(last - row + 1) / (last - first + 1)) / EARLIEST;
      found.add(at);
    } else
      points +=
        profile.falseAlarm * (before === undefined ? -1 : weightAt((row - before[1]) / (before[1] - before[0])));
  }
  return points - profile.missed * (windows.length - found.size);
}

/** Points of series, as a score from 0 (silent) to 100 (perfect). */
export function scoreOf(corpus: readonly LabelledSeries[], points: number, { missed }: Profile): number {
  const windows = corpus.reduce((sum, { windows }) => sum + windows.length, 0);
  return (100 * (points + missed * windows)) / ((1 + missed) * windows);
}

/** The scores of each series of a corpus, in its order. */
export type Scores = readonly (readonly number[])[];

export const totalPoints = (
  corpus: readonly LabelledSeries[],
  scores: Scores,
  threshold: number,
  profile: Profile,
): number => corpus.reduce((sum, series, at) => sum + pointsOf(series, scores[at] ?? [], threshold, profile), 0);

/** Thresholds that are tried, close together where scores are high. */
const TRIED = 400;

/** The one threshold that is best for a corpus. */
export function bestThreshold(corpus: readonly LabelledSeries[], scores: Scores, profile: Profile): number {
  const all = [...new Set(corpus.flatMap(({ probation }, at) => (scores[at] ?? []).slice(probation)))];
  all.sort((a, b) => a - b);
  const places = Array.from({ length: TRIED }, (_, at) => Math.floor(all.length * (1 - (1 - at / TRIED) ** 3)));
  let best = { threshold: Number.POSITIVE_INFINITY, points: totalPoints(corpus, scores, Infinity, profile) };
  for (const place of new Set(places)) {
    const threshold = all[place] ?? 0;
    const points = totalPoints(corpus, scores, threshold, profile);
    if (points > best.points) best = { threshold, points };
  }
  return best.threshold;
}

/** The score when each half of the files is judged by the threshold that is best for the other half. */
export function crossValidated(corpus: readonly LabelledSeries[], scores: Scores, profile: Profile): number {
  const half = (side: number) => {
    const places = corpus.map((_, at) => at).filter((at) => at % 2 === side);
    return { corpus: places.flatMap((at) => corpus[at] ?? []), scores: places.map((at) => scores[at] ?? []) };
  };
  const [even, odd] = [half(0), half(1)];
  return scoreOf(
    corpus,
    totalPoints(even.corpus, even.scores, bestThreshold(odd.corpus, odd.scores, profile), profile) +
      totalPoints(odd.corpus, odd.scores, bestThreshold(even.corpus, even.scores, profile), profile),
    profile,
  );
}
