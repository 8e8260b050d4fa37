/**
 * `npm run bench:sketch`: error, speed and size of our quantiles beside libraries that do the same, on values of several kinds. Speeds are CPU time of one thread, medians of
 * five; errors are against the exact quantiles of the sorted values. The q-digest's unit is the least power of two with which its 2^32 integers cover the values.
 * Of ClickHouse's functions, run in the embedded engine on the same values, only errors are compared.
 */
import { DDSketch } from '@datadog/sketches-js';
import hdr from 'hdr-histogram-js';
import { TDigest } from 'tdigest';
import { lowerBound } from '../core/sketch/lowerBound.ts';
import { qDigestAggregator } from '../core/sketch/qDigest.ts';
import { quantilesAggregator } from '../core/sketch/quantiles.ts';
import { seededRandom } from '../core/findings/random.ts';
import { type EnginePeers, startEnginePeers } from './sketch/enginePeers.ts';

const VALUES = 200_000;
const PARTS = 100;
const QUANTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999, 0.9999];

/** One sketch as the benchmark drives it. */
interface Peer<State> {
  readonly name: string;
  empty(): State;
  add(state: State, value: number): void;
  merge(into: State, other: State): void;
  quantile(state: State, q: number): number;
  bytes(state: State): number;
  /** Whether it takes values of this kind at all. */
  takes(values: Float64Array): boolean;
}

const everything = (): boolean => true;
const peer = <State>(of: Peer<State>): Peer<unknown> => of;

const PEERS: readonly Peer<unknown>[] = [
  peer({
    name: 'touchstone quantiles',
    empty: () => quantilesAggregator.empty(),
    add: (state, value) => {
      quantilesAggregator.add(state, value);
    },
    merge: (into, other) => {
      quantilesAggregator.merge(into, other);
    },
    quantile: (state, q) => quantilesAggregator.read(state).quantile(q) ?? Number.NaN,
    bytes: (state) => quantilesAggregator.encode(state).length,
    takes: everything,
  }),
  peer({
    name: 'tdigest',
    empty: () => new TDigest(),
    add: (state, value) => {
      state.push(value);
    },
    merge: (into, other) => {
      other.compress();
      into.push_centroid(other.toArray());
    },
    quantile: (state, q) => {
      state.compress();
      return state.percentile(q);
    },
    bytes: (state) => {
      state.compress();
      return state.toArray().length * 16;
    },
    takes: everything,
  }),
  peer({
    name: '@datadog/sketches-js',
    empty: () => new DDSketch({ relativeAccuracy: 0.01 }),
    add: (state, value) => {
      state.accept(value);
    },
    merge: (into, other) => {
      into.merge(other);
    },
    quantile: (state, q) => state.getValueAtQuantile(q),
    bytes: (state) => state.toProto().length,
    takes: everything,
  }),
  peer({
    name: 'hdr-histogram-js',
    empty: () => hdr.build({ highestTrackableValue: 1e12, numberOfSignificantValueDigits: 2, useWebAssembly: false }),
    add: (state, value) => {
      state.recordValue(Math.round(value));
    },
    merge: (into, other) => {
      into.add(other);
    },
    quantile: (state, q) => state.getValueAtPercentile(q * 100),
    bytes: (state) => state.estimatedFootprintInBytes,
    takes: (values) => values.every((value) => value >= 0),
  }),
];

/** Its scale is declared, so it is made for the values. */
function qDigestPeer(values: Float64Array): Peer<unknown> {
  const [least, greatest] = values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)] as const,
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as const,
  );
  const from = Math.floor(least);
  const aggregator = qDigestAggregator({ from, unit: 2 ** Math.ceil(Math.log2(greatest - from) - 32), bits: 32 });
  return peer({
    name: 'touchstone qDigest',
    empty: () => aggregator.empty(),
    add: (state, value) => {
      aggregator.add(state, value);
    },
    merge: (into, other) => {
      aggregator.merge(into, other);
    },
    quantile: (state, q) => aggregator.read(state).quantile(q) ?? Number.NaN,
    bytes: (state) => aggregator.encode(state).length,
    takes: everything,
  });
}

const random = seededRandom('bench:sketch');
const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const filled = (value: (at: number) => number): Float64Array =>
  Float64Array.from({ length: VALUES }, (_, at) => value(at));
