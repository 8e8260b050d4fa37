import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DONE } from '../../cli/export/exportDir.ts';
import type { ExportReport } from '../../cli/export/exportWindows.ts';
import { UsageError } from '../../cli/usageError.ts';
import { cutOff, exported, filesUnder, hourDir, iso, manifestIn, overtaken } from '../support/exported.ts';
import {
  HOUR,
  LATER_HOURS,
  LATER_MS,
  MINUTE,
  type SealedBids,
  START_MS,
  startSealedBids,
} from '../support/sealedBids.ts';
import { CLI, NODE, ROOT, runCli, until } from '../support/touchstoneChild.ts';

const CUT = { cut: 'exchange' };
const BOTH_HOURS = { ...CUT, to: iso(START_MS + 2 * HOUR) };
const LATER = { ...CUT, from: iso(LATER_MS), to: iso(LATER_MS + LATER_HOURS * HOUR) };

let bids: SealedBids;

beforeAll(async () => {
  bids = await startSealedBids();
});

afterAll(() => bids.stop());

const outcomes = ({ files }: ExportReport): string[] => files.map(({ outcome }) => outcome);

/** Data under a folder that has a manifest must be what the manifest says. Answers how many have a marker. */
function markedHours(dir: string): number {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' });
  const marked = names.filter((name) => name.endsWith(`/${DONE}`)).map((name) => join(dir, dirname(name)));
  for (const hour of marked) {
    const { file } = manifestIn(hour);
    expect(
      createHash('sha256')
        .update(readFileSync(join(hour, file.name)))
        .digest('hex'),
    ).toBe(file.sha256);
  }
  return marked.length;
}

