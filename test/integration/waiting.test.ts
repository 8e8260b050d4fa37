import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bidLine, bidsConfig } from '../support/adStream.ts';
import { openFolder } from '../support/openFolder.ts';
import { startWholeRun, type WholeRun } from '../support/wholeRun.ts';

const MINUTE = 60_000;
const nowMs = Math.floor(Date.now() / MINUTE) * MINUTE;
/** Start of a minute so many minutes ago; 0 is the one that goes on. */
const ago = (minutes: number): number => nowMs - minutes * MINUTE;

let folder: Awaited<ReturnType<typeof openFolder>>;
let run: WholeRun;

/** Writes a log that goes on: an event a second, from a time on to before another. */
async function write(server: string, fromMs: number, toMs: number): Promise<void> {
  const dir = join(folder.path, 'logs', 'bids', server);
  await mkdir(dir, { recursive: true });
  const times = Array.from({ length: (toMs - fromMs) / 1_000 }, (_, second) => fromMs + second * 1_000);
  await writeFile(join(dir, 'a.ndjson'), times.map((ts, at) => bidLine({ ts, server, seq: at + 1 })).join(''));
}

const judged = async (): Promise<Record<string, number>> => {
  const rows = await run.store.connection.query<{ startMs: string; revision: number }>(
    `SELECT toUnixTimestamp64Milli(windowStart) AS startMs, revision FROM touchstone.windows ORDER BY windowStart`,
  );
  return Object.fromEntries(rows.map(({ startMs, revision }) => [(nowMs - Number(startMs)) / MINUTE, revision]));
};

beforeAll(async () => {
  folder = await openFolder();
  // One server is past the last whole minute; the other has stopped in the middle of it.
  await write('s1', ago(4), ago(0) + 2_000);
  await write('s2', ago(4), ago(1) + 30_000);
  const config = {
    ...bidsConfig({ waitMs: 600_000 }),
    data: join(folder.path, 'data'),
    source: { kind: 'files' as const, dirs: [join(folder.path, 'logs')], pollMs: 50 },
  };
  run = await startWholeRun({ ...config, clickhouse: { ...config.clickhouse, port: 0 } });
  await run.judgedUntil(ago(1));
});

afterAll(async () => {
  await run.stop();
  await folder.remove();
});

describe('a window that a server has not finished', () => {
  it('is waited with, also when nothing was judged before', async () => {
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(await judged()).toEqual({ '4': 0, '3': 0, '2': 0 });
  });

  it('is waited with when a late event sends judging back to the beginning', async () => {
    await write('s3', ago(3), ago(2));
    await expect.poll(judged, { timeout: 20_000 }).toMatchObject({ '3': 1 });
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(await judged()).toEqual({ '4': 0, '3': 1, '2': 0 });
  });
});
