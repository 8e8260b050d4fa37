import { TDigest } from 'tdigest';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/findings/random.ts';
import { quantilesAggregator, type QuantilesState } from '../../../core/sketch/quantiles.ts';

const SIZE = 20_000;
const QUANTILES = [0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1];

const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const DISTRIBUTIONS: readonly [string, (random: () => number, at: number) => number][] = [
  ['uniform', (random) => random()],
  ['normal, half of it negative', (random) => 50 * normal(random)],
  ['all negative', (random) => -1 - Math.exp(normal(random))],
  ['heavy-tailed', (random) => Math.exp(3 * normal(random))],
  ['ascending', (_, at) => at],
  ['descending', (_, at) => 1 - at],
  ['few distinct values', (random) => Math.floor(random() * 5)],
  ['a single value', () => 7],
  ['two far apart', (random) => (random() < 0.5 ? -1e9 : 1e9) + random()],
];

const valuesOf = (draw: (random: () => number, at: number) => number): number[] => {
  const random = seededRandom('quantiles');
  return Array.from({ length: SIZE }, (_, at) => Math.fround(draw(random, at)));
};

const digestOf = (values: readonly number[]): QuantilesState => {
  const state = quantilesAggregator.empty();
  for (const value of values) quantilesAggregator.add(state, value);
  return state;
};

/** How far the rank of an answer lies from the rank that was asked for, as a share of all values; 0 within a run of equal values. */
function rankError(sorted: readonly number[], q: number, answer: number): number {
  const below = sorted.filter((value) => value < answer).length / sorted.length;
  const upTo = sorted.filter((value) => value <= answer).length / sorted.length;
  return q < below ? below - q : q > upTo ? q - upTo : 0;
}

/** A fifth of a percent in the middle, less in the tails. */
const allowed = (q: number): number => Math.max(2 / SIZE, 0.004 * Math.sqrt(q * (1 - q)));

describe.each(DISTRIBUTIONS)('quantiles of %s values', (_, draw) => {
  const values = valuesOf(draw);
  const sorted = [...values].sort((a, b) => a - b);

  it.each<[string, () => QuantilesState]>([
    ['grown in one piece', () => digestOf(values)],
    [
      'merged from sixty parts',
      () => {
        const into = quantilesAggregator.empty();
        for (let part = 0; part < 60; part++)
          quantilesAggregator.merge(into, digestOf(values.filter((_, at) => at % 60 === part)));
        return into;
      },
    ],
    [
      'merged from the greatest down',
      () => {
        const into = quantilesAggregator.empty();
        for (let at = SIZE; at > 0; at -= 2_000)
          quantilesAggregator.merge(into, digestOf(sorted.slice(at - 2_000, at)));
        return into;
      },
    ],
  ])('%s are within the stated error of the exact ranks', (_, grow) => {
    const reading = quantilesAggregator.read(grow());
    expect(reading.count).toBe(SIZE);
    for (const q of QUANTILES) {
      const answer = reading.quantile(q) ?? Number.NaN;
      expect([q, rankError(sorted, q, answer) <= allowed(q), answer]).toEqual([q, true, answer]);
    }
    expect([reading.quantile(0), reading.quantile(1)]).toEqual([sorted[0], sorted.at(-1)]);
  });

  it('are no further from the exact ranks than those of npm tdigest', () => {
    const peer = new TDigest();
    peer.push(values);
    peer.compress();
    const reading = quantilesAggregator.read(digestOf(values));
    for (const q of QUANTILES) {
      const theirs = rankError(sorted, q, peer.percentile(q));
      expect(rankError(sorted, q, reading.quantile(q) ?? Number.NaN)).toBeLessThanOrEqual(theirs + allowed(q));
    }
  });

  it('rise with q', () => {
    const reading = quantilesAggregator.read(digestOf(values));
    const answers = Array.from({ length: 1_001 }, (_, at) => reading.quantile(at / 1_000) ?? Number.NaN);
    expect(answers.findIndex((answer, at) => answer < (answers[at - 1] ?? answer))).toBe(-1);
  });
});

describe('a digest', () => {
  it('of fewer values than it keeps gives each exactly, interpolated between', () => {
    const reading = quantilesAggregator.read(digestOf([4, 1, 3, 2, 5]));
    expect([0, 0.25, 0.5, 0.75, 1, 0.125].map((q) => reading.quantile(q))).toEqual([1, 2, 3, 4, 5, 1.5]);
  });

  it('of nothing has no quantiles', () => {
    const reading = quantilesAggregator.read(digestOf([Number.NaN, Number.POSITIVE_INFINITY]));
    expect([reading.count, reading.quantile(0.5)]).toEqual([0, undefined]);
  });

  it('holds numbers beyond float32 as the greatest that it can', () => {
    const reading = quantilesAggregator.read(digestOf([-1e300, 1e300]));
    expect([reading.quantile(0), reading.quantile(1)].map((value) => Math.abs(value ?? 0))).toEqual([
      3.4028234663852886e38, 3.4028234663852886e38,
    ]);
  });

  it.each([-0.1, 1.1, Number.NaN])('is not asked for the quantile %s', (q) => {
    expect(() => quantilesAggregator.read(digestOf([1])).quantile(q)).toThrow(RangeError);
  });

  it('of a million values stays small', () => {
    const random = seededRandom('million');
    const state = quantilesAggregator.empty();
    for (let at = 0; at < 1_000_000; at++) quantilesAggregator.add(state, random());
    expect(state.centroids.means.length).toBeLessThanOrEqual(700);
    expect(quantilesAggregator.encode(state).length).toBeLessThanOrEqual(8 * (700 + 1_024) + 2);
  });

  it('ends the same to the last byte however it was stopped and taken up again', () => {
    const drawn = valuesOf((random) => normal(random)).slice(0, 5_000);
    const whole = quantilesAggregator.encode(digestOf(drawn));
    for (const every of [1, 100, 1_023, 1_024, 1_025, 3_000]) {
      let state = quantilesAggregator.empty();
      drawn.forEach((value, at) => {
        quantilesAggregator.add(state, value);
        if (at % every === 0) state = quantilesAggregator.decode(quantilesAggregator.encode(state));
      });
      expect(quantilesAggregator.encode(state)).toEqual(whole);
    }
  });

  it('whose greatest values were joined, as other writers may, ends at their mean', () => {
    const bytes = Uint8Array.of(2, ...new Uint8Array(Float32Array.of(1, 1, 9, 3).buffer));
    const reading = quantilesAggregator.read(quantilesAggregator.decode(bytes));
    expect([reading.count, reading.quantile(0), reading.quantile(1)]).toEqual([4, 1, 9]);
  });
});
