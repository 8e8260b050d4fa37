import { on } from 'node:events';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { apiToken } from '../../api/token.ts';
import { openFolder } from '../support/openFolder.ts';

let folder: Awaited<ReturnType<typeof openFolder>>;

beforeEach(async () => void (folder = await openFolder()));
afterEach(() => folder.remove());

/** What is in a file in the instant in which it is there: another thread looks all the time. */
function firstBytesOf(path: string): { readonly isLooking: Promise<unknown>; readonly text: Promise<string> } {
  const program = `
    const { readFileSync } = require('node:fs');
    const { parentPort, workerData } = require('node:worker_threads');
    parentPort.postMessage('looking');
    for (let text; text === undefined;) {
      try { text = readFileSync(workerData, 'utf8'); parentPort.postMessage(text); } catch {}
    }`;
  const looker = new Worker(program, { eval: true, workerData: path });
  const said = on(looker, 'message');
  const next = async (): Promise<string> => ((await said.next()).value as [string])[0];
  const isLooking = next();
  return { isLooking, text: isLooking.then(next) };
}

describe('the token of the API', () => {
  it('is made once, whoever starts at the same time, and only its owner reads it', async () => {
    const data = join(folder.path, 'data');
    const made = await Promise.all(Array.from({ length: 50 }, () => apiToken(data, {})));
    expect(new Set(made.map(({ token }) => token)).size).toBe(1);
    expect(made[0]!.token).toMatch(/^[\w-]{32}$/);
    expect(await readdir(data)).toEqual(['api-token']);
    expect((await stat(join(data, 'api-token'))).mode & 0o777).toBe(0o600);
    expect(await apiToken(data, {})).toEqual(made[0]);
  });

  it('is whole as soon as its file is there', async () => {
    for (let round = 0; round < 30; round++) {
      const data = join(folder.path, String(round));
      const seen = firstBytesOf(join(data, 'api-token'));
      await seen.isLooking;
      const { token } = await apiToken(data, {});
      expect(await seen.text).toBe(`${token}\n`);
    }
  });

  it('comes from the environment where it is given; no file is made then', async () => {
    const given = await apiToken(folder.path, { TOUCHSTONE_API_TOKEN: 'one-for-all\n' });
    expect(given).toEqual({ token: 'one-for-all', from: 'TOUCHSTONE_API_TOKEN' });
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('is never empty', async () => {
    await writeFile(join(folder.path, 'api-token'), '\n');
    await expect(apiToken(folder.path, {})).rejects.toThrow('is empty: remove it');
    await expect(apiToken(folder.path, { TOUCHSTONE_API_TOKEN: '' })).rejects.toThrow('is empty: remove it');
  });
});
