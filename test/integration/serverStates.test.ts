import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JudgeStore } from '../../core/store/judgeStore.ts';
import { simulate } from '../../fleet/simulate.ts';
import { fleetConfig, startWholeRun, type WholeRun } from '../support/wholeRun.ts';

const START_MS = Date.UTC(2026, 0, 1, 12);
const minute = (at: number): number => START_MS + at * 60_000;
const MINUTES = 25;

interface Found {
  readonly check: string;
  readonly at: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string | number>>;
}

let dir: string;
let run: WholeRun;
let found: Found[];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'touchstone-states-'));
  await simulate(join(dir, 'logs'), {
    seed: 5,
    servers: 4,
    regions: ['eu'],
    requestsPerSecond: 12,
    chunkMs: 300_000,
    startMs: START_MS,
    endMs: minute(MINUTES),
    faults: [
      { kind: 'lost-lines', servers: ['eu-01'], stream: 'requests', startMs: minute(10), endMs: minute(12), size: 0.2 },
      { kind: 'dead', servers: ['eu-02'], startMs: minute(14), endMs: minute(16) },
      { kind: 'duplicate-chunk', servers: ['eu-03'], stream: 'requests', startMs: minute(10), endMs: minute(15) },
      { kind: 'lost-lines', servers: ['eu-03'], stream: 'requests', startMs: minute(11), endMs: minute(12), size: 0.2 },
      { kind: 'null-rate', servers: ['eu-04'], startMs: minute(18), endMs: minute(20), size: 0.95, field: 'latencyMs' },
      { kind: 'lost-chunk', servers: ['eu-04'], stream: 'requests', startMs: minute(5), endMs: minute(10) },
    ],
  });
  run = await startWholeRun(fleetConfig(join(dir, 'data'), join(dir, 'logs'), { plugins: { completeness: {} } }));
  await run.judgedUntil(minute(MINUTES - 2));
  const rows = await run.store.connection.query<{ check: string; startMs: string; labels: object; data: string }>(
    `SELECT check, toUnixTimestamp64Milli(windowStart) AS startMs, labels, data FROM touchstone.findings
     WHERE stream = 'requests' AND plugin = 'completeness' ORDER BY windowStart, check`,
  );
  found = rows.map(({ check, startMs, labels, data }) => ({
    check,
    at: (Number(startMs) - START_MS) / 60_000,
    labels: labels as Found['labels'],
    data: typeof data === 'string' ? (JSON.parse(data) as Found['data']) : data,
  }));
});

afterAll(async () => {
  await run.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** `minute check state` of what was found of a server. */
const of = (server: string): string[] =>
  found
    .filter(({ labels }) => labels['server'] === server)
    .map(({ at, check, labels }) => [at, check, labels['state'] ?? labels['field'] ?? ''].join(' ').trim());

describe('of files with faults, a server is found to be', () => {
  it('losing what its sequence numbers leave out', () => {
    expect(of('eu-01')).toEqual(['10 incomplete lost', '11 incomplete lost']);
  });

  it('dead in the minutes without a packet, and not after its new boot', () => {
    expect(of('eu-02')).toEqual(['14 server-silent dead', '15 server-silent dead']);
  });

  it('doubling, and losing beside it', () => {
    expect(of('eu-03')).toEqual([
      '10 duplicated',
      '11 duplicated',
      '11 incomplete lost',
      '12 duplicated',
      '13 duplicated',
      '14 duplicated',
    ]);
  });

  it('late while nothing later is here, then to have lost it; and reporting without a field', () => {
    expect(of('eu-04')).toEqual([
      ...[5, 6, 7, 8, 9].map((at) => `${String(at)} incomplete late`),
      '10 lost-before',
      '18 field-null latencyMs',
      '19 field-null latencyMs',
    ]);
  });

  it('short of what its packets count, also of other metrics', () => {
    const { data } = found.find(({ at, labels }) => at === 10 && labels['server'] === 'eu-01')!;
    expect(data['match_ratio']).toBe(data['arrival_ratio']);
    for (const ratio of ['match_ratio', 'match_ratio.filled'])
      expect([ratio, Number(data[ratio]) > 0.6 && Number(data[ratio]) < 0.95]).toEqual([ratio, true]);
  });

  it('whole of every metric where nothing happened', async () => {
    const span = { fromMs: minute(3), toMs: minute(4) };
    const store = new JudgeStore(run.store.connection, 'touchstone');
    const told = (await store.announcements('packets', 'requests', span)).get(span.fromMs);
    const sums = await run.store.connection.query<{ server: string; events: string; filled: string }>(
      `SELECT server, count() AS events, sum(filled) AS filled FROM touchstone.events_requests
       WHERE time >= fromUnixTimestamp64Milli({fromMs:Int64}) AND time < fromUnixTimestamp64Milli({toMs:Int64}) GROUP BY server`,
      span,
    );
    expect(sums).toHaveLength(4);
    for (const { server, events, filled } of sums) {
      expect(told?.announced.get(server)).toBe(Number(events));
      expect([...(told?.counted.get(server) ?? [])]).toEqual([['filled', Number(filled)]]);
    }
  });
});
