import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/findings/random.ts';
import { distinctAggregator } from '../../../core/sketch/distinct.ts';
import type { DistinctState } from '../../../core/sketch/distinctState.ts';
import { hashedText } from '../../../core/sketch/hashedText.ts';
import { startTestEngine, type TestEngine } from '../../support/engine.ts';

const stateOf = (texts: Iterable<string>): DistinctState => {
  const state = distinctAggregator.empty();
  const encoder = new TextEncoder();
  for (const text of texts) distinctAggregator.add(state, hashedText(encoder.encode(text)));
  return state;
};

const numbered = (count: number, name = 'user', from = 0): string[] =>
  Array.from({ length: count }, (_, at) => `${name}${String(from + at)}`);

const mergedOf = (states: readonly DistinctState[]): DistinctState => {
  const into = distinctAggregator.empty();
  for (const state of states) distinctAggregator.merge(into, state);
  return into;
};

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('a count of distinct texts', () => {
  it('is exact up to 128 of them, however often each comes', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 400, size: 'max' }), fc.nat(128), (texts, size) => {
        const few = [...new Set(texts)].slice(0, size);
        const often = texts.filter((text) => few.includes(text));
        expect(distinctAggregator.read(stateOf([...often, ...few]))).toBe(few.length);
      }),
    );
    expect(distinctAggregator.read(stateOf(numbered(128)))).toBe(128);
  });

  it.each([
    [129, 0.016],
    [1_000, 0.016],
    [5_000, 0.016],
    [10_000, 0.03],
    [20_000, 0.016],
    [100_000, 0.016],
  ])('of %i has the stated standard error of %d', (count, stated) => {
    // What the mean square of so many errors stays within, times its expectation, with a certainty of 99 %: the quantile of chi squared.
    const [samples, within] = count < 100_000 ? [60, 1.473] : [20, 1.878];
    const errors = Array.from({ length: samples }, (_, sample) => {
      const state = stateOf(numbered(count, `sample ${String(sample)} `));
      return distinctAggregator.read(state) / count - 1;
    });
    const meanSquare = errors.reduce((sum, error) => sum + error * error, 0) / errors.length;
    expect(Math.sqrt(meanSquare)).toBeLessThan(stated * Math.sqrt(within));
  });

  it.each([
    ['few', 100],
    ['as many as are kept whole', 128],
    ['one more', 129],
    ['many', 30_000],
  ])('ends in the same bytes by any order and any overlapping parts, of %s', (_, count) => {
    const texts = numbered(count);
    const whole = hexOf(distinctAggregator.encode(stateOf(texts)));
    const parts = (size: number): DistinctState[] =>
      Array.from({ length: 20 }, (_, part) => stateOf(texts.filter((_, at) => (at * 7 + part) % 20 < size)));
    expect(hexOf(distinctAggregator.encode(stateOf([...texts].reverse())))).toBe(whole);
    for (const states of [parts(1), parts(1).reverse(), parts(3), [...parts(20), stateOf([])]])
      expect(hexOf(distinctAggregator.encode(mergedOf(states)))).toBe(whole);
  });

  it.each([
    ['empty', []],
    ['of an unknown form', [9, 0]],
    ['of more hashes than fit their form', [1, 17, ...new Uint8Array(17 * 8)]],
    ['too short for their hashes', [2, 20, 1, 2, 3]],
    ['of registers that are not all there', [3, ...new Uint8Array(100)]],
    ['of a register with a rank that no hash has', [3, 63, ...new Uint8Array(3_289)]],
  ])('refuses bytes %s', (_, bytes) => {
    expect(() => distinctAggregator.decode(Uint8Array.from(bytes))).toThrow(RangeError);
  });
});

describe('ClickHouse', () => {
  let engine: TestEngine;
  const ask = async (sql: string): Promise<string[]> => {
    const { text, code } = await engine.ask(engine.engine.admin, `${sql} FORMAT TSV`);
    expect([code, text]).toEqual([undefined, text]);
    return text.split('\n').flatMap((line) => line.split('\t'));
  };
  const cast = (state: DistinctState): string =>
    `CAST(unhex('${hexOf(distinctAggregator.encode(state))}') AS AggregateFunction(uniqCombined64(12), String))`;

  beforeAll(async () => {
    engine = await startTestEngine();
  });
  afterAll(() => engine.stop());

  it('hashes as we do, whatever the length', async () => {
    const random = seededRandom('hashes');
    const texts = Array.from({ length: 300 }, (_, length) =>
      Uint8Array.from({ length }, () => Math.floor(random() * 256)),
    );
    const list = texts.map((bytes) => `unhex('${hexOf(bytes)}')`).join(', ');
    const ours = texts.map((bytes) => {
      const { low, high } = hashedText(bytes);
      return String((BigInt(high) << 32n) | BigInt(low));
    });
    expect(await ask(`SELECT toString(cityHash64(arrayJoin([${list}])))`)).toEqual(ours);
  });

  it.each([0, 1, 16, 17, 127, 128, 129, 1_000, 9_000, 10_240, 11_000, 50_000])(
    'reads a state of %i as we do, makes the same registers, and we read its states',
    async (count) => {
      const state = stateOf(numbered(count));
      const [read, own, theirs = ''] = await ask(
        `SELECT (SELECT uniqCombined64Merge(12)(${cast(state)})), uniqCombined64(12)(text), lower(hex(uniqCombined64State(12)(text)))
         FROM (SELECT 'user' || toString(number) AS text FROM numbers(${String(count)}))`,
      );
      const value = String(distinctAggregator.read(state));
      expect([read, own]).toEqual([value, value]);
      const bytes = distinctAggregator.encode(distinctAggregator.decode(Buffer.from(theirs, 'hex')));
      expect(hexOf(bytes)).toBe(hexOf(distinctAggregator.encode(state)));
    },
  );

  it.each([
    [3, 5],
    [16, 17],
    [100, 100],
    [90, 20_000],
    [20_000, 20_000],
  ])('merges states of %i and %i, one of ours and one of its own, as we do', async (ours, theirs) => {
    const state = stateOf(numbered(ours));
    const more = numbered(theirs, 'user', Math.floor(ours / 2));
    const [merged] = await ask(
      `SELECT uniqCombined64Merge(12)(state) FROM (
         SELECT ${cast(state)} AS state
         UNION ALL SELECT uniqCombined64State(12)('user' || toString(number + ${String(Math.floor(ours / 2))})) FROM numbers(${String(theirs)}))`,
    );
    expect(merged).toBe(String(distinctAggregator.read(mergedOf([state, stateOf(more)]))));
  });
});
