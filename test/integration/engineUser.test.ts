import { chmod, lchown, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedEngine } from '../../core/store/engine/embeddedEngine.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';
import { openFolder } from '../support/openFolder.ts';

let running: TestEngine;

beforeAll(async () => {
  running = await startTestEngine();
});

afterAll(() => running.stop());

describe('the function file(), which needs no grant', () => {
  it('reads nothing that only root may read', async () => {
    const { engine, ask, rootReasons } = running;
    if (process.getuid?.() === 0 && rootReasons.length > 0) {
      // Only where the engine's own user cannot come to Node, to the library or to its folder.
      expect(await closedFolders(process.execPath, fileURLToPath(import.meta.url), tmpdir())).not.toEqual([]);
      console.warn(`NOT PROVEN HERE: ${rootReasons.join()}`);
      return;
    }
    expect(rootReasons).toEqual([]);
    const folder = await openFolder();
    const ours = join(folder.path, 'root-only');
    await writeFile(ours, 'sesame', { mode: 0o600 });
    const path = process.getuid?.() === 0 ? ours : ROOT_ONLY;
    for (const user of [engine.investigator, { user: 'default', password: '' }]) {
      const answer = await ask(user, `SELECT file('${path}')`);
      expect(answer.code, answer.text).toBe(76);
      expect(answer.text).toContain('Permission denied');
    }
    await folder.remove();
  });

  it.runIf(process.getuid?.() === 0)('does not give the passwords away', async () => {
    const { engine, ask, dataDir, rootReasons } = running;
    const answer = await ask(engine.investigator, `SELECT file('${dataDir}/users.json')`);
    if (rootReasons.length === 0) expect(answer.code, answer.text).toBe(76);
    else expect(rootReasons).toHaveLength(1);
  });
});

describe.runIf(process.getuid?.() === 0)('an engine started by root', () => {
  it('takes over a folder that an earlier run as root left, with all in it', async () => {
    const folder = await openFolder();
    const options = { dataDir: join(folder.path, 'ch'), database: 'touchstone', httpPort: 0 };
    const one = await startEmbeddedEngine(options);
    const headers = { 'X-ClickHouse-User': one.admin.user, 'X-ClickHouse-Key': one.admin.password };
    for (const sql of ['CREATE DATABASE kept', 'CREATE TABLE kept.t ENGINE = MergeTree ORDER BY n AS SELECT 7 AS n'])
      expect((await fetch(one.url, { method: 'POST', headers, body: sql })).status).toBe(200);
    await one.stop();
    for (const path of await readdir(options.dataDir, { recursive: true }))
      await lchown(join(options.dataDir, path), 0, 0);
    const two = await startEmbeddedEngine(options);
    const answer = await fetch(two.url, { method: 'POST', headers, body: 'SELECT n FROM kept.t' });
    expect(await answer.text()).toBe('7\n');
    await two.stop();
    await folder.remove();
  });

  it('says once that it runs as root when its own user cannot come to its folder, and runs', async () => {
    const folder = await openFolder();
    await chmod(folder.path, 0o700);
    const reasons: string[] = [];
    const options = {
      dataDir: join(folder.path, 'ch'),
      database: 'touchstone',
      httpPort: 0,
      onRoot: (reason: string) => reasons.push(reason),
    };
    const engine = await startEmbeddedEngine(options);
    expect(reasons).toEqual([expect.stringMatching(/^the embedded ClickHouse runs as root, .*(EACCES|cannot run)/)]);
    const owner = (await stat(`/proc/${String(engine.pid())}`)).uid;
    expect(owner).toBe(0);
    await engine.stop();
    await folder.remove();
  });
});

/** A file that only root may read, on Linux and on macOS. */
const ROOT_ONLY = process.platform === 'darwin' ? '/etc/master.passwd' : '/etc/shadow';

/** Folders above these paths that others may not pass. */
async function closedFolders(...paths: string[]): Promise<string[]> {
  const closed: string[] = [];
  for (const path of paths)
    for (let at = path; at !== dirname(at); at = dirname(at))
      if (((await stat(at)).mode & 0o001) === 0 && !at.endsWith('.ts')) closed.push(at);
  return closed;
}

describe('the embedded engine', () => {
  it('tells its environment nothing that is ours', async () => {
    process.env['TOUCHSTONE_TEST_SECRET'] = 'sesame';
    const other = await startTestEngine();
    const { text } = await other.ask(other.engine.investigator, "SELECT file('/proc/self/environ')");
    await other.stop();
    delete process.env['TOUCHSTONE_TEST_SECRET'];
    expect(text).not.toContain('sesame');
  });

  it('keeps its folder to itself', async () => {
    const { dataDir } = running;
    for (const name of await readdir(dataDir)) {
      const { mode } = await stat(join(dataDir, name));
      expect(`${name} ${(mode & 0o077).toString(8)}`).toBe(`${name} 0`);
    }
    expect(await readFile(join(dataDir, 'users.xml'), 'utf8')).not.toContain(running.engine.admin.password);
  });
});
