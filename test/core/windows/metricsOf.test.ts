import { describe, expect, it } from 'vitest';
import { metricsOf, type StatedEstimate } from '../../../core/windows/metricsOf.ts';

const stated: StatedEstimate = {
  ...{ observed: 100, value: 120, basis: 'peers', confidence: 0.95 },
  intervals: [
    { confidence: 0.8, low: 118, high: 122 },
    { confidence: 0.95, low: 110, high: Infinity },
  ],
  metrics: [
    { metric: 'revenue', observed: 1_000, value: 1_500, intervals: [{ confidence: 0.95, low: 1_200, high: 2_000 }] },
    { metric: 'perEvent', observed: 10, value: 12.5, intervals: [{ confidence: 0.95, low: 12, high: 13 }] },
    {
      metric: 'odd',
      observed: undefined,
      value: undefined,
      intervals: [{ confidence: 0.95, low: -Infinity, high: Infinity }],
    },
  ],
};
const aggregates = new Map(
  Object.entries({
    events: { kind: 'count', value: 50 },
    revenue: { kind: 'sum', value: 400 },
    least: { kind: 'min', value: 3 },
    most: { kind: 'max', value: 9 },
    users: { kind: 'distinct', value: 7 },
    nothing: { kind: 'sum', value: 0 },
  }),
);
const declared = {
  events: { value: 'events' },
  revenue: { value: 'revenue' },
  perEvent: { ratio: ['revenue', 'events'] as [string, string] },
  odd: { ratio: ['revenue', 'nothing'] as [string, string] },
  least: { value: 'least' },
  most: { value: 'most' },
  users: { value: 'users' },
  median: { quantile: ['latency', 0.5] as [string, number] },
};
const told = (series: string, estimate: StatedEstimate | undefined = stated) =>
  Object.fromEntries(
    metricsOf(declared, { series, aggregates }, estimate).map(({ metric, estimate: one }) => [
      metric,
      one && [one.low, one.value, one.high],
    ]),
  );

describe('the metrics of an open window', () => {
  it('of the whole stream are as they were estimated', () => {
    expect(told('')).toMatchObject({ revenue: [1_200, 1_500, 2_000], perEvent: [12, 12.5, 13], odd: undefined });
  });

  it('of a series are scaled by the stream’s own sum, or by its events; ratios are only observed', () => {
    expect(told('exchange=x1')).toEqual({
      ...{ events: [55, 60, Infinity], revenue: [480, 600, 800], perEvent: undefined, odd: undefined },
      ...{ least: [-Infinity, 3, 3], most: [9, 9, Infinity], users: [7, 7, Infinity] },
    });
    expect(
      metricsOf(declared, { series: 'exchange=x1', aggregates }, stated).find(({ metric }) => metric === 'perEvent')
        ?.observed,
    ).toBe(8);
  });

  it('that are extremes are exact once all is there, and nothing is said without an estimate', () => {
    expect(told('', { ...stated, basis: 'whole' })).toMatchObject({ least: [3, 3, 3], users: [7, 7, 7] });
    expect(Object.values(told('', { ...stated, confidence: 0.5, metrics: [] })).slice(0, 4)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(
      metricsOf(declared, { series: '', aggregates }, undefined).every(({ estimate }) => estimate === undefined),
    ).toBe(true);
  });
});
