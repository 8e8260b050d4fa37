import type { AggregateConfig, MetricConfig } from '../config/aggregateConfig.ts';
import type { EventsStreamConfig, StreamConfig } from '../config/streamConfig.ts';
import { countAggregator } from '../sketch/count.ts';
import { distinctAggregator } from '../sketch/distinct.ts';
import { maxAggregator } from '../sketch/max.ts';
import { minAggregator } from '../sketch/min.ts';
import { qDigestAggregator } from '../sketch/qDigest.ts';
import { quantilesAggregator } from '../sketch/quantiles.ts';
import { sumAggregator } from '../sketch/sum.ts';
import { topKAggregator } from '../sketch/topK.ts';
import type { Aggregate, AggregationPlan, Metric, NamedAggregate, NamedMetric, PlannedCut } from './plan.ts';
import { type Cut, cutText } from './series.ts';
import { sequenceAggregator } from './sequence.ts';

/** Aggregates that a plugin declares, under the plugin's name. */
export interface PluginAggregates {
  readonly plugin: string;
  readonly aggregates: Readonly<Record<string, Aggregate>>;
}

const EVENTS: NamedAggregate = { name: 'events', aggregate: { of: 'event', aggregator: countAggregator } };

/** Names of the bookkeeping cut's dimensions: what each server sent. */
export const SERVER_CUT: Cut = ['server'];
/** For packets: what each server says it sent. */
export const ANNOUNCED_CUT: Cut = ['server', 'metric'];

/** Before a field's name: the count of events that have a value there. */
export const PRESENT = 'present.';

/** Everything that the windows of a stream keep: what the config declares, what plugins need, and the bookkeeping of servers. */
export function planOf(stream: string, config: StreamConfig, plugins: readonly PluginAggregates[]): AggregationPlan {
  return config.kind === 'packets' ? packetsPlan(stream, config) : eventsPlan(stream, config, plugins);
}

function eventsPlan(stream: string, config: EventsStreamConfig, plugins: readonly PluginAggregates[]): AggregationPlan {
  const declared = plugins.flatMap(({ plugin, aggregates }) =>
    Object.entries(aggregates).map(([name, aggregate]) => ({ name: `${plugin}.${name}`, aggregate })),
  );
  const judged = [
    EVENTS,
    ...configuredAggregates(config),
    ...declared.filter(({ aggregate }) => aggregate.of !== 'row'),
  ];
  const cuts: PlannedCut[] = config.cuts.map((dimensions) => ({ dimensions, role: 'judged', aggregates: judged }));
  addTo(cuts, { dimensions: [config.server], role: 'booked', aggregates: bookkeeping(config) });
  for (const named of declared)
    if (named.aggregate.of === 'row') {
      const dimensions = named.aggregate.by.filter((field) => config.fields[field] === 'category');
      addTo(cuts, { dimensions, role: 'extra', aggregates: [EVENTS, named] });
    }
  return { stream, windowMs: config.windowMs, cuts, metrics: configuredMetrics(config) };
}

/** What tells of a server how much came of it: numbers counted up, sums that its packet may have too, and how often the fields of metrics have a value. */
function bookkeeping(config: EventsStreamConfig): NamedAggregate[] {
  const booked: NamedAggregate[] = [EVENTS];
  if (config.sequence !== undefined)
    booked.push({ name: 'sequence', aggregate: rowsOf(sequenceAggregator(config.sequence), SERVER_CUT) });
  const own = configuredAggregates(config);
  booked.push(...own.filter(({ aggregate }) => aggregate.aggregator === sumAggregator));
  for (const field of new Set(own.flatMap(({ aggregate }) => (aggregate.of === 'field' ? [aggregate.field] : []))))
    booked.push({ name: `${PRESENT}${field}`, aggregate: { of: 'field', field, aggregator: countAggregator } });
  return booked;
}

/** Counters are summed over the fleet, gauges averaged. */
function packetsPlan(stream: string, config: Extract<StreamConfig, { kind: 'packets' }>): AggregationPlan {
  const value: NamedAggregate = {
    name: 'value',
    aggregate: { of: 'field', field: 'value', aggregator: sumAggregator },
  };
  const cuts: PlannedCut[] = [
    { dimensions: ['kind', 'metric'], role: 'judged', aggregates: [EVENTS, value] },
    { dimensions: ANNOUNCED_CUT, role: config.perServer ? 'judged' : 'booked', aggregates: [EVENTS, value] },
    { dimensions: SERVER_CUT, role: 'booked', aggregates: [EVENTS] },
  ];
  const metrics: NamedMetric[] = [
    { name: 'total', metric: { kind: 'value', aggregate: 'value' }, where: { kind: 'counter' } },
    { name: 'mean', metric: { kind: 'ratio', numerator: 'value', denominator: 'events' }, where: { kind: 'gauge' } },
  ];
  return { stream, windowMs: config.windowMs, cuts, metrics };
}

/** Adds a cut, or its aggregates to the same cut that is there; a booked one that is wanted for more is shown. */
function addTo(cuts: PlannedCut[], wanted: PlannedCut): void {
  const at = cuts.findIndex((cut) => cutText(cut.dimensions) === cutText(wanted.dimensions));
  const cut = cuts[at];
  if (cut === undefined) {
    cuts.push(wanted);
    return;
  }
  const names = new Set(cut.aggregates.map(({ name }) => name));
  const aggregates = [...cut.aggregates, ...wanted.aggregates.filter(({ name }) => !names.has(name))];
  cuts[at] = { ...cut, role: cut.role === 'booked' ? wanted.role : cut.role, aggregates };
}

function configuredAggregates(config: EventsStreamConfig): NamedAggregate[] {
  return Object.entries(config.aggregates).map(([name, declared]) => ({ name, aggregate: aggregateOf(declared) }));
}

function aggregateOf(declared: AggregateConfig): Aggregate {
  if ('sum' in declared) return { of: 'field', field: declared.sum, aggregator: sumAggregator };
  if ('min' in declared) return { of: 'field', field: declared.min, aggregator: minAggregator };
  if ('max' in declared) return { of: 'field', field: declared.max, aggregator: maxAggregator };
  if ('quantiles' in declared) return { of: 'field', field: declared.quantiles, aggregator: quantilesAggregator };
  if ('qDigest' in declared) return { of: 'field', field: declared.qDigest, aggregator: qDigestAggregator(declared) };
  if ('distinct' in declared) return { of: 'text', field: declared.distinct, aggregator: distinctAggregator };
  return { of: 'text', field: declared.topK, aggregator: topKAggregator(declared.k) };
}

const configuredMetrics = (config: EventsStreamConfig): NamedMetric[] => namedMetrics(Object.entries(config.metrics));

/** Declared metrics as plugins know them: of every series. */
export const namedMetrics = (declared: readonly (readonly [name: string, config: MetricConfig])[]): NamedMetric[] =>
  declared.map(([name, config]) => ({ name, metric: metricOf(config), where: {} }));

function metricOf(declared: MetricConfig): Metric {
  if ('ratio' in declared) return { kind: 'ratio', numerator: declared.ratio[0], denominator: declared.ratio[1] };
  if ('quantile' in declared) return { kind: 'quantile', aggregate: declared.quantile[0], q: declared.quantile[1] };
  return { kind: 'value', aggregate: declared.value };
}

const rowsOf = (aggregator: ReturnType<typeof sequenceAggregator>, by: Cut): Aggregate => ({
  of: 'row',
  aggregator,
  by,
});
