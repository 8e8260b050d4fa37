import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runNab } from '../../cli/nab.ts';
import { UsageError } from '../../cli/usageError.ts';

let dir = '';
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'touchstone-nab-'))));
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

/** Scores one file; answers the lines written. */
async function scored(text: string): Promise<string[]> {
  mkdirSync(join(dir, 'in', 'some'), { recursive: true });
  writeFileSync(join(dir, 'in', 'some', 'a.csv'), text);
  await runNab([join(dir, 'in'), join(dir, 'out')]);
  return readFileSync(join(dir, 'out', 'some', 'touchstone_a.csv'), 'utf8')
    .trimEnd()
    .split('\n');
}

const time = (at: number): string => new Date(at * 300_000).toISOString().slice(0, 19).replace('T', ' ');
const rows = (values: readonly unknown[]): string[] => values.map((value, at) => `${time(at)},${String(value)}`);
const scoreIn = (line = ''): number => Number(line.split(',')[2]);

describe('touchstone nab', () => {
  it.each<[string, readonly string[]]>([
    ['no rows', []],
    ['three rows', rows([1, 2, 3])],
    ['the same time twice', ['2014-01-01 00:00:00,1', '2014-01-01 00:00:00,2']],
    ['a gap of years, and a step back', ['2014-01-01 00:00:00,1', '2019-01-01 00:00:00,2', '2013-01-01 00:00:00,3']],
    [
      'no numbers and no times',
      ['2014-01-01 00:00:00,NaN', '2014-01-01 00:05:00,', 'never,3', '2014-01-01 00:10:00,inf'],
    ],
  ])('%s: the same rows in the same order, scores in [0, 1]', async (_, given) => {
    const lines = await scored(['timestamp,value', ...given, ''].join('\n'));
    expect(lines[0]).toBe('timestamp,value,anomaly_score');
    expect(lines.slice(1).map((line) => line.slice(0, line.lastIndexOf(',')))).toEqual(given);
    expect(lines.slice(1).every((line) => scoreIn(line) >= 0 && scoreIn(line) <= 1)).toBe(true);
  });

  it('scores what is far out highest', async () => {
    const values = Array.from({ length: 900 }, (_, at) => (at === 800 ? 500 : 100 + (at % 7)));
    const scores = (await scored(['timestamp,value', ...rows(values)].join('\n'))).slice(1).map(scoreIn);
    expect(scores.indexOf(Math.max(...scores))).toBe(800);
  });

  it('knows nothing of later rows: a shorter file has the same scores', async () => {
    const values = Array.from({ length: 400 }, (_, at) => (at * 37) % 11);
    const whole = await scored(['timestamp,value', ...rows(values), ...rows([1e9])].join('\n'));
    const part = await scored(['timestamp,value', ...rows(values)].join('\n'));
    expect(whole.slice(0, part.length)).toEqual(part);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a folder that is not there', async () => runNab([join(dir, 'none'), dir])],
    ['one argument', async () => runNab([dir])],
    ['other columns', async () => scored('when,what\n1,2')],
  ])('refuses %s with a clear error', async (_, run) => {
    await expect(run()).rejects.toThrow(UsageError);
  });
});
