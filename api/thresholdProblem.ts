import type { ThresholdSpec } from '../core/alerts/threshold.ts';
import type { Config } from '../core/config/config.ts';
import { metricsWithReady } from '../core/config/estimatedMetrics.ts';
import { cutText } from '../core/windows/series.ts';

/** Why a threshold can never be decided on; undefined when it can. */
export function thresholdProblem(
  { stream, metric, cut }: ThresholdSpec,
  streams: Config['streams'],
): string | undefined {
  const declared = streams[stream];
  if (declared?.kind !== 'events') {
    const known = Object.entries(streams).flatMap(([name, { kind }]) => (kind === 'events' ? [name] : []));
    return `threshold.stream: there is no stream of events ${stream}; choose from ${known.join(', ')}`;
  }
  const metrics = Object.entries(metricsWithReady(declared)).flatMap(([name, of]) => ('quantile' in of ? [] : [name]));
  if (!metrics.includes(metric))
    return `threshold.metric: ${stream} has no value or ratio ${metric}; choose from ${metrics.join(', ')}`;
  const cuts = declared.cuts.map((dimensions) => cutText(dimensions));
  return cuts.includes(cutText(cut))
    ? undefined
    : `threshold.cut: ${stream} is not cut by ${cutText(cut) || 'nothing'}; choose from ${cuts.map((one) => `[${one}]`).join(', ')}`;
}
