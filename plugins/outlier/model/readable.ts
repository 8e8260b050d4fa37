import type { MetricValue, NamedMetric } from '../../../core/plugin.ts';
import { VALUE_MAX } from '../ownPast/judgeOwnPast.ts';

/** The types say so already, but not every source keeps to them. */
export const isReadable = (part: unknown): boolean => typeof part === 'number' && Math.abs(part) <= VALUE_MAX;
const NO_VALUE: MetricValue = { value: undefined };

/** A value with a part that is no number of a usable size is none, nor is a count below 0. */
export function readable({ metric }: NamedMetric, read: MetricValue): MetricValue {
  const { value, numerator, denominator } = read;
  const isWhole =
    isReadable(value) &&
    (numerator === undefined || isReadable(numerator)) &&
    (denominator === undefined || isReadable(denominator));
  const isNegativeCount = metric.kind === 'value' && metric.aggregate === 'events' && Number(value) < 0;
  return isWhole && !isNegativeCount ? read : NO_VALUE;
}
