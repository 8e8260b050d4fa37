import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MIGRATIONS } from '../../cli/openStore.ts';
import { distinctAggregator } from '../../core/sketch/distinct.ts';
import { hashedText } from '../../core/sketch/hashedText.ts';
import { saveAggregateKinds } from '../../core/store/aggregateKinds.ts';
import { writeCellBlock } from '../../core/store/cellTable.ts';
import { migrate } from '../../core/store/migrate.ts';
import { NativeWriter } from '../../core/store/nativeWriter.ts';
import { windowStartOf } from '../../core/time/window.ts';
import { PartitionCells } from '../../core/windows/partitionCells.ts';
import { bidLine, bidsIngest, bytesOf } from '../support/adStream.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';

const START_MS = Date.UTC(2026, 5, 1, 12);
const MINUTE_MS = 60_000;
const SERVERS = ['s1', 's2', 's3'];

const stream = bidsIngest({
  cuts: [[], ['exchange']],
  aggregates: {
    revenueMicros: { sum: 'priceMicros' },
    cheapest: { min: 'priceMicros' },
    dearest: { max: 'priceMicros' },
    latencyMs: { qDigest: 'latencyMs', from: -10, unit: 0.125, bits: 20 },
    sellers: { distinct: 'exchange' },
    urls: { distinct: 'url' },
    topSellers: { topK: 'exchange', k: 2 },
  },
});

/** Ten minutes of three servers: 40 exchanges, some far more frequent; x0 has no values at all. */
const EVENTS = Array.from({ length: 6_000 }, (_, at) => {
  const exchange = (at * 7_919) % ((at % 40) + 1);
  const valued = exchange > 0;
  return {
    ts: START_MS + at * 100,
    seq: at,
    server: SERVERS[at % SERVERS.length],
    exchange: `x${String(exchange)}`,
    priceMicros: valued ? ((at * 104_729) % 100_003) - 50_000 : null,
    latencyMs: valued ? ((at * 7_907) % 1_000) / 8 : null,
    url: valued ? `https://a.example/${String((at * 31) % 3_001)}` : null,
  };
});
type Events = readonly (typeof EVENTS)[number][];

let running: TestEngine;

beforeAll(async () => {
  running = await startTestEngine();
  await migrate(running.admin, { dir: MIGRATIONS, database: 'touchstone', ttlDays: 3_650 });
  await saveAggregateKinds(running.admin, 'touchstone', [stream.windows.plan], START_MS);
  for (const server of SERVERS) await store(server);
});

afterAll(() => running.stop());

/** Each server is a partition of its own, so every window is merged of three. */
async function store(server: string): Promise<void> {
  const partition = `${server}/a`;
  const cells = new PartitionCells(stream.windows);
  const bytes = bytesOf(
    EVENTS.filter((event) => event.server === server)
      .map(bidLine)
      .join(''),
  );
  cells.grow(stream.decode({ bytes, offset: 0, partition }, START_MS + 1_000_000));
  const writer = new NativeWriter();
  writeCellBlock(writer, stream.windows.plan, cells.takeChanged(), { partition, arrivedAtMs: START_MS });
  await running.admin.insertBytes({ table: 'touchstone.aggregate_cells', format: 'Native', body: writer.take() });
}

/** By window and series, what an expression gives of an aggregate. */
async function found(view: string, aggregate: string, expression: string): Promise<Map<string, unknown>> {
  const rows = await running.admin.query<{ key: string; found: unknown }>(
    `SELECT concat(toString(toUnixTimestamp(windowStart) * 1000), ' ', series) AS key, ${expression} AS found FROM touchstone.${view}
     WHERE stream = 'bids' AND aggregate = {aggregate:String} AND cut IN ('', 'exchange')`,
    { aggregate },
  );
  return new Map(rows.map((row) => [row.key, row.found]));
}

