import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wholeWindow } from '../../api/wholeWindow.ts';
import { MIGRATIONS } from '../../cli/openStore.ts';
import { ruleSpec } from '../../core/alerts/rule.ts';
import { estimatedMetrics, summedAggregates } from '../../core/config/estimatedMetrics.ts';
import type { EventsStreamConfig } from '../../core/config/streamConfig.ts';
import { AlertBook } from '../../core/pipeline/control/alertBook.ts';
import { StreamIngest } from '../../core/pipeline/ingest/streamIngest.ts';
import { ThresholdNews } from '../../core/pipeline/control/thresholdNews.ts';
import { Outlook } from '../../core/pipeline/judge/outlook.ts';
import { WindowSums } from '../../core/pipeline/judge/windowSums.ts';
import { saveAggregateKinds, saveServerCuts } from '../../core/store/aggregateKinds.ts';
import { ArrivalStore } from '../../core/store/arrivalStore.ts';
import { writeCellBlock } from '../../core/store/cellTable.ts';
import { migrate } from '../../core/store/migrate.ts';
import { NativeWriter } from '../../core/store/nativeWriter.ts';
import { ReadStore } from '../../core/store/readStore.ts';
import { WindowStore } from '../../core/store/windowStore.ts';
import { namedMetrics } from '../../core/windows/planOf.ts';
import { PartitionCells } from '../../core/windows/partitionCells.ts';
import { OpenWindowEstimator } from '../../plugins/completeness/estimator.ts';
import { bidLine, bidsConfig, bytesOf } from '../support/adStream.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';

const MINUTE = 60_000;
const START_MS = Date.UTC(2026, 10, 24, 12);
const database = 'touchstone';
const SERVERS = ['s1', 's2', 's3', 'dear'];
const declared = {
  cuts: [[], ['exchange']],
  aggregates: { revenueMicros: { sum: 'priceMicros' }, dearest: { max: 'priceMicros' } },
  metrics: {
    events: { value: 'events' },
    perEvent: { ratio: ['revenueMicros', 'events'] },
    dearest: { value: 'dearest' },
  },
  ready: { metric: 'revenueMicros', halfWidth: 0.02, confidence: 0.95, maxWaitMs: 900_000 },
};
const config = bidsConfig(declared);
const stream = config.streams['bids'] as EventsStreamConfig;
const ingest = new StreamIngest('bids', config, []);

let running: TestEngine;
let outlook: Outlook;
let nowMs = START_MS;
const minute = (at: number): number => START_MS + at * MINUTE;

beforeAll(async () => {
  running = await startTestEngine();
  await migrate(running.admin, { dir: MIGRATIONS, database, ttlDays: 3_650 });
  await saveAggregateKinds(running.admin, database, [ingest.windows.plan], START_MS);
  await saveServerCuts(running.admin, database, new Map([['bids', 'server']]), START_MS);
  await running.admin.command(
    `CREATE TABLE ${database}.events_packets (server String, region Nullable(String), time DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY time`,
  );
  const asked = estimatedMetrics(stream);
  const store = new ArrivalStore(running.admin, database);
  outlook = new Outlook({
    ...{
      stream: 'bids',
      windowMs: MINUTE,
      latenessMs: 4 * 60 * MINUTE,
      packets: undefined,
      store,
      ready: stream.ready,
    },
    estimator: new OpenWindowEstimator({
      ...{ stream: 'bids', windowMs: MINUTE, latenessMs: 4 * 60 * MINUTE },
      ...{ confidences: [0.8, 0.95], metrics: namedMetrics(asked) },
    }),
    roster: { seenForMs: 86_400_000, declared: [] },
    sums: new WindowSums({ stream: 'bids', cut: 'server', aggregates: summedAggregates(asked), store: store.sums }),
    heardMs: () => nowMs,
    onBroken: (error) => {
      throw error;
    },
  });
});

afterAll(() => running.stop());

