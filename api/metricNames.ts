import type { StreamConfig } from '../core/config/streamConfig.ts';
import type { Labels } from '../core/windows/series.ts';

/** Metrics of a stream's series. */
export const metricNames = (declared: StreamConfig): string[] =>
  declared.kind === 'events' ? Object.keys(declared.metrics) : ['total', 'mean'];

/** The metric that is meant where none is named: the number of events, or what a counter or a gauge of packets is read by; else the first. */
export function usualMetric(declared: StreamConfig, labels: Labels): string {
  const names = metricNames(declared);
  if (declared.kind === 'packets') return labels['kind'] === 'gauge' ? 'mean' : 'total';
  return names.includes('events') ? 'events' : (names[0] ?? 'events');
}
