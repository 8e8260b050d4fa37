import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bidLine, bidsConfig } from '../support/adStream.ts';
import { openFolder } from '../support/openFolder.ts';
import { startWholeRun, type WholeRun } from '../support/wholeRun.ts';

const MINUTE = 60_000;
/** Start of a minute so many minutes ago. */
const nowMs = Math.floor(Date.now() / MINUTE) * MINUTE;
const ago = (minutes: number): number => nowMs - minutes * MINUTE;

let folder: Awaited<ReturnType<typeof openFolder>>;
let run: WholeRun;

/** Writes a closed log of one server: an event a second in each of the minutes. */
async function write(server: string, name: string, minutesMs: readonly number[]): Promise<void> {
  const dir = join(folder.path, 'logs', 'bids', server);
  await mkdir(dir, { recursive: true });
  const times = minutesMs.flatMap((startMs) => Array.from({ length: 60 }, (_, second) => startMs + second * 1_000));
  await writeFile(join(dir, `${name}.ndjson`), times.map((ts, at) => bidLine({ ts, server, seq: at + 1 })).join(''));
  await writeFile(join(dir, `${name}.manifest.json`), JSON.stringify({ server, stream: 'bids', events: times.length }));
}

interface Stood {
  readonly state: string;
  readonly revision: number;
  readonly events: number;
  readonly tooLate: number;
}

async function windowAt(startMs: number): Promise<Stood | undefined> {
  const [row] = await run.store.connection.query<Record<keyof Stood, string>>(
    `SELECT state, revision, events, tooLate FROM touchstone.windows WHERE windowStart = fromUnixTimestamp64Milli({startMs:Int64})`,
    { startMs },
  );
  return row === undefined
    ? undefined
    : { state: row.state, revision: Number(row.revision), events: Number(row.events), tooLate: Number(row.tooLate) };
}

const hourOf = (timeMs: number): number => Math.floor(timeMs / 3_600_000) * 3_600_000;

/** Events of the hour that holds a time: as larger windows are read, as the sum of its windows, and how often its windows were restated. */
async function hourAt(timeMs: number): Promise<{ over: number; sum: number; revision: number }> {
  const hour = { startMs: hourOf(timeMs) };
  const [over] = await run.store.connection.query<{ value: number }>(
    `SELECT value FROM touchstone.aggregates_over(windowS = 3600)
     WHERE stream = 'bids' AND cut = '' AND aggregate = 'events' AND windowStart = fromUnixTimestamp64Milli({startMs:Int64})`,
    hour,
  );
  const [parts] = await run.store.connection.query<{ events: string; revisions: string }>(
    `SELECT sum(w.events + w.tooLate) AS events, sum(w.revision) AS revisions FROM touchstone.windows AS w
     WHERE stream = 'bids' AND toStartOfInterval(windowStart, toIntervalSecond(3600)) = fromUnixTimestamp64Milli({startMs:Int64})`,
    hour,
  );
  return { over: over?.value ?? 0, sum: Number(parts?.events), revision: Number(parts?.revisions) };
}

beforeAll(async () => {
  folder = await openFolder();
  await write('s1', 'first', [ago(300), ago(299), ago(10), ago(9), ago(8)]);
  await write('s2', 'first', [ago(300), ago(299), ago(10), ago(9), ago(8)]);
  const config = {
    ...bidsConfig({ waitMs: 0, latenessMs: 3_600_000 }),
    data: join(folder.path, 'data'),
    source: { kind: 'files' as const, dirs: [join(folder.path, 'logs')], pollMs: 50 },
  };
  run = await startWholeRun({ ...config, clickhouse: { ...config.clickhouse, port: 0 } });
  await run.judgedUntil(ago(7));
});

afterAll(async () => {
  await run.stop();
  await folder.remove();
});

describe('a late event', () => {
  it('gives its window the next revision, and no other', async () => {
    expect(await windowAt(ago(9))).toMatchObject({ revision: 0, events: 120 });
    const hour = await hourAt(ago(9));
    expect(hour).toMatchObject({ over: hour.sum, revision: 0 });
    await write('s3', 'late', [ago(9)]);
    await expect.poll(() => windowAt(ago(9)), { timeout: 20_000 }).toMatchObject({ revision: 1, events: 180 });
    expect(await windowAt(ago(10))).toMatchObject({ revision: 0, events: 120 });
    expect(await windowAt(ago(8))).toMatchObject({ revision: 0, events: 120 });
    // Larger windows are merged of their parts when they are read, so they follow.
    expect(await hourAt(ago(9))).toEqual({ over: hour.over + 60, sum: hour.sum + 60, revision: 1 });
  });

  it('changes nothing of a sealed window, and is counted as too late', async () => {
    await expect.poll(() => windowAt(ago(300)), { timeout: 20_000 }).toMatchObject({ state: 'sealed', events: 120 });
    await write('s3', 'too-late', [ago(300)]);
    await expect
      .poll(() => windowAt(ago(300)), { timeout: 20_000 })
      .toEqual({ state: 'sealed', revision: 0, events: 120, tooLate: 60 });
    const [stored] = await run.store.connection.query<{ n: string }>(
      `SELECT count() AS n FROM touchstone.events_bids WHERE time < fromUnixTimestamp64Milli({untilMs:Int64})`,
      { untilMs: ago(299) },
    );
    expect(stored?.n).toBe('180');
    // They are in larger windows as they are in the rows.
    const hour = await hourAt(ago(300));
    expect(hour).toEqual({ over: hour.sum, sum: hourOf(ago(300)) === hourOf(ago(299)) ? 300 : 180, revision: 0 });
  });
});
