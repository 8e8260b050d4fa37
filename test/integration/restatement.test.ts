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
    await write('s3', 'late', [ago(9)]);
    await expect.poll(() => windowAt(ago(9)), { timeout: 20_000 }).toMatchObject({ revision: 1, events: 180 });
    expect(await windowAt(ago(10))).toMatchObject({ revision: 0, events: 120 });
    expect(await windowAt(ago(8))).toMatchObject({ revision: 0, events: 120 });
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
  });
});
