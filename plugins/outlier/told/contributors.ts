import type { MetricValue, NamedMetric, SeriesWindow } from '../../../core/plugin.ts';
import type { Moment } from '../course/calendar.ts';
import type { JudgedMetric } from './judgedMetric.ts';
import { parentsOf } from './parents.ts';
import { unscaled } from '../model/scale.ts';
import { compare, isScored, scoreOf, type SeriesModel, SPANS } from '../model/seriesModel.ts';

/** A series that has one label more than another, and what made its metric change. */
export interface Part {
  /** The label that it has more. */
  readonly dimension: string;
  readonly value: string;
  readonly metric: MetricValue;
  /** How far it was from what was expected, in the metric's unit; undefined while nothing is expected of it. */
  readonly change: number | undefined;
}

/** A part that made a good deal of a change: 0.62 is 62 %. Others may have moved the other way, so it may be above 1. */
export interface Contributor {
  readonly label: string;
  readonly share: number;
}

/** Parts that are told at most, and the least share of one. */
const TOLD_MAX = 5;
const SHARE_MIN = 0.05;
/** Parts make up a whole when their sum is so near to it. */
const ADDS_UP_WITHIN = 0.01;

/**
 * Which parts made the change of a whole, the largest share first. Counts and sums: the change of a part by that of the whole. Ratios: the same, weighed by the part's denominator in that of the whole, which
 * leaves out what a change of the mix does. Only of dimensions whose parts add up to the whole in this window: quantiles, extremes and numbers of distinct texts have no shares. Those of one dimension come to about 1.
 */
export function contributorsOf(
  { metric }: NamedMetric,
  { observed, expected }: Pick<JudgedMetric, 'observed' | 'expected'>,
  { whole, parts }: { readonly whole: MetricValue; readonly parts: readonly Part[] },
): readonly Contributor[] {
  const change = observed - expected.center;
  if (change === 0 || metric.kind === 'quantile') return [];
  const summed = SUMMED[metric.kind];
  const shares: Contributor[] = [];
  for (const alike of Map.groupBy(parts, ({ dimension }) => dimension).values()) {
    if (
      !summed.every((of) =>
        addsUp(
          alike.map(({ metric: one }) => one[of] ?? 0),
          whole[of] ?? 0,
        ),
      )
    )
      continue;
    for (const part of alike) {
      const weight = metric.kind === 'ratio' ? (part.metric.denominator ?? 0) / (whole.denominator ?? 0) : 1;
      const share = (weight * (part.change ?? 0)) / change;
      if (share >= SHARE_MIN && Number.isFinite(share))
        shares.push({ label: `${part.dimension}=${part.value}`, share });
    }
  }
  return shares.sort((a, b) => b.share - a.share || (a.label < b.label ? -1 : 1)).slice(0, TOLD_MAX);
}

const SUMMED = { value: ['value'], ratio: ['numerator', 'denominator'] } as const;

const addsUp = (parts: readonly number[], whole: number): boolean =>
  Math.abs(parts.reduce((sum, one) => sum + one, 0) - whole) <= ADDS_UP_WITHIN * Math.abs(whole);

/** A series in a window, and those with one label more. */
export interface Whole {
  whole: SeriesWindow | undefined;
  readonly parts: SeriesWindow[];
}

/** What series that are asked for are made up of. */
export function wholesOf(asked: Iterable<string>, shown: readonly SeriesWindow[]): ReadonlyMap<string, Whole> {
  const wholes = new Map([...asked].map((name): [string, Whole] => [name, { whole: undefined, parts: [] }]));
  if (wholes.size === 0) return wholes;
  for (const one of shown) {
    const asked = wholes.get(one.series);
    if (asked !== undefined) asked.whole = one;
    const parents = parentsOf(one.series);
    // The whole stream is the last of them, and more than one label away where there are others.
    for (const parent of parents.length === 1 ? parents : parents.slice(0, -1)) wholes.get(parent)?.parts.push(one);
  }
  return wholes;
}

/** How far a metric was from what was expected over a span of windows, in its unit. */
export function changeOver(model: SeriesModel | undefined, span: number, when: Moment): number | undefined {
  const at = SPANS.findIndex((one) => one === span);
  if (model === undefined) return undefined;
  compare(model);
  if (!isScored(at)) return undefined;
  const { observed, expected } = scoreOf(model, when, at);
  return unscaled(model.scale, observed) - unscaled(model.scale, expected);
}

/** As it is told: `exchange=x1 62 %, device=phone 58 %`. */
export const contributorsText = (contributors: readonly Contributor[]): string =>
  contributors.map(({ label, share }) => `${label} ${String(Math.round(100 * share))} %`).join(', ');