describe('an export', () => {
  it('tells windows that are not sealed, and leaves them out', async () => {
    const report = await exported(bids, bids.freshDir(), BOTH_HOURS);
    expect(report.notSealed).toEqual({ windows: 30, from: iso(START_MS + 90 * MINUTE) });
    expect(report.files.map(({ windows }) => windows)).toEqual([60, 30]);
    expect(existsSync(join(hourDir(report, '12'), DONE))).toBe(true);
    expect(existsSync(join(hourDir(report, '13'), DONE))).toBe(false);
    expect(manifestIn(hourDir(report, '13')).whole).toBe(false);
    expect(existsSync(join(report.dir, DONE))).toBe(true);
    const beyond = { from: iso(LATER_MS + LATER_HOURS * HOUR), to: iso(LATER_MS + (LATER_HOURS + 2) * HOUR) };
    const none = await exported(bids, bids.freshDir(), beyond);
    expect(none).toMatchObject({ files: [], notSealed: { windows: 120, from: beyond.from } });
    expect(filesUnder(none.dir).size).toBe(0);
  });

  it('finds nothing where nothing was judged', async () => {
    const report = await exported(bids, bids.freshDir(), { from: iso(START_MS - 2 * HOUR), to: iso(START_MS - HOUR) });
    expect(report).toMatchObject({ files: [], notSealed: { windows: 0, from: null } });
    expect(filesUnder(report.dir).size).toBe(0);
  });

  it('writes nothing when it is run again', async () => {
    const dir = bids.freshDir();
    const report = await exported(bids, dir, BOTH_HOURS);
    const before = filesUnder(dir);
    expect(before.size).toBe(6);
    expect(outcomes(await exported(bids, dir, BOTH_HOURS))).toEqual(['unchanged', 'unchanged']);
    expect(outcomes(await exported(bids, dir, { ...CUT, to: iso(START_MS + MINUTE) }))).toEqual(['unchanged']);
    expect(filesUnder(dir)).toEqual(before);
    // As a kill between the manifest and its marker leaves it.
    rmSync(join(hourDir(report), DONE));
    expect(outcomes(await exported(bids, dir, BOTH_HOURS))).toEqual(['unchanged', 'unchanged']);
    expect([...filesUnder(dir).keys()]).toEqual([...before.keys()]);
  });

  it('adds windows to an hour, and keeps those that are there', async () => {
    const dir = bids.freshDir();
    const first = await exported(bids, dir, { ...CUT, to: iso(START_MS + 10 * MINUTE) });
    const { windows } = manifestIn(hourDir(first));
    expect(windows).toHaveLength(10);
    const more = { ...CUT, from: iso(START_MS + 20 * MINUTE), to: iso(START_MS + 21 * MINUTE) };
    expect((await exported(bids, dir, more)).files).toMatchObject([{ outcome: 'written', windows: 11, rows: 55 }]);
    expect(manifestIn(hourDir(first)).windows.slice(0, 10)).toEqual(windows);
    expect(existsSync(join(hourDir(first), DONE))).toBe(false);
  });

  it('gives the same digests and bytes whenever and however it is run', async () => {
    const one = await exported(bids, bids.freshDir(), CUT);
    await bids.engine.admin.command('OPTIMIZE TABLE touchstone.aggregate_cells FINAL');
    const two = await exported(bids, bids.freshDir(), CUT);
    const csv = await exported(bids, bids.freshDir(), { ...CUT, format: 'csv' });
    expect(manifestIn(hourDir(two))).toEqual(manifestIn(hourDir(one)));
    expect(manifestIn(hourDir(csv)).windows).toEqual(manifestIn(hourDir(one)).windows);
    expect(new Set(manifestIn(hourDir(one)).windows.map(({ digest }) => digest)).size).toBe(60);
  });

  it('writes a window anew that was judged again, with its revision and digest, and no other', async () => {
    const dir = bids.freshDir();
    const report = await exported(bids, dir, BOTH_HOURS);
    const before = [manifestIn(hourDir(report, '12')).windows, manifestIn(hourDir(report, '13')).windows].flat();
    const restatedMs = START_MS + 61 * MINUTE;
    await bids.restate(restatedMs, 1);
    expect(outcomes(await exported(bids, dir, BOTH_HOURS))).toEqual(['unchanged', 'written']);
    const after = [manifestIn(hourDir(report, '12')).windows, manifestIn(hourDir(report, '13')).windows].flat();
    const changed = after.filter((window, at) => JSON.stringify(window) !== JSON.stringify(before[at]));
    expect(changed).toMatchObject([{ startMs: restatedMs, revision: 1, serversArrived: 4 }]);
    expect(changed[0]!.digest).not.toBe(before[61]!.digest);
  });

  it('that is overtaken by late events says of a file what is in it', async () => {
    const second = { ...BOTH_HOURS, from: iso(START_MS + HOUR) };
    const report = await exported(bids, bids.freshDir(), second, overtaken(bids, START_MS + 62 * MINUTE));
    const after = await exported(bids, bids.freshDir(), second);
    expect(manifestIn(hourDir(report, '13'))).toEqual(manifestIn(hourDir(after, '13')));
    expect(manifestIn(hourDir(report, '13')).windows[2]).toMatchObject({ revision: 1 });
  });

  it('that is cut off has no marker, leaves no half file, and goes on when it is run again', async () => {
    const dir = bids.freshDir();
    await expect(exported(bids, dir, BOTH_HOURS, cutOff(bids, 1))).rejects.toThrow('cut off');
    const root = join(dir, 'stream=bids', 'cut=exchange', 'windowMs=60000');
    expect([...filesUnder(root).keys()].map((name) => name.replace(/.*hour=/, ''))).toEqual([
      `12/${DONE}`,
      '12/_manifest.json',
      '12/windows.parquet',
    ]);
    expect(outcomes(await exported(bids, dir, BOTH_HOURS))).toEqual(['unchanged', 'written']);
    expect(existsSync(join(root, DONE))).toBe(true);
  });

  it('writes a file anew that is not what its manifest says', async () => {
    const dir = bids.freshDir();
    const report = await exported(bids, dir, CUT);
    const path = join(hourDir(report), 'windows.parquet');
    const sound = readFileSync(path);
    appendFileSync(path, 'x');
    expect(outcomes(await exported(bids, dir, CUT))).toEqual(['written']);
    expect(readFileSync(path)).toEqual(sound);
    // Of the same length: looked at when the last export did not come to its end.
    writeFileSync(
      path,
      sound.map((byte) => byte ^ 1),
    );
    rmSync(join(report.dir, DONE));
    expect(outcomes(await exported(bids, dir, CUT))).toEqual(['written']);
    expect(readFileSync(path)).toEqual(sound);
  });

  it('keeps a file whose windows the store no longer holds whole', async () => {
    const dir = bids.freshDir();
    const span = { ...CUT, from: LATER.from, to: iso(LATER_MS + 2 * HOUR) };
    const report = await exported(bids, dir, span);
    const before = filesUnder(dir);
    await bids.engine.admin.command(
      `ALTER TABLE touchstone.aggregate_cells DELETE WHERE stream = 'bids' AND windowStart = fromUnixTimestamp64Milli({ms:Int64}) SETTINGS mutations_sync = 2`,
      { ms: LATER_MS },
    );
    expect(outcomes(report)).toEqual(['written', 'written']);
    expect(outcomes(await exported(bids, dir, span))).toEqual(['kept', 'unchanged']);
    expect(filesUnder(dir)).toEqual(before);
  });

  it('refuses a folder that cannot be written to, or holds another format', async () => {
    const dir = bids.freshDir();
    writeFileSync(dir, '');
    await expect(exported(bids, dir)).rejects.toThrow(UsageError);
    const other = bids.freshDir();
    await exported(bids, other, CUT);
    const before = filesUnder(other);
    await expect(exported(bids, other, { ...CUT, format: 'csv' })).rejects.toThrow(
      /holds parquet: export csv into another/,
    );
    expect(filesUnder(other)).toEqual(before);
  });
});

