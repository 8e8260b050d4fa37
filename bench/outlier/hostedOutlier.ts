import type { NamedMetric } from '../../core/plugin.ts';
import { Outlier, outlier } from '../../plugins/outlier/plugin.ts';

/** The detector with some options, for a stream of events with these metrics. */
export const hostedOutlier = (
  options: object,
  { metrics, windowMs }: { readonly metrics: readonly NamedMetric[]; readonly windowMs: number },
): Outlier =>
  new Outlier(outlier.options.parse(options), {
    ...{ stream: 'requests', streamKind: 'events', windowMs, metrics },
    random: () => 0,
  });
