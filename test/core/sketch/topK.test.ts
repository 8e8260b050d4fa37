import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/findings/random.ts';
import { hashedText } from '../../../core/sketch/hashedText.ts';
import { topKAggregator } from '../../../core/sketch/topK.ts';
import type { TopKState } from '../../../core/sketch/topKState.ts';
import { startTestEngine, type TestEngine } from '../../support/engine.ts';

const COUNTERS = 64;
const SIZE = 20_000;
const all = topKAggregator(COUNTERS);
const encoder = new TextEncoder();

const stateOf = (texts: readonly string[]): TopKState => {
  const state = all.empty();
  for (const text of texts) all.add(state, hashedText(encoder.encode(text)));
  return state;
};

const mergedOf = (states: readonly TopKState[]): TopKState => {
  const into = all.empty();
  for (const state of states) all.merge(into, state);
  return into;
};

/** Merges neighbours until one is left. */
const mergedAsTree = (states: readonly TopKState[]): TopKState =>
  states.length === 1
    ? mergedOf(states)
    : mergedAsTree(
        Array.from({ length: Math.ceil(states.length / 2) }, (_, at) => mergedOf(states.slice(2 * at, 2 * at + 2))),
      );

/** In turn. */
function partsOf(texts: readonly string[], parts: number): TopKState[] {
  const states = Array.from({ length: parts }, () => all.empty());
  texts.forEach((text, at) => {
    all.add(states[at % parts]!, hashedText(encoder.encode(text)));
  });
  return states;
}

/** The oracle. */
const exactCounts = (texts: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
};

const DISTRIBUTIONS: readonly [string, (random: () => number, at: number) => number][] = [
  ['uniform texts', (random) => Math.floor(random() * 1_000)],
  ['zipf texts', (random) => Math.floor(1 / (1 - random()))],
  ['few texts', (random) => Math.floor(random() * 64)],
  ['one text', () => 1],
  ['all texts different', (_, at) => at],
  ['one more text than counters, in turn', (_, at) => at % 65],
  ['a frequent text after many others', (_, at) => (at < SIZE * 0.9 ? at : -1)],
  ['a frequent text before many others', (_, at) => (at > SIZE * 0.1 ? at : -1)],
  ['frequent texts that come in a run each', (_, at) => Math.floor(at / 300)],
  ['every second text new', (_, at) => (at % 2 === 0 ? at : at % 7)],
];

const GROWN: readonly [string, (texts: readonly string[]) => TopKState][] = [
  ['in one piece', stateOf],
  ['from sixty parts', (texts) => mergedOf(partsOf(texts, 60))],
  ['from sixty parts, last first', (texts) => mergedOf(partsOf(texts, 60).reverse())],
  ['as a tree of five hundred parts', (texts) => mergedAsTree(partsOf(texts, 500))],
  [
    'from runs, and going on after each merge',
    (texts) => {
      const state = stateOf(texts.slice(0, 5_000));
      all.merge(state, stateOf(texts.slice(5_000, 12_000)));
      for (const text of texts.slice(12_000)) all.add(state, hashedText(encoder.encode(text)));
      return state;
    },
  ],
];

describe.each(DISTRIBUTIONS)('the most frequent of %s', (_, draw) => {
  const random = seededRandom('topK');
  const texts = Array.from({ length: SIZE }, (_, at) => `campaign ${String(draw(random, at))}`);
  const exact = exactCounts(texts);

  it.each(GROWN)('grown %s have counts that hold, within n/64', (_, grow) => {
    const state = grow(texts);
    const { texts: found, unlistedMax } = all.read(state);
    const wrong = found.filter(({ text, count, error }) => {
      const truth = exact.get(text) ?? 0;
      return truth > count || truth < count - error;
    });
    expect(wrong).toEqual([]);
    expect(Math.max(unlistedMax, ...found.map(({ error }) => error))).toBeLessThanOrEqual(SIZE / COUNTERS);
    const listed = new Set(found.map(({ text }) => text));
    const unlisted = [...exact].filter(([text]) => !listed.has(text)).map(([, count]) => count);
    expect(Math.max(0, ...unlisted)).toBeLessThanOrEqual(unlistedMax);
    expect([...exact].filter(([text, count]) => count > SIZE / COUNTERS && !listed.has(text))).toEqual([]);
  });

  it('end the same to the last byte however they were stopped and taken up again', () => {
    const drawn = texts.slice(0, 3_000);
    const whole = all.encode(stateOf(drawn));
    for (const every of [1, 63, 64, 65, 1_000]) {
      let state = all.empty();
      drawn.forEach((text, at) => {
        all.add(state, hashedText(encoder.encode(text)));
        if (at % every === 0) state = all.decode(all.encode(state));
      });
      expect(all.encode(state)).toEqual(whole);
    }
  });

  it('go on after a merge as what was stored of it does', () => {
    const live = stateOf(texts.slice(0, 3_000));
    all.merge(live, stateOf(texts.slice(3_000, 6_000)));
    const stored = all.decode(all.encode(live));
    for (const text of texts.slice(6_000, 6_200)) {
      all.add(live, hashedText(encoder.encode(text)));
      all.add(stored, hashedText(encoder.encode(text)));
      expect(all.encode(stored)).toEqual(all.encode(live));
    }
  });
});

