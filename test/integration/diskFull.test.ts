import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bids, type BidsRun, startBidsRun } from '../support/bidsRun.ts';
import { until, wait } from '../support/touchstoneChild.ts';
import type { WholeRun } from '../support/wholeRun.ts';

const DISK_BYTES = 300 << 20;
const before = process.env['TMPDIR'];
const disk = mkdtempSync(join(tmpdir(), 'disk-'));
let isMounted = false;
let world: BidsRun | undefined;
let run: WholeRun | undefined;

beforeAll(async () => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(DISK_BYTES)},mode=1777`, 'tmpfs', disk], {
      stdio: 'ignore',
    });
    isMounted = true;
  } catch {
    process.stderr.write('\n*** NOT TESTED: a full disk, since no tmpfs may be mounted here ***\n');
    return;
  }
  process.env['TMPDIR'] = disk;
  world = await startBidsRun();
  run = await world.start();
});

afterAll(async () => {
  await run?.stop();
  await world?.stop();
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
  if (isMounted) execFileSync('umount', ['-l', disk]);
  rmSync(disk, { recursive: true, force: true });
});

const rows = async (): Promise<{ rows: string; distinct: string } | undefined> =>
  (
    await world?.engine.admin.query<{ rows: string; distinct: string }>(
      'SELECT count() AS rows, uniqExact(partition, offset) AS distinct FROM touchstone.events_bids',
    )
  )?.[0];

describe('a store without room', () => {
  it('holds up what is to be stored, as the engine refuses it, and nothing is lost or twice when there is room again', async () => {
    const other = await startBidsRun();
    const reading = await other.start();
    const rowsThere = async (): Promise<unknown> =>
      other.engine.admin.query(
        'SELECT count() AS rows, uniqExact(partition, offset) AS distinct FROM touchstone.events_bids',
      );
    const wants = (bytes: number): Promise<void> =>
      other.engine.admin.command(
        `ALTER TABLE touchstone.events_bids MODIFY SETTING min_free_disk_bytes_to_perform_insert = ${String(bytes)}`,
      );
    await wants(1e18);
    other.append('s1/a', bids('s1', 500));
    await until('it says so', () => reading.running.notReady() === 'the store is away');
    expect(await rowsThere()).toEqual([{ rows: '0', distinct: '0' }]);
    await wants(0);
    await until('all are stored', async () => JSON.stringify(await rowsThere()).includes('"rows":"500"'));
    expect(await rowsThere()).toEqual([{ rows: '500', distinct: '500' }]);
    await reading.stop();
    await other.stop();
  });

  it('on a disk that is really full holds up what is stored on it, too', async (context) => {
    if (world === undefined || run === undefined) return context.skip();
    world.append('s1/a', bids('s1', 500));
    await until('the first are stored', async () => (await rows())?.rows === '500');
    // They are on the disk before it is full: their log is on it, too, and a new name takes no room.
    const log = join(world.logs, 'bids', 's1', 'b.ndjson');
    writeFileSync(`${log}.next`, bids('s1', 500, 500));
    const filler = join(disk, 'filler');
    // What is left is less than a part needs.
    const { bavail, bsize } = statfsSync(disk);
    try {
      writeFileSync(filler, Buffer.alloc(bavail * bsize - (200 << 10)));
    } catch (error) {
      // The engine was quicker: nothing is left.
      expect(error).toMatchObject({ code: 'ENOSPC' });
    }
    renameSync(`${log}.next`, log);
    await until('it says so', () => run?.running.notReady() === 'the store is away');
    await wait(2_000);
    rmSync(filler);
    await until('all are stored', async () => (await rows())?.rows === '1000');
    expect(await rows()).toEqual({ rows: '1000', distinct: '1000' });
  });
});