const partitions = new Map(SERVERS.map((server) => [server, { cells: new PartitionCells(ingest.windows), offset: 0 }]));

/** A price of the minute; a server's are all near each other, and go their own ways. */
const priceOf = (server: string, at: number): number =>
  Math.round((server === 'dear' ? 100_000 : 1_000) * (1 + 0.05 * Math.sin(at * (1.3 + SERVERS.indexOf(server)))));

/** Ten events of a server in each of the minutes, all there at once. */
async function arrive(server: string, minutes: readonly number[], arrivedAtMs: number): Promise<void> {
  const partition = partitions.get(server);
  if (partition === undefined) throw new RangeError(server);
  const lines = minutes.flatMap((at) =>
    Array.from({ length: 10 }, (_, second) =>
      bidLine({
        ts: minute(at) + second * 1_000,
        server,
        exchange: server === 'dear' ? 'x2' : 'x1',
        priceMicros: priceOf(server, at),
      }),
    ),
  );
  const bytes = bytesOf(lines.join(''));
  partition.cells.grow(ingest.decode({ bytes, offset: partition.offset, partition: server }, arrivedAtMs));
  partition.offset += bytes.length;
  const writer = new NativeWriter();
  writeCellBlock(writer, ingest.windows.plan, partition.cells.takeChanged(), { partition: server, arrivedAtMs });
  await running.admin.insertBytes({ table: `${database}.aggregate_cells`, format: 'Native', body: writer.take() });
}

const revenueOf = (at: number, servers = SERVERS): number =>
  servers.reduce((sum, server) => sum + 10 * priceOf(server, at), 0);

const window = (at: number, cut: string) =>
  wholeWindow(
    { config, read: new ReadStore(running.admin, database), windows: new WindowStore(running.admin, database) },
    { stream: 'bids', startMs: minute(at) },
    cut,
  );