const KINDS: Readonly<Record<string, Float64Array>> = {
  uniform: filled(() => 1e6 * random()),
  lognormal: filled(() => 1_000 * Math.exp(normal())),
  pareto: filled(() => 1_000 / (1 - random()) ** (1 / 1.5)),
  repeated: filled(() => 10 * Math.floor(5 * random() ** 3)),
  sorted: filled((at) => 1_000 + at),
  reversed: filled((at) => 1_000 + VALUES - at),
  'two ends in turn': filled((at) => (at % 2 === 0 ? 1 + at / VALUES : 1e9 - at)),
  signed: filled(() => 1e4 * normal()),
};

/** Distance of the answer's ranks from the asked one, as a share of all values; 0 when the answer is one of the values at that rank. */
function rankError(sorted: Float64Array, q: number, answer: number): number {
  const below = lowerBound(sorted, answer);
  const notAbove = lowerBound(sorted, nextUp(answer));
  const rank = q * (sorted.length - 1);
  return (rank < below ? below - rank : rank > notAbove ? rank - notAbove : 0) / sorted.length;
}

const nextUp = (value: number): number => value + Math.max(Number.MIN_VALUE, Math.abs(value) * 1.2e-7);

function cpuNs(act: () => void): number {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1_000;
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

function measured(of: Peer<unknown>, values: Float64Array) {
  const sorted = values.slice().sort();
  const addNs: number[] = [];
  const mergeNs: number[] = [];
  let whole = of.empty();
  let merged = of.empty();
  for (let round = 0; round < 5; round++) {
    whole = of.empty();
    addNs.push(cpuNs(() => values.forEach((value) => of.add(whole, value))) / values.length);
    const parts = Array.from({ length: PARTS }, (_, part) => {
      const state = of.empty();
      for (let at = part; at < values.length; at += PARTS) of.add(state, values[at] ?? 0);
      return state;
    });
    merged = of.empty();
    mergeNs.push(cpuNs(() => parts.forEach((part) => of.merge(merged, part))) / PARTS);
  }
  const errors = (state: unknown): number[] => QUANTILES.map((q) => rankError(sorted, q, of.quantile(state, q)));
  return {
    addNs: median(addNs),
    mergeNs: median(mergeNs),
    bytes: of.bytes(whole),
    errors: errors(whole),
    mergedErrors: errors(merged),
  };
}

const cell = (text: string, width: number): string => text.padStart(width);
const ppm = (share: number): string => (share * 1e6).toFixed(0);

function print(
  name: string,
  figures: readonly string[],
  errors: readonly number[],
  mergedErrors: readonly number[],
): void {
  const [addNs = '', mergeUs = '', bytes = ''] = figures;
  console.log(
    `  ${name.padEnd(20)} ${cell(addNs, 6)}  ${cell(mergeUs, 8)} ${cell(bytes, 7)} | ${errors.map((error) => cell(ppm(error), 7)).join('')} | ${cell(ppm(Math.max(...mergedErrors)), 7)}`,
  );
}

async function compare(kind: string, values: Float64Array, engine: EnginePeers): Promise<void> {
  console.log(
    `${kind.padEnd(22)} ns/add  us/merge   bytes | ${QUANTILES.map((q) => cell(`p${String(q * 100)}`, 7)).join('')} | merged worst`,
  );
  for (const of of [...PEERS.slice(0, 1), qDigestPeer(values), ...PEERS.slice(1)]) {
    if (!of.takes(values)) {
      console.log(`  ${of.name.padEnd(20)} takes no such values`);
      continue;
    }
    const { addNs, mergeNs, bytes, errors, mergedErrors } = measured(of, values);
    print(of.name, [addNs.toFixed(0), (mergeNs / 1_000).toFixed(1), String(bytes)], errors, mergedErrors);
  }
  const sorted = values.slice().sort();
  const errorsOf = (answers: readonly number[]): number[] =>
    answers.map((answer, at) => rankError(sorted, QUANTILES[at] ?? 0, answer));
  for (const { name, whole, merged } of await engine.answers(values, PARTS, QUANTILES))
    print(name, [], errorsOf(whole), errorsOf(merged));
}

console.log(
  `node ${process.version}; ${String(VALUES)} values, merged from ${String(PARTS)} parts; rank errors in millionths of the values\n`,
);
const engine = await startEnginePeers();
try {
  for (const [kind, values] of Object.entries(KINDS)) await compare(kind, values, engine);
} finally {
  await engine.stop();
}
