import { expect, it } from 'vitest';
import { countAggregator } from '../../core/sketch/count.ts';
import { maxAggregator } from '../../core/sketch/max.ts';
import { minAggregator } from '../../core/sketch/min.ts';
import { quantilesAggregator } from '../../core/sketch/quantiles.ts';
import { count, max, min, quantiles } from '../../core/plugin.ts';
import { allPlugins } from '../../plugins/all.ts';
import { schemaWatch } from '../../plugins/schema-watch/plugin.ts';

it('every plugin has a name of its own', () => {
  const names = allPlugins.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

it('schema-watch asks for the schema of the field by which it watches', () => {
  expect(schemaWatch.aggregates?.(schemaWatch.options.parse({ by: 'region' }))).toMatchObject({
    schema: { of: 'row', by: ['region'] },
  });
});

it('what a plugin may ask for is what it says', () => {
  expect([count(), min('a'), max('a'), quantiles('a')].map(({ of, aggregator }) => [of, aggregator])).toEqual([
    ['event', countAggregator],
    ['field', minAggregator],
    ['field', maxAggregator],
    ['field', quantilesAggregator],
  ]);
});
