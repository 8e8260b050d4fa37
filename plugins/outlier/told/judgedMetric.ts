import type { Labels, MetricValue, NamedMetric, SeriesWindow } from '../../../core/plugin.ts';
import type { Moment } from '../course/calendar.ts';
import type { Terms } from '../terms.ts';
import type { OwnPast, Signal } from '../ownPast/ownPast.ts';
import { unscaled } from '../model/scale.ts';
import { type Score, type SeriesModel, SPREAD_OF_DISTANCE } from '../model/seriesModel.ts';

/** One metric of one series in one window. */
export interface MetricWindow {
  readonly when: Moment;
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
  /** Start of the last window that was as rare on the same side, before this trouble; nothing when there was none. */
  readonly lastAsRareMs?: number | undefined;
}

/** Spreads on either side that are called expected. */
const BAND_SPREADS = 4;

/** What the forecast did not see coming. */
export function judgedMetric(
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

/** What is stranger than it ever was, where the forecast saw nothing: said once, at its onset. */
export function strangeMetric(
  { series, metric, value }: MetricWindow,
  own: OwnPast | undefined,
  terms: Pick<Terms, 'notedSize' | 'changeMin'>,
): JudgedMetric | undefined {
  const { value: observed } = value;
  if (own === undefined || observed === undefined || own.onset < terms.notedSize) return undefined;
  const { onset, expected, spread, signal } = own.strangeness;
  const change = expected === 0 ? Math.sign(observed) : (observed - expected) / Math.abs(expected);
  if (Math.abs(change) < terms.changeMin) return undefined;
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
