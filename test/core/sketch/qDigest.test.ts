import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/findings/random.ts';
import { qDigestAggregator, type QDigestState } from '../../../core/sketch/qDigest.ts';
import { startTestEngine, type TestEngine } from '../../support/engine.ts';

const SIZE = 20_000;
const BITS = 20;
const QUANTILES = [0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1];
const digest = qDigestAggregator({ from: 0, unit: 1, bits: BITS });

/** Whole numbers below 2^20, so that only ranks are uncertain. */
const DISTRIBUTIONS: readonly [string, (random: () => number, at: number) => number][] = [
  ['uniform', (random) => Math.floor(random() * 2 ** BITS)],
  ['zipf', (random) => Math.min(2 ** BITS - 1, Math.floor(1 / (1 - random())))],
  ['ascending', (_, at) => at],
  ['descending', (_, at) => SIZE - at],
  ['few distinct', (random) => Math.floor(random() * 5) * 1_000],
  ['a single value of', () => 7],
  ['two ends in turn', (_, at) => (at % 2 === 0 ? at : 2 ** BITS - 1 - at)],
  ['powers of two', (random) => 2 ** Math.floor(random() * BITS)],
  ['one on each side of the middle', (_, at) => 2 ** (BITS - 1) - (at % 2)],
  ['even, so that leaves have no sisters', (random) => 2 * Math.floor(random() * 2 ** (BITS - 1))],
];

const valuesOf = (draw: (random: () => number, at: number) => number): number[] => {
  const random = seededRandom('qDigest');
  return Array.from({ length: SIZE }, (_, at) => draw(random, at));
};

const digestOf = (values: readonly number[], aggregator = digest): QDigestState => {
  const state = aggregator.empty();
  for (const value of values) aggregator.add(state, value);
  return state;
};

const mergedOf = (states: readonly QDigestState[]): QDigestState => {
  const into = digest.empty();
  for (const state of states) digest.merge(into, state);
  return into;
};

/** Merges neighbours until one is left. */
const mergedAsTree = (states: readonly QDigestState[]): QDigestState =>
  states.length === 1
    ? mergedOf(states)
    : mergedAsTree(
        Array.from({ length: Math.ceil(states.length / 2) }, (_, at) => mergedOf(states.slice(2 * at, 2 * at + 2))),
      );

/** In turn. */
function partsOf(values: readonly number[], parts: number): QDigestState[] {
  const states = Array.from({ length: parts }, () => digest.empty());
  values.forEach((value, at) => {
    digest.add(states[at % parts]!, value);
  });
  return states;
}

/** How far the rank of an answer lies from the rank that was asked for, as a share of all values; 0 within a run of equal values. */
function rankError(values: readonly number[], q: number, answer: number): number {
  const below = values.filter((value) => value < answer).length / values.length;
  const upTo = values.filter((value) => value <= answer).length / values.length;
  return q < below ? below - q : q > upTo ? q - upTo : 0;
}

const GROWN: readonly [string, (values: readonly number[]) => QDigestState][] = [
  ['grown in one piece', (values) => digestOf(values)],
  ['merged from sixty parts', (values) => mergedOf(partsOf(values, 60))],
  ['merged from sixty parts, last first', (values) => mergedOf(partsOf(values, 60).reverse())],
  ['merged as a tree of a thousand parts', (values) => mergedAsTree(partsOf(values, 1_000))],
  [
    'merged from runs of rising values',
    (values) => {
      const sorted = [...values].sort((a, b) => a - b);
      return mergedOf(Array.from({ length: 10 }, (_, at) => digestOf(sorted.slice(at * 2_000, at * 2_000 + 2_000))));
    },
  ],
];