describe('sums and ratios of open windows', () => {
  it('are estimated by what is missing of which server, and readiness is asked of the contract’s', async () => {
    const past = Array.from({ length: 130 }, (_, at) => at - 130);
    for (const server of SERVERS) await arrive(server, past, START_MS);
    nowMs = minute(0) + 1_000;
    await outlook.look();
    for (let at = 0; at < 4; at++) {
      for (const server of SERVERS) await arrive(server, [at], minute(at + 1) + 500);
      nowMs = minute(at + 1) + 1_000;
      await outlook.look();
    }
    // The dear one is late.
    for (const server of SERVERS.slice(0, 3)) await arrive(server, [4], minute(5) + 500);
    nowMs = minute(5) + 1_000;
    await outlook.look();

    const open = await window(4, '');
    const [revenue, perEvent] = ['revenueMicros', 'perEvent'].map((name) =>
      open?.estimate?.metrics.find(({ metric }) => metric === name),
    );
    expect(open?.estimate).toMatchObject({ isEnough: false, observed: 30 });
    expect(revenue?.observed).toBe(revenueOf(4, SERVERS.slice(0, 3)));
    expect(Math.abs((revenue?.value ?? 0) / revenueOf(4) - 1)).toBeLessThan(0.1);
    expect(Math.abs((perEvent?.value ?? 0) / (revenueOf(4) / 40) - 1)).toBeLessThan(0.1);
    for (const [one, truth] of [
      [revenue, revenueOf(4)],
      [perEvent, revenueOf(4) / 40],
    ] as const) {
      const { low, high } = one?.intervals.find(({ confidence }) => confidence === 0.95) ?? {};
      expect(low).toBeLessThan(truth);
      expect(high).toBeGreaterThan(truth);
    }
    // By series: sums are scaled, extremes are at least what is there, ratios are as observed.
    const ofCut = (metric: string) => open?.metrics.find((one) => one.metric === metric);
    expect(ofCut('perEvent')?.estimate).toMatchObject({ value: perEvent?.value });
    expect(ofCut('revenueMicros')?.estimate).toMatchObject({ value: revenue?.value });
    expect(ofCut('dearest')?.estimate).toMatchObject({
      low: Math.max(...SERVERS.slice(0, 3).map((server) => priceOf(server, 4))),
      high: null,
    });
    const cut = (await window(4, 'exchange'))?.metrics ?? [];
    expect(cut.map(({ series, metric, estimate }) => [series, metric, estimate === null])).toContainEqual([
      'exchange=x1',
      'perEvent',
      true,
    ]);
    // Without the dear one nobody can decide by the revenue; of the cheap ones one may be missing.
    nowMs = minute(6) + 1_000;
    for (const server of ['s1', 's2', 'dear']) await arrive(server, server === 'dear' ? [4, 5] : [5], minute(6) + 500);
    await outlook.look();
    expect((await window(4, ''))?.estimate).toMatchObject({ isEnough: true, observed: 40 });
    expect((await window(5, ''))?.estimate).toMatchObject({ isEnough: true, observed: 30 });
  });

  it('are in SQL, a row each', async () => {
    const rows = await running.admin.query(
      `SELECT metric, observed, value > observed AS isMore, low95 <= value AND value <= high95 AS isWithin, isEnough FROM ${database}.metric_estimates
       WHERE stream = 'bids' AND windowStart = fromUnixTimestamp64Milli({startMs:Int64}) ORDER BY estimatedAt, metric LIMIT 2`,
      { startMs: minute(4) },
    );
    expect(rows).toMatchObject([
      { metric: 'perEvent', isMore: 1, isWithin: 1, isEnough: false },
      { metric: 'revenueMicros', observed: revenueOf(4, SERVERS.slice(0, 3)), isMore: 1, isWithin: 1 },
    ]);
  });

  it('are what rules with a threshold decide on', async () => {
    const ruleOf = (id: string, bound: object) => ({
      ...ruleSpec.parse({ name: id, threshold: { stream: 'bids', ...bound } }),
      id,
    });
    const news = new ThresholdNews({
      ...{ streams: config.streams, database, book: new AlertBook([]) },
      store: new WindowStore(running.admin, database),
    });
    await arrive('s1', [6], minute(7) + 500);
    nowMs = minute(7) + 1_000;
    await outlook.look();
    const { low = 0, high = 0 } =
      (await window(6, ''))?.metrics.find(({ metric }) => metric === 'perEvent')?.estimate ?? {};
    const changed = await news.next(
      [
        ruleOf('surely more', { metric: 'perEvent', above: (low ?? 0) - 1 }),
        ruleOf('perhaps more', { metric: 'perEvent', above: ((low ?? 0) + (high ?? 0)) / 2 }),
        ruleOf('not more', { metric: 'perEvent', above: (high ?? 0) + 1 }),
      ],
      nowMs,
    );
    const ofWindow = changed.filter(({ after }) => after.latest.startMs === minute(6));
    expect(low).toBeLessThan(high ?? 0);
    expect(ofWindow.map(({ after }) => after.ruleId)).toEqual(['surely more']);
  });

  it('are learned from once they are final', async () => {
    await running.admin.command(
      `INSERT INTO ${database}.window_revisions (stream, windowStart, windowEnd, state, events, serversExpected, serversArrived, judgedAt)
       SELECT stream, windowStart, any(windowEnd), 'sealed', 40, 4, 4, now64() FROM ${database}.window_estimates GROUP BY stream, windowStart`,
    );
    nowMs = minute(5 * 60);
    await outlook.look();
    await outlook.save();
    const state = await new ArrivalStore(running.admin, database).state('bids');
    const { estimator } = JSON.parse(state?.state ?? '{}') as {
      estimator: { metrics: Record<string, { conformal: unknown[]; servers: unknown[] }> };
    };
    expect(Object.keys(estimator.metrics).sort()).toEqual(['revenueMicros', 'revenueMicros/events']);
    for (const { conformal, servers } of Object.values(estimator.metrics)) {
      expect(conformal).not.toEqual([]);
      expect(servers).toHaveLength(4);
    }
  });
});
