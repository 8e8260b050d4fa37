import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { thresholdProblem } from '../../api/thresholdProblem.ts';
import { MIGRATIONS } from '../../cli/openStore.ts';
import { type Rule, ruleSpec } from '../../core/alerts/rule.ts';
import { thresholdSpec } from '../../core/alerts/threshold.ts';
import { streamsConfig } from '../../core/config/streamConfig.ts';
import { AlertBook, type ChangedAlert } from '../../core/pipeline/control/alertBook.ts';
import { ThresholdNews } from '../../core/pipeline/control/thresholdNews.ts';
import { ArrivalStore } from '../../core/store/arrivalStore.ts';
import { migrate } from '../../core/store/migrate.ts';
import { WindowStore } from '../../core/store/windowStore.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';

const START_MS = Date.UTC(2026, 10, 24, 12);
const END_MS = START_MS + 60_000;
const streams = streamsConfig.parse({
  requests: {
    fields: { ts: 'time', server: 'category', exchange: 'category' },
    cuts: [[], ['exchange']],
    ready: { halfWidth: 0.01, confidence: 0.95, maxWaitMs: 900_000 },
  },
});

let running: TestEngine;

beforeAll(async () => {
  running = await startTestEngine();
  await migrate(running.admin, { dir: MIGRATIONS, database: 'touchstone', ttlDays: 3_650 });
  await running.admin.command(
    `INSERT INTO touchstone.aggregate_kinds VALUES ('requests', 'exchange', 'events', 'count', now64())`,
  );
  await count({ x1: 90, x2: 10 }, 1);
});

afterAll(() => running.stop());

/** What is there of each exchange. */
async function count(events: Readonly<Record<string, number>>, through: number): Promise<void> {
  for (const [exchange, n] of Object.entries(events))
    await running.admin.command(
      `INSERT INTO touchstone.aggregate_cells SELECT 'requests', fromUnixTimestamp64Milli({startMs:Int64}), 'exchange', {series:String}, 'p', 0, {through:UInt64},
         map('events', CAST(reinterpretAsFixedString(toUInt64({n:UInt64})), 'String')), now64()`,
      { startMs: START_MS, series: `exchange=${exchange}`, through, n },
    );
}

/** What all events of the window are said to come to, so long after its end. */
const estimate = (
  ageMs: number,
  observed: number,
  [low, value, high]: readonly [number, number, number],
): Promise<void> =>
  new ArrivalStore(running.admin, 'touchstone').saveEstimates('requests', [
    {
      ...{ startMs: START_MS, endMs: END_MS, nowMs: END_MS + ageMs, observed, value },
      intervals: [{ confidence: 0.95, low, high }],
      ...{
        basis: low === high ? 'whole' : 'peers',
        silentShare: 0,
        missing: [],
        metrics: [],
        memo: '',
        ...{ serversExpected: 2, serversArrived: 1 },
        isEnough: low === high,
      },
    },
  ]);

const ruleOf = (bound: object): Rule => ({
  ...ruleSpec.parse({ name: 'few requests', threshold: { stream: 'requests', cut: ['exchange'], ...bound } }),
  id: JSON.stringify(bound),
});

describe('a rule with a threshold', () => {
  it('fires while the window is open as soon as its whole interval is beyond, of each series by itself, and follows what comes later', async () => {
    const store = new WindowStore(running.admin, 'touchstone');
    const news = new ThresholdNews({ streams, database: 'touchstone', store, book: new AlertBook([]) });
    const rules = [ruleOf({ below: 25 }), ruleOf({ above: 100 })];
    const told = async (ageMs: number) =>
      (await news.next(rules, END_MS + ageMs)).map(({ after }: ChangedAlert) => [
        after.ruleId,
        after.labels['exchange'],
        after.latest.text,
        after.status,
      ]);

    // Of 100 events 100 to 200 are to come: x2 will have 10 to 20 of them, x1 90 to 180.
    await estimate(1_000, 100, [100, 150, 200]);
    expect(await told(2_000)).toEqual([
      ['{"below":25}', 'x2', 'events of requests{exchange=x2} is 15 (10 to 20), below 25.', 'firing'],
    ]);
    // Nothing new, nothing told.
    expect(await told(4_000)).toEqual([]);

    await count({ x1: 120, x2: 30 }, 2);
    await estimate(60_000, 150, [150, 150, 150]);
    const later = await told(61_000);
    // Where x2 was found to have enough after all its alert does not stand; x1 came out above.
    expect(later).toContainEqual([
      '{"above":100}',
      'x1',
      'events of requests{exchange=x1} is 120 (120 to 120), above 100.',
      'firing',
    ]);
    expect(later.find(([, exchange]) => exchange === 'x2')?.[3]).not.toBe('firing');
  });

  it('is refused when it can never be decided on, with what there is', () => {
    const problem = (spec: object) => thresholdProblem(thresholdSpec.parse({ above: 1, ...spec }), streams);
    expect(problem({ stream: 'requests', cut: ['exchange'] })).toBeUndefined();
    expect(problem({ stream: 'clicks' })).toBe(
      'threshold.stream: there is no stream of events clicks; choose from requests',
    );
    expect(problem({ stream: 'requests', metric: 'revenue' })).toBe(
      'threshold.metric: requests has no value or ratio revenue; choose from events',
    );
    expect(problem({ stream: 'requests', cut: ['device'] })).toBe(
      'threshold.cut: requests is not cut by device; choose from [], [exchange]',
    );
  });
});
