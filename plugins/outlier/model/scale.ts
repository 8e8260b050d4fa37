import type { MetricValue, NamedMetric } from '../../../core/plugin.ts';

/**
 * How a metric is put on a scale on which its noise is about as large everywhere:
 * a count by its square root (Bartlett 1936: a Poisson count's has a standard deviation of 1/2), a share by the arcsine of its root (the same with the root of its
 * denominator as weight), any other number by asinh of its multiple of a usual value: a ratio where it is large, a difference where it is near 0.
 */
export type Scale =
  { readonly kind: 'count' } | { readonly kind: 'share' } | { readonly kind: 'amount'; readonly unit: number };

/** One value on its scale. */
export interface Scaled {
  readonly y: number;
  /** Noise shrinks with the root of the weight: the number of events behind a mean, 1 for a count. */
  readonly weight: number;
}

/** Events behind a quantile, and a mean, below which it is not judged. */
const QUANTILE_EVENTS_MIN = 50;
const MEAN_EVENTS_MIN = 10;

/** Weight of a value; 0 when it says too little to be judged. */
export function weightOf({ metric }: NamedMetric, { value, denominator }: MetricValue, events: number): number {
  if (value === undefined) return 0;
  switch (metric.kind) {
    case 'value':
      return 1;
    case 'ratio':
      return (denominator ?? 0) >= MEAN_EVENTS_MIN ? (denominator ?? 0) : 0;
    case 'quantile':
      return events >= QUANTILE_EVENTS_MIN ? events : 0;
  }
}

/** Whether values of a metric can be counts of events, or shares of them; else they are amounts. `values` are those it had so far. */
export function scaleOf(metric: NamedMetric, values: readonly MetricValue[]): Scale {
  if (metric.metric.kind === 'value' && metric.metric.aggregate === 'events') return { kind: 'count' };
  const isShare =
    metric.metric.kind === 'ratio' &&
    values.every(
      ({ numerator = -1, denominator = 0 }) =>
        numerator >= 0 && numerator <= denominator && Number.isInteger(numerator) && Number.isInteger(denominator),
    );
  if (isShare) return { kind: 'share' };
  const sizes = values.map(({ value }) => Math.abs(value ?? 0)).sort((a, b) => a - b);
  return { kind: 'amount', unit: (sizes[sizes.length >> 1] ?? 0) / 3 || 1 };
}

/** Puts a value on a scale. */
export function scaled(scale: Scale, value: number): number {
  switch (scale.kind) {
    case 'count':
      return Math.sqrt(Math.max(0, value));
    case 'share':
      return Math.asin(Math.sqrt(Math.min(1, Math.max(0, value))));
    case 'amount':
      return Math.asinh(finite(value / scale.unit));
  }
}

/** The inverse of {@link scaled}. */
export function unscaled(scale: Scale, y: number): number {
  switch (scale.kind) {
    case 'count':
      return Math.max(0, y) ** 2;
    case 'share':
      return Math.sin(Math.min(Math.PI / 2, Math.max(0, y))) ** 2;
    case 'amount':
      return finite(Math.sinh(y) * scale.unit);
  }
}

/** Beyond what a double holds: the greatest it holds. */
const finite = (value: number): number => Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));

/** The least spread that a value of weight 1 can have on its scale. */
export const leastSpread = (scale: Scale): number => (scale.kind === 'amount' ? 1e-9 : 0.5);
