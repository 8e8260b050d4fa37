import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { wholeWindow } from '../../api/wholeWindow.ts';
import { ReadStore } from '../../core/store/readStore.ts';
import { WindowStore } from '../../core/store/windowStore.ts';
import { simulate } from '../../fleet/simulate.ts';
import { fleetConfig, startWholeRun, type WholeRun } from '../support/wholeRun.ts';

const START_MS = Date.UTC(2026, 0, 1, 12);
const minute = (at: number): number => START_MS + at * 60_000;
const MINUTES = 12;

let dir: string;
let run: WholeRun;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'touchstone-roster-'));
  await simulate(join(dir, 'logs'), {
    ...{ seed: 7, servers: 3, regions: ['eu'], requestsPerSecond: 12, chunkMs: 300_000 },
    ...{ startMs: START_MS, endMs: minute(MINUTES), faults: [] },
  });
  const { streams } = fleetConfig(join(dir, 'data'), join(dir, 'logs'));
  const declared = [
    { from: new Date(minute(4)).toISOString(), servers: ['eu-01', 'eu-02', 'eu-09'] },
    { from: new Date(minute(8)).toISOString(), servers: ['eu-01', 'eu-02', 'eu-03'] },
  ];
  const requests = { ...streams['requests'], roster: { declared } };
  run = await startWholeRun(
    fleetConfig(join(dir, 'data'), join(dir, 'logs'), {
      streams: { ...streams, requests },
      plugins: { completeness: {} },
    }),
  );
  await run.judgedUntil(minute(MINUTES - 2));
});

afterAll(async () => {
  await run.stop();
  rmSync(dir, { recursive: true, force: true });
});

const serversAt = async (at: number) => {
  const { store, config } = run;
  const windows = new WindowStore(store.connection, 'touchstone');
  const parts = { config, windows, read: new ReadStore(store.connection, 'touchstone') };
  return wholeWindow(parts, { stream: 'requests', startMs: minute(at) }, '');
};

it('versions of a roster are rows: first who was seen, then who is declared', async () => {
  const rows = await run.store.connection.query(
    `SELECT (toUnixTimestamp64Milli(since) - ${String(START_MS)}) / 60000 AS at, isDeclared, servers, joined, left
     FROM touchstone.rosters WHERE stream = 'requests' ORDER BY since`,
  );
  const [one, two, three, nine] = ['eu-01', 'eu-02', 'eu-03', 'eu-09'];
  expect(rows).toEqual([
    { at: 0, isDeclared: false, servers: [], joined: [], left: [] },
    { at: 1, isDeclared: false, servers: [one, two, three], joined: [one, two, three], left: [] },
    { at: 4, isDeclared: true, servers: [one, two, nine], joined: [nine], left: [three] },
    { at: 8, isDeclared: true, servers: [one, two, three], joined: [three], left: [nine] },
  ]);
});

it('windows name their version', async () => {
  const rows = await run.store.connection.query<{ at: number; since: number }>(
    `SELECT (toUnixTimestamp64Milli(windowStart) - ${String(START_MS)}) / 60000 AS at, (toUnixTimestamp64Milli(assumeNotNull(rosterSince)) - ${String(START_MS)}) / 60000 AS since
     FROM touchstone.windows WHERE stream = 'requests' AND at < 10 ORDER BY at`,
  );
  expect(rows.map(({ since }) => since)).toEqual([0, 1, 1, 1, 4, 4, 4, 4, 8, 8]);
});

it('who is declared is missed though nobody ever heard of it, as long as it is declared', async () => {
  const rows = await run.store.connection.query<{ at: number }>(
    `SELECT (toUnixTimestamp64Milli(windowStart) - ${String(START_MS)}) / 60000 AS at FROM touchstone.findings
     WHERE stream = 'requests' AND check = 'server-silent' AND labels['server'] = 'eu-09' ORDER BY at`,
  );
  expect(rows.map(({ at }) => at)).toEqual([4, 5, 6, 7]);
});

it('a window tells whom it expected, and who sent without being expected', async () => {
  const window = await serversAt(5);
  expect(window?.roster).toEqual({ since: new Date(minute(4)).toISOString(), isDeclared: true, servers: 3 });
  expect(window?.servers.map(({ server, isExpected, received }) => [server, isExpected, received > 0])).toEqual([
    ['eu-01', true, true],
    ['eu-02', true, true],
    ['eu-03', false, true],
    ['eu-09', true, false],
  ]);
});

it('whose clock is off can be asked in SQL', async () => {
  const now = Date.now();
  const rows = ['s1', 's2', 's3'].flatMap((server, place) =>
    [0, 1, 2].map((at) => {
      const behindMs = place === 2 ? -150_000 : place * 500;
      return `('clocks', fromUnixTimestamp64Milli(${String(now + (at - 5) * 60_000)}), 'server=${server}', 'p', 0, 1, 1, fromUnixTimestamp64Milli(${String(now + (at - 3) * 60_000 + behindMs)}))`;
    }),
  );
  await run.store.connection.command(
    `INSERT INTO touchstone.arrival_rows (stream, windowStart, series, partition, since, through, events, arrivedAt) VALUES ${rows.join(', ')}`,
  );
  const clocks = await run.store.connection.query(
    `SELECT server, toInt64(windows) AS windows, toInt64(behindMs) AS behindMs FROM touchstone.server_clocks(hours = 1) WHERE stream = 'clocks' ORDER BY server`,
  );
  expect(clocks).toEqual([
    { server: 's1', windows: '3', behindMs: '0' },
    { server: 's2', windows: '3', behindMs: '500' },
    { server: 's3', windows: '3', behindMs: '-150000' },
  ]);
});
