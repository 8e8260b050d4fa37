import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { simulate } from '../../fleet/simulate.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';
import { openFolder } from '../support/openFolder.ts';
import { fleetConfig, startWholeRun } from '../support/wholeRun.ts';

const START = Date.UTC(2026, 0, 1);
const END = START + 10 * 60_000;

let folder: Awaited<ReturnType<typeof openFolder>>;
let server: TestEngine;

beforeAll(async () => {
  folder = await openFolder();
  server = await startTestEngine();
  await simulate(join(folder.path, 'logs'), { servers: 3, requestsPerSecond: 20, startMs: START, endMs: END });
});

afterAll(async () => {
  await server.stop();
  await folder.remove();
});

describe('with a ClickHouse elsewhere', () => {
  it('embeds none, and stores there in the database that the config names', async () => {
    const { user, password } = server.engine.admin;
    const config = fleetConfig(join(folder.path, 'data'), join(folder.path, 'logs'), {
      clickhouse: { url: server.engine.url, user, password, database: 'ads' },
    });
    const run = await startWholeRun(config);
    await run.judgedUntil(END - 120_000);
    await run.stop();
    expect(run.store.investigator).toBeUndefined();
    const [row] = await server.admin.query<{ rows: string; judged: string; mine: string }>(
      `SELECT (SELECT count() FROM ads.events_requests) AS rows, (SELECT count() FROM ads.windows WHERE stream = 'requests') AS judged,
              (SELECT count() FROM system.tables WHERE database = 'touchstone') AS mine`,
    );
    expect(Number(row?.rows)).toBeGreaterThan(5_000);
    expect(Number(row?.judged)).toBeGreaterThanOrEqual(8);
    expect(row?.mine).toBe('0');
  });
});
