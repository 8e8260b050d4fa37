import { describe, expect, it } from 'vitest';
import { distinct, qDigest, sum, topK } from '../../../core/plugin.ts';
import type { Aggregate, AggregationPlan } from '../../../core/windows/plan.ts';
import { schemaAggregator } from '../../../plugins/schema-watch/schema.ts';
import { BIDS, planned } from './planning.ts';

/** Cuts as `dimensions role: names`. */
const brief = ({ cuts }: AggregationPlan): string[] =>
  cuts.map(
    ({ dimensions, role, aggregates }) =>
      `${dimensions.join(',')} ${role}: ${aggregates.map(({ name }) => name).join(' ')}`,
  );
const schema = (by: string[]): Record<string, Aggregate> => ({
  schema: { of: 'row', aggregator: schemaAggregator, by },
});

describe('the plan of a stream of events', () => {
  it('has the cuts of the config with their aggregates, and books what each server sent', () => {
    expect(brief(planned(BIDS))).toEqual([
      ' judged: events spend least most prices',
      'exchange judged: events spend least most prices',
      'server booked: events sequence spend present.price',
    ]);
  });

  it('books no sequence numbers where there are none', () => {
    const { sequence: _, ...without } = BIDS;
    expect(brief(planned(without)).at(-1)).toBe('server booked: events spend present.price');
  });

  it('has one cut for servers where the config asks for it too', () => {
    expect(brief(planned({ ...BIDS, aggregates: {}, metrics: {}, cuts: [['server']] }))).toEqual([
      'server judged: events sequence',
    ]);
  });

  it('grows what plugins ask for, under their names', () => {
    const plan = planned({ ...BIDS, aggregates: {}, metrics: {} }, [
      { plugin: 'p', aggregates: { spend: sum('price'), ...schema(['build']) } },
    ]);
    expect(brief(plan)).toEqual([
      ' judged: events p.spend',
      'exchange judged: events p.spend',
      'server booked: events sequence',
      'build extra: events p.schema',
    ]);
  });

  it.each<[string, string[], string]>([
    ['the cut of another name', ['exchange'], 'exchange judged: events p.schema'],
    ['the whole when the field is no category', ['price'], ' judged: events p.schema'],
    ['the cut of servers, which is then shown', ['server'], 'server extra: events sequence p.schema'],
  ])('grows aggregates of whole events in %s', (_, by, cut) => {
    expect(
      brief(planned({ ...BIDS, aggregates: {}, metrics: {} }, [{ plugin: 'p', aggregates: schema(by) }])),
    ).toContain(cut);
  });

  it('has the metrics of the config', () => {
    expect(planned(BIDS).metrics.map(({ name, metric }) => [name, metric])).toEqual([
      ['events', { kind: 'value', aggregate: 'events' }],
      ['spend', { kind: 'value', aggregate: 'spend' }],
      ['perEvent', { kind: 'ratio', numerator: 'spend', denominator: 'events' }],
      ['median', { kind: 'quantile', aggregate: 'prices', q: 0.5 }],
      ['ofMost', { kind: 'ratio', numerator: 'spend', denominator: 'most' }],
      ['oddly', { kind: 'quantile', aggregate: 'spend', q: 0.5 }],
    ]);
  });
});

describe('the plan of packets', () => {
  it.each([
    [false, 'server,metric booked: events value'],
    [true, 'server,metric judged: events value'],
  ])('sums counters and averages gauges; with perServer %s', (perServer, cut) => {
    const plan = planned({ kind: 'packets', perServer });
    expect(brief(plan)).toEqual(['kind,metric judged: events value', cut, 'server booked: events']);
    expect(plan.metrics.map(({ name, where }) => [name, where])).toEqual([
      ['total', { kind: 'counter' }],
      ['mean', { kind: 'gauge' }],
    ]);
  });
});

describe('a plugin that asks for sketches', () => {
  it('has them in every judged cut, with defaults for what it does not say', () => {
    const aggregates = {
      sellers: distinct('exchange'),
      top: topK('exchange'),
      prices: qDigest('price', { unit: 0.5 }),
    };
    const { cuts } = planned({ ...BIDS, aggregates: {}, metrics: {} }, [{ plugin: 'p', aggregates }]);
    const judged = cuts.filter(({ role }) => role === 'judged');
    expect(judged.map((cut) => cut.aggregates.map(({ name, aggregate }) => [name, aggregate.aggregator.kind]))).toEqual(
      [1, 2].map(() => [
        ['events', 'count'],
        ['p.sellers', 'distinct'],
        ['p.top', 'topK'],
        ['p.prices', 'qDigest'],
      ]),
    );
  });
});