describe.each(DISTRIBUTIONS)('a q-digest of %s values', (_, draw) => {
  const values = valuesOf(draw);

  it.each(GROWN)('%s is within bits/1024 of the exact ranks, and never below them', (_, grow) => {
    const state = grow(values);
    const reading = digest.read(state);
    expect(reading.count).toBe(SIZE);
    for (const q of QUANTILES) {
      const answer = reading.quantile(q) ?? Number.NaN;
      const upTo = values.filter((value) => value <= answer).length;
      expect([q, answer, upTo >= Math.ceil(q * SIZE)]).toEqual([q, answer, true]);
      expect(rankError(values, q, answer)).toBeLessThanOrEqual(BITS / 1_024);
    }
  });

  it.each(GROWN)('%s keeps every value, in few enough nodes', (_, grow) => {
    const { nodes, buffered } = grow(values);
    const kept = nodes.counts.reduce((sum, count) => sum + count, buffered);
    expect([kept, nodes.length <= 5_120]).toEqual([SIZE, true]);
  });

  it.each(GROWN)('%s has its values within the nodes that count them', (_, grow) => {
    const { nodes } = digest.decode(digest.encode(grow(values)));
    const sorted = Float64Array.from(values).sort();
    const wrong: unknown[] = [];
    const lowers = Array.from(nodes.uppers, (upper, at) => ({
      lower: upper + 1 - 2 ** (nodes.heights[at] ?? 0),
      count: nodes.counts[at] ?? 0,
    })).sort((a, b) => a.lower - b.lower);
    let [upTo, ended, begun, first] = [0, 0, 0, 0];
    nodes.uppers.forEach((upper, at) => {
      while (upTo < SIZE && (sorted[upTo] ?? 0) <= upper) upTo++;
      ended += nodes.counts[at] ?? 0;
      for (; first < lowers.length && lowers[first]!.lower <= upper; first++) begun += lowers[first]!.count;
      if (ended > upTo || begun < upTo) wrong.push({ upper, ended, upTo, begun });
    });
    expect(wrong).toEqual([]);
  });

  it('errs in practice by less than half a percent of the ranks', () => {
    const reading = digest.read(digestOf(values));
    const errors = QUANTILES.map((q) => rankError(values, q, reading.quantile(q) ?? Number.NaN));
    expect(Math.max(...errors)).toBeLessThan(0.005);
  });

  it('ends the same to the last byte however it was stopped and taken up again', () => {
    const drawn = values.slice(0, 5_000);
    const whole = digest.encode(digestOf(drawn));
    for (const every of [100, 1_023, 1_024, 1_025, 3_000]) {
      let state = digest.empty();
      drawn.forEach((value, at) => {
        digest.add(state, value);
        if (at % every === 0) state = digest.decode(digest.encode(state));
      });
      expect(digest.encode(state)).toEqual(whole);
    }
  });
});

describe('the scale of a q-digest', () => {
  const read = (values: readonly number[], scale: { from: number; unit: number; bits: number }): unknown[] => {
    const aggregator = qDigestAggregator(scale);
    const reading = aggregator.read(digestOf(values, aggregator));
    return [reading.count, ...[0, 0.5, 1].map((q) => reading.quantile(q))];
  };

  it.each([
    ['takes values to the nearest unit', [0.24, 0.26, 0.6], { from: 0, unit: 0.5, bits: 8 }, [3, 0, 0.5, 0.5]],
    ['begins where it is told, below 0 too', [-3, -1, 2], { from: -4, unit: 1, bits: 4 }, [3, -3, -1, 2]],
    ['counts what lies beyond it as its ends', [-50, 3, 1e300], { from: 0, unit: 1, bits: 4 }, [3, 0, 3, 15]],
    ['has 2^32 steps at most', [0, 2 ** 31, 2 ** 32], { from: 0, unit: 1, bits: 32 }, [3, 0, 2 ** 31, 2 ** 32 - 1]],
    ['has two at least', [0, 1, 9], { from: 0, unit: 1, bits: 1 }, [3, 0, 1, 1]],
    ['knows no NaN and no infinity', [Number.NaN, -Infinity, Infinity], { from: 0, unit: 1, bits: 4 }, [0, , , ,]],
  ])('%s', (_, values, scale, expected) => {
    expect(read(values, scale)).toEqual(expected);
  });

  it.each([
    { from: 0, unit: 0, bits: 8 },
    { from: 0, unit: -1, bits: 8 },
    { from: Number.NaN, unit: 1, bits: 8 },
    { from: 0, unit: 1, bits: 33 },
    { from: 0, unit: 1, bits: 0 },
    { from: 0, unit: 1, bits: 1.5 },
  ])('is not %j', (scale) => {
    expect(() => qDigestAggregator(scale)).toThrow(RangeError);
  });

  it('may change: what was stored on another is read to the nearest unit of the new one', () => {
    const stored = digest.encode(digestOf([10, 20, 20, 31]));
    const coarse = qDigestAggregator({ from: 0, unit: 10, bits: 4 });
    const reading = coarse.read(coarse.decode(stored));
    expect([reading.count, ...[0, 0.5, 0.75, 1].map((q) => reading.quantile(q))]).toEqual([4, 10, 20, 20, 30]);
  });
});

