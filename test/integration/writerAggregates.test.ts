import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MIGRATIONS } from '../../cli/openStore.ts';
import { quantilesAggregator } from '../../core/sketch/quantiles.ts';
import { saveAggregateKinds } from '../../core/store/aggregateKinds.ts';
import { writeCellBlock } from '../../core/store/cellTable.ts';
import { migrate } from '../../core/store/migrate.ts';
import { NativeWriter } from '../../core/store/nativeWriter.ts';
import { PartitionCells } from '../../core/windows/partitionCells.ts';
import { bidLine, bidsIngest, bytesOf } from '../support/adStream.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';

let running: TestEngine;

beforeAll(async () => {
  running = await startTestEngine();
  await migrate(running.admin, { dir: MIGRATIONS, database: 'touchstone', ttlDays: 3_650 });
});

afterAll(() => running.stop());

const START_MS = Date.UTC(2026, 5, 1, 12);
const QUANTILES = [0, 0.01, 0.25, 0.5, 0.75, 0.95, 0.99, 1];

/** Share of the sorted values that lie below a value; of equal ones, half. */
function rankOf(sorted: readonly number[], value: number): number {
  let below = 0;
  let equal = 0;
  for (const each of sorted) {
    if (each < value) below++;
    else if (each === value) equal++;
  }
  return (below + equal / 2) / sorted.length;
}

/** A state built of parts that were merged, and all its values as float32, sorted. */
function digestOf(parts: readonly (readonly number[])[]): { bytes: Uint8Array[]; sorted: number[] } {
  const bytes = parts.map((values) => {
    const state = quantilesAggregator.empty();
    for (const value of values) quantilesAggregator.add(state, value);
    return quantilesAggregator.encode(state);
  });
  return {
    bytes,
    sorted: parts
      .flat()
      .map(Math.fround)
      .sort((a, b) => a - b),
  };
}

const random = (numRuns: number, seed: number): number[] =>
  fc.sample(fc.double({ min: 0.000001, max: 1, noNaN: true, minExcluded: true }), { numRuns, seed }).map((bits) => {
    // fast-check likes edges; a fraction of a product with an irrational is even.
    const value = (bits * 1e6 * Math.SQRT2) % 1;
    return value === 0 ? 0.5 : value;
  });

describe('a t-digest of ours', () => {
  it.each([
    ['uniform values', [random(20_000, 1)]],
    ['a long tail', [random(20_000, 2).map((u) => Math.exp(-Math.log(u) * 2))]],
    ['negative and positive', [random(5_000, 3).map((u) => u - 0.5)]],
    ['parts that differ', [random(5_000, 4), random(300, 5).map((u) => 10 + u), random(7, 6).map((u) => -u)]],
    ['three values', [[3, 1, 2]]],
    ['one value', [[42.5]]],
  ])('is read by quantilesTDigestMerge as we read it, and near the truth: %s', async (_, parts) => {
    const { bytes, sorted } = digestOf(parts);
    const merged = quantilesAggregator.empty();
    for (const part of bytes) quantilesAggregator.merge(merged, quantilesAggregator.decode(part));
    const own = quantilesAggregator.read(merged);
    const [row] = await running.admin.query<{ values: number[] }>(
      `SELECT quantilesTDigestMerge(${QUANTILES.join()})(CAST(unhex(arrayJoin({states:Array(String)})) AS AggregateFunction(quantilesTDigest(${QUANTILES.join()}), Float64))) AS values`,
      { states: bytes.map((part) => Buffer.from(part).toString('hex')) },
    );
    // Few values: the two interpolate by half a value apart.
    const tolerance = Math.max(0.01, 1 / sorted.length);
    QUANTILES.forEach((q, at) => {
      const theirs = row!.values[at]!;
      const ours = own.quantile(q)!;
      expect(Math.abs(rankOf(sorted, theirs) - rankOf(sorted, ours)), `q=${String(q)}`).toBeLessThanOrEqual(tolerance);
      expect(Math.abs(rankOf(sorted, ours) - q), `ours at q=${String(q)}`).toBeLessThanOrEqual(tolerance);
      expect(Math.abs(rankOf(sorted, theirs) - q), `theirs at q=${String(q)}`).toBeLessThanOrEqual(tolerance);
    });
  });

  it('counts in ClickHouse what was added to it', async () => {
    const { bytes } = digestOf([random(3_000, 8)]);
    const [row] = await running.admin.query<{ state: string }>(
      `SELECT hex(quantileTDigestMergeState(0.5)(CAST(unhex({state:String}) AS AggregateFunction(quantileTDigest, Float64)))) AS state`,
      { state: Buffer.from(bytes[0]!).toString('hex') },
    );
    // What ClickHouse merges and writes again, we read again.
    const back = quantilesAggregator.read(quantilesAggregator.decode(Buffer.from(row!.state, 'hex')));
    expect(back.count).toBe(3_000);
  });
});

