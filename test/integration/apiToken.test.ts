import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { apiToken } from '../../api/token.ts';
import { openFolder } from '../support/openFolder.ts';

let folder: Awaited<ReturnType<typeof openFolder>>;

beforeEach(async () => void (folder = await openFolder()));
afterEach(() => folder.remove());

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
