import type { Window } from '../time/window.ts';
import type { MetricValue, SeriesWindow } from './closedWindow.ts';
import type { AggregationPlan, CutRole, Metric, PlannedCut } from './plan.ts';
import { cutText, labelsOf } from './series.ts';

/** A stored cell: encoded states of one series in one window, from one partition. */
export interface CellRow {
  readonly windowStartMs: number;
  readonly cut: string;
  readonly series: string;
  readonly states: ReadonlyMap<string, Uint8Array>;
}

/** One window with its partitions merged: readings by cut and series. */
export interface MergedWindow extends Window {
  readonly cuts: ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, unknown>>>;
}

/** Series that a window must show although nothing came for them: by cut. */
export type KnownSeries = ReadonlyMap<string, Iterable<string>>;

/**
 * Merges the rows of one window, in the order given. Rows must come sorted by (cut, series, partition, since):
 * merging in one fixed order is what makes readings equal to the last bit, whenever they are made.
 */
export function mergeWindow(plan: AggregationPlan, window: Window, rows: readonly CellRow[]): MergedWindow {
  const cuts = new Map<string, Map<string, ReadonlyMap<string, unknown>>>();
  for (const cut of plan.cuts) {
    const name = cutText(cut.dimensions);
    const series = new Map<string, ReadonlyMap<string, unknown>>();
    for (const [text, states] of statesBySeries(
      cut,
      rows.filter((row) => row.cut === name),
    ))
      series.set(
        text,
        new Map(
          cut.aggregates.map(({ name: aggregateName, aggregate }, at) => [
            aggregateName,
            aggregate.aggregator.read(states[at]),
          ]),
        ),
      );
    cuts.set(name, series);
  }
  return { ...window, cuts };
}

/** The series of a merged window in the cuts of one role, with their metrics; `known` ones that are missing are there with `events` 0. Sorted by text. */
export function seriesOf(
  plan: AggregationPlan,
  merged: MergedWindow,
  known: KnownSeries,
  role: CutRole = 'judged',
): SeriesWindow[] {
  const result: SeriesWindow[] = [];
  for (const cut of plan.cuts) {
    if (cut.role !== role) continue;
    const name = cutText(cut.dimensions);
    const present = merged.cuts.get(name) ?? new Map<string, ReadonlyMap<string, unknown>>();
    const silent = emptyReadings(cut);
    for (const text of new Set([...present.keys(), ...(known.get(name) ?? [])]))
      result.push(seriesWindow(plan, text, present.get(text) ?? silent));
  }
  return result.sort((a, b) => (a.series < b.series ? -1 : a.series > b.series ? 1 : 0));
}

function seriesWindow(plan: AggregationPlan, series: string, readings: ReadonlyMap<string, unknown>): SeriesWindow {
  const labels = labelsOf(series);
  const metrics = new Map<string, MetricValue>();
  for (const { name, metric, where } of plan.metrics)
    if (Object.entries(where).every(([label, value]) => labels[label] === value))
      metrics.set(name, metricValue(metric, readings));
  return { series, labels, events: numberIn(readings, 'events') ?? 0, readings, metrics };
}

function statesBySeries(cut: PlannedCut, rows: readonly CellRow[]): Map<string, unknown[]> {
  const bySeries = new Map<string, unknown[]>();
  for (const row of rows) {
    const states = cut.aggregates.map(({ name, aggregate }) => {
      const bytes = row.states.get(name);
      return bytes === undefined ? aggregate.aggregator.empty() : aggregate.aggregator.decode(bytes);
    });
    const merged = bySeries.get(row.series);
    if (merged === undefined) bySeries.set(row.series, states);
    else
      cut.aggregates.forEach(({ aggregate }, at) => {
        aggregate.aggregator.merge(merged[at], states[at]);
      });
  }
  return bySeries;
}

const emptyReadings = (cut: PlannedCut): ReadonlyMap<string, unknown> =>
  new Map(cut.aggregates.map(({ name, aggregate }) => [name, aggregate.aggregator.read(aggregate.aggregator.empty())]));

function metricValue(metric: Metric, readings: ReadonlyMap<string, unknown>): MetricValue {
  switch (metric.kind) {
    case 'value':
      return { value: numberIn(readings, metric.aggregate) };
    case 'ratio': {
      const numerator = numberIn(readings, metric.numerator);
      const denominator = numberIn(readings, metric.denominator);
      if (numerator === undefined || denominator === undefined) return { value: undefined };
      return { value: denominator === 0 ? undefined : numerator / denominator, numerator, denominator };
    }
    case 'quantile': {
      const reading = readings.get(metric.aggregate);
      return { value: isQuantiles(reading) ? reading.quantile(metric.q) : undefined };
    }
  }
}

function numberIn(readings: ReadonlyMap<string, unknown>, name: string): number | undefined {
  const reading = readings.get(name);
  return typeof reading === 'number' && Number.isFinite(reading) ? reading : undefined;
}

const isQuantiles = (reading: unknown): reading is { quantile(q: number): number | undefined } =>
  typeof reading === 'object' && reading !== null && 'quantile' in reading && typeof reading.quantile === 'function';