/** The same in plain arithmetic. */
function truth(windowMs: number, of: (some: Events) => unknown): Map<string, unknown> {
  const groups = new Map<string, (typeof EVENTS)[number][]>();
  for (const event of EVENTS)
    for (const series of ['', `exchange=${event.exchange}`]) {
      const key = `${String(event.ts - (event.ts % windowMs))} ${series}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [event]);
      else group.push(event);
    }
  return new Map([...groups].map(([key, some]) => [key, of(some)]));
}

const present = <Value>(values: readonly (Value | null)[]): Value[] => values.filter((value) => value !== null);
const prices = (some: Events): number[] => present(some.map(({ priceMicros }) => priceMicros));

/** What a q-digest of so few values gives: of the values the least up to which the share q lies. */
function quantile(some: Events, q: number): number | null {
  const sorted = present(some.map(({ latencyMs }) => latencyMs)).sort((a, b) => a - b);
  return sorted[Math.ceil(q * sorted.length) - 1] ?? null;
}

/** Beyond 128 an estimate, the same whichever way it was merged. */
function distinct(texts: readonly (string | null)[]): number {
  const state = distinctAggregator.empty();
  for (const text of present(texts)) distinctAggregator.add(state, hashedText(bytesOf(text)));
  return distinctAggregator.read(state);
}

/** Frequent texts in the order of texts: ClickHouse has one of its own for equal counts. */
const sortedTop = (top: string): string =>
  `arraySort(arrayMap(one -> (one.1, toUInt32(one.2), toUInt32(one.3)), ${top}))`;

/** The same in plain arithmetic. */
function frequencies(some: Events): [string, number, number][] {
  const counts = new Map<string, number>();
  for (const { exchange } of some) counts.set(exchange, (counts.get(exchange) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([text, count]) => [text, count, 0]);
}

describe.each([
  ['aggregates', MINUTE_MS],
  ['aggregates_over(windowS = 60)', MINUTE_MS],
  ['aggregates_over(windowS = 300)', 5 * MINUTE_MS],
  ['aggregates_over(windowS = 3600)', 60 * MINUTE_MS],
])('the view %s', (view, windowMs) => {
  it.each<[string, (some: Events) => number | null]>([
    ['events', (some) => some.length],
    ['revenueMicros', (some) => prices(some).reduce((sum, price) => sum + price, 0)],
    ['cheapest', (some) => (prices(some).length === 0 ? null : Math.min(...prices(some)))],
    ['dearest', (some) => (prices(some).length === 0 ? null : Math.max(...prices(some)))],
    ['latencyMs', (some) => quantile(some, 0.5)],
    ['sellers', (some) => distinct(some.map(({ exchange }) => exchange))],
    ['urls', (some) => distinct(some.map(({ url }) => url))],
    ['topSellers', () => null],
  ])('gives the value of %s, partitions merged', async (aggregate, of) => {
    // JSON has null for NaN too.
    expect(await found(view, aggregate, `if(isNaN(value), -1, value)`)).toEqual(truth(windowMs, of));
  });

  it('gives nodes of q-digests, for other quantiles', async () => {
    const p99 = await found(view, 'latencyMs', "arrayReduce('quantileExactWeightedOrNull(0.99)', nodes.1, nodes.2)");
    expect(p99).toEqual(truth(windowMs, (some) => quantile(some, 0.99)));
  });

  it('gives the most frequent texts, however few the stream asks for', async () => {
    expect(await found(view, 'topSellers', sortedTop('finalizeAggregation(top)'))).toEqual(
      truth(windowMs, frequencies),
    );
  });

  it.each<[string, (some: Events) => number[]]>([
    ['events', () => [1, 1, 1]],
    ['latencyMs', (some) => [quantile(some, 0.5) === null ? 1 : 0, 1, 1]],
    ['sellers', () => [1, 0, 1]],
    ['topSellers', () => [1, 1, 0]],
  ])('gives empty states of all kinds but that of %s', async (aggregate, of) => {
    const empty = '[empty(nodes.1), finalizeAggregation(texts) = 0, empty(finalizeAggregation(top))]';
    expect(await found(view, aggregate, empty)).toEqual(truth(windowMs, of));
  });
});

describe('states that the view aggregates gives', () => {
  /** Of the whole stream, all windows merged. */
  const mergedOf = async (aggregate: string, expression: string): Promise<unknown> => {
    const [row] = await running.admin.query<{ merged: unknown }>(
      `SELECT ${expression} AS merged FROM touchstone.aggregates WHERE stream = 'bids' AND cut = '' AND aggregate = {aggregate:String}`,
      { aggregate },
    );
    return row?.merged;
  };

  it.each<[string, string, unknown]>([
    ['latencyMs', 'quantileExactWeightedArray(0.99)(nodes.1, nodes.2)', quantile(EVENTS, 0.99)],
    ['urls', 'toUInt32(uniqCombined64Merge(12)(texts))', distinct(EVENTS.map(({ url }) => url))],
    ['topSellers', sortedTop('approx_top_kMerge(64, 64)(top)'), frequencies(EVENTS)],
  ])('of %s are merged over windows by %s', async (aggregate, expression, expected) => {
    expect(await mergedOf(aggregate, expression)).toEqual(expected);
  });

  it('go together with what ClickHouse makes of stored events', async () => {
    const more = Array.from({ length: 500 }, (_, at) => `https://b.example/${String(at)}`);
    const [row] = await running.admin.query<{ both: number }>(
      `SELECT toUInt32(uniqCombined64Merge(12)(texts)) AS both FROM (
         SELECT texts FROM touchstone.aggregates WHERE stream = 'bids' AND cut = '' AND aggregate = 'urls'
         UNION ALL SELECT uniqCombined64State(12)('https://b.example/' || toString(number)) FROM numbers(500))`,
    );
    expect(row?.both).toBe(distinct([...EVENTS.map(({ url }) => url), ...more]));
  });
});

describe('larger windows', () => {
  const HOUR = 3_600;
  /** A leap day's last second, a year's, the hours in which clocks go forward and back in Europe. */
  const moments = [
    Date.UTC(2028, 1, 29, 23, 59, 59, 999),
    Date.UTC(2026, 11, 31, 23, 59, 59),
    Date.UTC(2026, 2, 29, 1, 30),
    Date.UTC(2026, 9, 25, 0, 30),
    Date.UTC(2026, 9, 25, 1, 30),
  ];

  it.each([60, 300, 420, HOUR, 6 * HOUR, 24 * HOUR])(
    'of %d s begin where those of the stream do, wherever the reader lives',
    async (windowS) => {
      const rows = await running.admin.query<{ startMs: string }>(
        `SELECT toUnixTimestamp64Milli(toStartOfInterval(fromUnixTimestamp64Milli(arrayJoin({moments:Array(Int64)}), 'UTC'), toIntervalSecond({windowS:UInt32}))::DateTime64(3, 'UTC')) AS startMs
         SETTINGS session_timezone = 'Europe/Berlin'`,
        { moments, windowS },
      );
      expect(rows.map(({ startMs }) => Number(startMs))).toEqual(
        moments.map((ms) => windowStartOf(ms, windowS * 1_000)),
      );
    },
  );
});