describe('the k most frequent', () => {
  it('are as many as asked for, by falling count, then by text; no other came more often than it says', () => {
    const three = topKAggregator(3);
    expect(three.read(stateOf(['b', 'a', 'c', 'c', 'd', 'b', 'c']))).toEqual({
      texts: [
        { text: 'c', count: 3, error: 0 },
        { text: 'b', count: 2, error: 0 },
        { text: 'a', count: 1, error: 0 },
      ],
      unlistedMax: 1,
    });
  });

  it.each([0, 65, 1.5, Number.NaN])('are not asked for as %d', (k) => {
    expect(() => topKAggregator(k)).toThrow(RangeError);
  });

  it('count a long text as its first 256 bytes, no character cut', () => {
    const long = `x${'é'.repeat(200)}`;
    const reading = all.read(stateOf([long, `${long}!`, `x${'é'.repeat(127)}`]));
    expect(reading.texts).toEqual([{ text: `x${'é'.repeat(127)}`, count: 3, error: 0 }]);
  });

  it.each([
    ['empty', []],
    ['of more counters than there are', [65]],
    ['that end within a text', [1, 5, 97]],
    ['that count a text twice', [2, 1, 97, 1, 0, 1, 97, 1, 0, 0]],
    ['that go on', [0, 0, 7]],
    ['of an endless number', new Array<number>(12).fill(255)],
  ])('refuse bytes %s', (_, bytes) => {
    expect(() => all.decode(Uint8Array.from(bytes))).toThrow(RangeError);
  });
});

describe('ClickHouse', () => {
  let engine: TestEngine;
  const ask = async (sql: string): Promise<unknown> => {
    const { text, code } = await engine.ask(engine.engine.admin, `${sql} FORMAT JSONCompactEachRow`);
    expect([code, text]).toEqual([undefined, text]);
    return JSON.parse(text);
  };
  const cast = (state: TopKState, k = COUNTERS): string =>
    `CAST(unhex('${Buffer.from(all.encode(state)).toString('hex')}') AS AggregateFunction(approx_top_k(${String(k)}, 64), String))`;
  const zipf = (size: number, seed: string): string[] => {
    const random = seededRandom(seed);
    return Array.from({ length: size }, () => `campaign ${String(Math.floor(1 / (1 - random())))}`);
  };
  /** Of equal counts its order is its own. */
  const sorted = (rows: readonly (readonly unknown[])[]): string[] => rows.map((row) => JSON.stringify(row)).sort();

  beforeAll(async () => {
    engine = await startTestEngine();
  });
  afterAll(() => engine.stop());

  it.each([
    [0, 0],
    [0, 50],
    [50, 30],
    [5_000, 0],
  ])('reads and merges states of %i and %i texts, as we do', async (ours, others) => {
    const [a, b] = [stateOf(zipf(ours, 'a')), stateOf(zipf(others, 'b'))];
    const rows = await ask(
      `SELECT arrayMap(one -> (one.1, toUInt32(one.2), toUInt32(one.3)), approx_top_kMerge(64, 64)(arrayJoin([${cast(a)}, ${cast(b)}])))`,
    );
    const { texts } = all.read(mergedOf([a, b]));
    expect(sorted((rows as [[][]])[0])).toEqual(sorted(texts.map(({ text, count, error }) => [text, count, error])));
  });

  it('merges full states to the counts that we find, where these are sure', async () => {
    const [a, b] = [stateOf(zipf(SIZE, 'a')), stateOf(zipf(SIZE, 'b'))];
    const rows = await ask(
      `SELECT arrayMap(one -> (one.1, toUInt32(one.2), toUInt32(one.3)), approx_top_kMerge(10, 64)(arrayJoin([${cast(a, 10)}, ${cast(b, 10)}])))`,
    );
    const { texts } = topKAggregator(10).read(mergedOf([a, b]));
    expect((rows as unknown[])[0]).toEqual(texts.map(({ text, count, error }) => [text, count, error]));
  });

  it('has states of its own that we read', async () => {
    const [[hex, own]] = [
      (await ask(
        `SELECT hex(approx_top_kState(64, 64)(text)), arrayMap(one -> (one.1, toUInt32(one.2), toUInt32(one.3)), approx_top_k(64, 64)(text))
         FROM (SELECT 'text ' || toString(intDiv(1000000, 1 + cityHash64(number) % 1000000)) AS text FROM numbers(30000))`,
      )) as [string, unknown[][]],
    ];
    const { texts } = all.read(all.decode(Buffer.from(hex, 'hex')));
    expect(sorted(texts.map(({ text, count, error }) => [text, count, error]))).toEqual(sorted(own));
  });
});
