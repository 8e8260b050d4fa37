import { type Config, parseConfig } from '../../../core/config/config.ts';
import { planOf, type PluginAggregates } from '../../../core/windows/planOf.ts';
import type { AggregationPlan } from '../../../core/windows/plan.ts';

/** The plan of the one stream of a config. */
export function planned(stream: object, plugins: readonly PluginAggregates[] = []): AggregationPlan {
  const parsed: { ok: boolean; config?: Config; problems?: unknown } = parseConfig({ streams: { bids: stream } });
  const config = parsed.config?.streams['bids'];
  if (config === undefined) throw new Error(JSON.stringify(parsed.problems));
  return planOf('bids', config, plugins);
}

/** A stream of events with every kind of aggregate and metric. */
export const BIDS = {
  sequence: 'seq',
  fields: {
    ts: 'time',
    server: 'category',
    exchange: 'category',
    build: 'category',
    boot: 'integer',
    seq: 'integer',
    price: 'number',
  },
  cuts: [[], ['exchange']],
  aggregates: {
    spend: { sum: 'price' },
    least: { min: 'price' },
    most: { max: 'price' },
    prices: { quantiles: 'price' },
  },
  metrics: {
    events: { value: 'events' },
    spend: { value: 'spend' },
    perEvent: { ratio: ['spend', 'events'] },
    median: { quantile: ['prices', 0.5] },
    ofMost: { ratio: ['spend', 'most'] },
    oddly: { quantile: ['spend', 0.5] },
  },
};