describe('touchstone export', () => {
  const configFile = (): string => {
    const path = join(bids.config.data, 'touchstone.config.json');
    writeFileSync(path, JSON.stringify(bids.config));
    return path;
  };
  const argv = (dir: string, flags: Readonly<Record<string, string>>, ...more: string[]): string[] => [
    ...['export', '--config', configFile(), '--stream', 'bids', ...more],
    ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
    dir,
  ];
  const cli = (dir: string, flags: Readonly<Record<string, string>>, ...more: string[]): ReturnType<typeof runCli> =>
    runCli(argv(dir, flags, ...more), { dataDir: bids.config.data, clickhousePort: 0 });
  const span = { from: iso(START_MS), to: iso(START_MS + HOUR) };

  it('answers 1 when some windows are not sealed, 0 when that is enough, 2 when used wrongly', async () => {
    const [enough, open, wrong] = await Promise.all([
      cli(bids.freshDir(), { ...span, to: BOTH_HOURS.to }, '--sealed-only', '--json'),
      cli(bids.freshDir(), { ...span, to: BOTH_HOURS.to }, '--events'),
      cli(configFile(), span),
    ]);
    expect(enough.stderr).toContain('exporting bids');
    expect(JSON.parse(enough.stdout)).toMatchObject({
      stream: 'bids',
      cut: [],
      files: [{ windows: 60 }, { windows: 30 }],
    });
    expect(open.stderr).toContain(
      `30 windows are not sealed yet and left out, the first at ${iso(START_MS + 90 * MINUTE)}`,
    );
    expect(open.stdout).toMatch(/^90 windows with 27\d\d rows in 2 files of [\d.]+ MB, 2 of them written now: /);
    expect(wrong.stderr).toContain('cannot be written to');
    expect([enough, open, wrong].map(({ code }) => code)).toEqual([0, 1, 2]);
  });

  it('killed in the middle has no marker above its hours, and only whole files under names of data', async () => {
    const dir = bids.freshDir();
    mkdirSync(dir);
    const child = spawn(NODE, [CLI, ...argv(dir, LATER)], { cwd: ROOT, stdio: 'ignore' });
    const root = join(dir, 'stream=bids', 'cut=exchange', 'windowMs=60000');
    const exited = new Promise((resolve) =>
      child.once('exit', (_, signal) => {
        resolve(signal);
      }),
    );
    await until('three hours are exported', () => existsSync(root) && markedHours(root) >= 3);
    child.kill('SIGKILL');
    expect(await exited).toBe('SIGKILL');
    expect(existsSync(join(root, DONE))).toBe(false);
    const kept = markedHours(root);
    const report = await exported(bids, dir, LATER);
    expect(report.files).toHaveLength(LATER_HOURS);
    expect(outcomes(report).filter((outcome) => outcome === 'unchanged').length).toBeGreaterThanOrEqual(kept);
    expect(existsSync(join(root, DONE))).toBe(true);
    expect(readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tmp'))).toEqual(
      [],
    );
  });
});