describe('a q-digest', () => {
  it('is not asked for quantiles outside 0 to 1', () => {
    for (const q of [-0.1, 1.1, Number.NaN]) expect(() => digest.read(digestOf([1])).quantile(q)).toThrow(RangeError);
  });

  /** A scale that is one, then codes with a count of 1. */
  const stored = (...codes: number[]): Uint8Array => {
    const numbers = new BigUint64Array(codes.flatMap((code) => [BigInt(code), 1n]));
    return Uint8Array.of(...digest.encode(digest.empty()), ...new Uint8Array(numbers.buffer));
  };

  it('takes bytes of nodes', () => {
    expect(digest.read(digest.decode(stored(0, 64, 65))).count).toBe(3);
  });

  it.each([
    ['too long', Uint8Array.of(...stored(), 0)],
    ['without a head', new Uint8Array(0)],
    ['of a unit of 0', new Uint8Array(16)],
    ['of a node that begins within another', stored(2 * 64 + 1)],
    ['of nodes that do not rise', stored(64, 64)],
  ])('refuses bytes %s', (_, bytes) => {
    expect(() => digest.decode(bytes)).toThrow(RangeError);
  });
});

describe('ClickHouse reads q-digests', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await startTestEngine();
  });
  afterAll(() => engine.stop());

  it('several merged, by a query of few lines, to the same quantiles', async () => {
    const aggregator = qDigestAggregator({ from: -100, unit: 0.25, bits: 20 });
    const random = seededRandom('engine');
    const parts = Array.from({ length: 3 }, () =>
      digestOf(
        Array.from({ length: 3_000 }, () => -50 + 1_000 * random() ** 4),
        aggregator,
      ),
    );
    const states = parts.map((part) => `unhex('${Buffer.from(aggregator.encode(part)).toString('hex')}')`);
    const nodeAt = (offset: number): string =>
      `reinterpretAsUInt64(substring(state, 16 * node + ${String(offset)}, 8))`;
    const { text } = await engine.ask(
      engine.engine.admin,
      `SELECT quantilesExactWeighted(${QUANTILES.join(', ')})(from + unit * bitShiftRight(code, 6), count)
       FROM (
         SELECT reinterpretAsFloat64(substring(state, 1, 8)) AS from, reinterpretAsFloat64(substring(state, 9, 8)) AS unit,
                arrayJoin(range(1, intDiv(length(state), 16))) AS node, ${nodeAt(1)} AS code, ${nodeAt(9)} AS count
         FROM (SELECT arrayJoin([${states.join(', ')}]) AS state))`,
    );
    const [first, ...others] = parts;
    if (first === undefined) throw new Error('there are three parts');
    for (const other of others) aggregator.merge(first, other);
    const reading = aggregator.read(first);
    expect(JSON.parse(text)).toEqual(QUANTILES.map((q) => reading.quantile(q)));
  });
});
