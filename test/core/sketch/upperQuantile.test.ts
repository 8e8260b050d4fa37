import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/findings/random.ts';
import { quantilesAggregator, type QuantilesState } from '../../../core/sketch/quantiles.ts';
import { upperQuantile } from '../../../core/sketch/upperQuantile.ts';

const SORTS: Readonly<Record<string, (random: () => number, at: number) => number>> = {
  uniform: (random) => random(),
  'heavy tails': (random) => random() ** -2,
  'few values': (random) => Math.floor(random() * 4),
  rising: (_, at) => at,
  falling: (_, at) => -at,
  'one value': () => 7,
};

describe('an upper quantile', () => {
  const same = (state: QuantilesState): void => {
    for (const q of [0, 0.5, 0.9, 0.99, 0.9995, 1])
      expect(upperQuantile(state, q)).toBe(quantilesAggregator.read(state).quantile(q));
  };

  it.each(Object.entries(SORTS))('is what the whole digest says: %s', (name, value) => {
    const random = seededRandom(name);
    const state = quantilesAggregator.empty();
    for (let at = 0; at < 9_000; at++) {
      if (at % 331 === 0) same(state);
      quantilesAggregator.add(state, value(random, at));
    }
    const other = quantilesAggregator.decode(quantilesAggregator.encode(state));
    for (let at = 0; at < 300; at++) quantilesAggregator.add(other, value(random, at));
    same(other);
    quantilesAggregator.merge(other, state);
    same(other);
  });

  it('refuses what is no share', () => {
    expect(() => upperQuantile(quantilesAggregator.empty(), 1.5)).toThrow(RangeError);
    const state = quantilesAggregator.empty();
    for (let at = 0; at < 3_000; at++) quantilesAggregator.add(state, at);
    expect(() => upperQuantile(state, 1.5)).toThrow(RangeError);
    expect(() => upperQuantile(state, Number.NaN)).toThrow(RangeError);
  });
});