describe('the view aggregates', () => {
  const stream = bidsIngest({
    cuts: [[], ['exchange']],
    aggregates: {
      revenueMicros: { sum: 'priceMicros' },
      cheapest: { min: 'priceMicros' },
      dearest: { max: 'priceMicros' },
      latencyMs: { quantiles: 'latencyMs' },
    },
  });
  /** Two partitions, three minutes; x3 never has a price. */
  const events = Array.from({ length: 3_000 }, (_, at) => ({
    ts: START_MS + (at % 180) * 1_000,
    seq: at,
    server: at % 2 === 0 ? 's1' : 's2',
    exchange: `x${String(1 + (at % 3))}`,
    priceMicros: at % 3 === 2 ? null : ((at * 7_919) % 100_003) - 50_000,
    latencyMs: ((at * 104_729) % 1_000) / 8,
  }));

  beforeAll(async () => {
    await saveAggregateKinds(running.admin, 'touchstone', [stream.windows.plan], START_MS);
    for (const server of ['s1', 's2']) {
      const cells = new PartitionCells(stream.windows);
      const partition = `${server}/a`;
      const lines = events.filter((event) => event.server === server).map(bidLine);
      // In two batches: the second one's rows replace the first one's.
      let offset = 0;
      for (const half of [lines.slice(0, 400), lines.slice(400)]) {
        const bytes = bytesOf(half.join(''));
        const batch = stream.decode({ bytes, offset, partition }, START_MS + 1_000_000);
        expect(batch.length).toBe(half.length);
        cells.grow(batch);
        offset += bytes.length;
        const writer = new NativeWriter();
        writeCellBlock(writer, stream.windows.plan, cells.takeChanged(), { partition, arrivedAtMs: Date.now() });
        await running.admin.insertBytes({
          table: 'touchstone.aggregate_cells',
          format: 'Native',
          body: writer.take(),
        });
      }
    }
  });

  const valuesOf = async (aggregate: string): Promise<Map<string, number | null>> => {
    const rows = await running.admin.query<{ at: string; cut: string; series: string; value: number | null }>(
      `SELECT toUnixTimestamp64Milli(windowStart) AS at, cut::String AS cut, series, value FROM touchstone.aggregates
       WHERE stream = 'bids' AND aggregate = {aggregate:String} AND cut IN ('', 'exchange')`,
      { aggregate },
    );
    return new Map(rows.map(({ at, series, value }) => [`${at} ${series}`, value]));
  };

  /** The same in plain arithmetic. */
  const truth = (of: (some: typeof events) => number | null): Map<string, number | null> => {
    const groups = new Map<string, typeof events>();
    for (const event of events)
      for (const series of ['', `exchange=${event.exchange}`]) {
        const key = `${String(event.ts - (event.ts % 60_000))} ${series}`;
        groups.set(key, [...(groups.get(key) ?? []), event]);
      }
    return new Map([...groups].map(([key, some]) => [key, of(some)]));
  };

  const prices = (some: typeof events): number[] =>
    some.flatMap(({ priceMicros }) => (priceMicros === null ? [] : [priceMicros]));

  it.each([
    ['events', (some: typeof events) => some.length],
    ['revenueMicros', (some: typeof events) => prices(some).reduce((sum, price) => sum + price, 0)],
    ['cheapest', (some: typeof events) => (prices(some).length === 0 ? null : Math.min(...prices(some)))],
    ['dearest', (some: typeof events) => (prices(some).length === 0 ? null : Math.max(...prices(some)))],
  ])('gives %s, partitions merged', async (aggregate, of) => {
    expect(await valuesOf(aggregate)).toEqual(truth(of));
  });

  it('gives the median of quantiles, within the error of a digest', async () => {
    const found = await valuesOf('latencyMs');
    const ranks = truth(() => 0);
    expect([...found.keys()].sort()).toEqual([...ranks.keys()].sort());
    for (const [key, value] of found) {
      const [at, series] = key.split(' ');
      const latencies = events
        .filter(
          ({ ts, exchange }) =>
            ts - (ts % 60_000) === Number(at) && (series === '' || series === `exchange=${exchange}`),
        )
        .map(({ latencyMs }) => latencyMs)
        .sort((a, b) => a - b);
      expect(Math.abs(rankOf(latencies, value!) - 0.5), key).toBeLessThanOrEqual(0.01);
    }
  });

  it('gives digests that merge over windows', async () => {
    const [row] = await running.admin.query<{ p99: number }>(
      `SELECT quantileTDigestMerge(0.99)(digest) AS p99 FROM touchstone.aggregates WHERE stream = 'bids' AND aggregate = 'latencyMs' AND cut = ''`,
    );
    const sorted = events.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
    expect(Math.abs(rankOf(sorted, row!.p99) - 0.99)).toBeLessThanOrEqual(0.005);
  });
});
