import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectClickHouse } from '../../core/store/clickhouse.ts';
import { ControlStore } from '../../core/store/controlStore.ts';
import { askDoctor } from '../support/doctor.ts';
import { openFolder } from '../support/openFolder.ts';
import { freePort } from '../../core/store/engine/freePort.ts';
import { runCli, TouchstoneChild, until } from '../support/touchstoneChild.ts';

let folder: Awaited<ReturnType<typeof openFolder>>;
let configFile: string;
let dataDir: string;
let clickhousePort: number;
let child: TouchstoneChild;

const TOKEN = 'a-token-of-the-test';
const start = async (): Promise<void> => {
  child = new TouchstoneChild({ configFile, dataDir, clickhousePort, env: { TOUCHSTONE_API_TOKEN: TOKEN } });
  await child.isUp();
};
const doctor = () => askDoctor(configFile, dataDir, clickhousePort);
const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${child.apiUrl}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
  });
const cluster = async () =>
  (await (await ask('/v1/cluster')).json()) as {
    processes: { state: string; pid: number; notReady: string | null }[];
    topicEnds: { state: string };
    streams: { partitions: { partition: string; offset: number; endOffset: null; lagMs: number }[]; lagMs: number }[];
  };

/** A delivery that got the status 500, as the process in control would write it down. */
async function saveFailedAttempt(receiverId: string): Promise<void> {
  const { admin } = JSON.parse(await readFile(join(dataDir, 'clickhouse', 'users.json'), 'utf8')) as {
    admin: { user: string; password: string };
  };
  const connection = connectClickHouse({ url: `http://127.0.0.1:${String(clickhousePort)}`, ...admin });
  await new ControlStore(connection, { database: 'touchstone' }).saveAttempt(
    {
      ...{ noticeId: 'n1', receiverId, attempt: 1, status: 500, latencyMs: 5 },
      ...{ outcome: 'retry', error: '', nextAttemptAtMs: Date.now() + 60_000 },
    },
    Date.now(),
  );
  await connection.close();
}

beforeAll(async () => {
  folder = await openFolder();
  dataDir = join(folder.path, 'data');
  configFile = join(folder.path, 'touchstone.config.json');
  clickhousePort = await freePort();
  await mkdir(join(folder.path, 'logs', 'bids', 's1'), { recursive: true });
  const fields = { ts: 'time', server: 'category' };
  const streams = { bids: { fields, cuts: [[]], metrics: { events: { value: 'events' } } } };
  const source = { kind: 'files', dirs: [join(folder.path, 'logs')] };
  await writeFile(configFile, JSON.stringify({ source, streams }));
});

afterAll(async () => {
  child.kill('SIGTERM');
  await child.exited;
  await folder.remove();
});

describe('touchstone doctor, of log files and the embedded engine', () => {
  it('says that nothing was ever started, and starts nothing', async () => {
    const { code, checks } = await doctor();
    expect(code).toBe(1);
    expect(checks.get('clickhouse')).toMatchObject({
      level: 'FAIL',
      detail: `nothing was ever started with the data folder ${dataDir}`,
    });
    expect(await readdir(folder.path)).not.toContain('data');
  });

  it('finds everything well while it runs', async () => {
    const line = `${JSON.stringify({ ts: Date.now(), server: 's1' })}\n`;
    await writeFile(join(folder.path, 'logs', 'bids', 's1', 'a.ndjson'), line.repeat(5));
    await start();
    await until('all is stored', async () => (await cluster()).streams[0]?.partitions[0]?.offset === 5 * line.length);
    await until('it beats as ready', async () => (await cluster()).processes[0]?.notReady === null);
    const { code, ok, checks } = await doctor();
    for (const [check, verdict] of checks)
      if (!['disk', 'receivers'].includes(check)) expect(verdict, check).toMatchObject({ level: 'ok' });
    expect([...checks.keys()]).toEqual(
      expect.arrayContaining([
        ...['config', 'clickhouse', 'migrations', 'disk', 'clock', 'parts', 'audit', 'dead letters', 'receivers'],
        ...['source', 'processes', 'control', 'lag of bids'],
      ]),
    );
    expect([code, ok]).toEqual([0, true]);
  });

  it('is what /v1/cluster says, too: without topics there are no ends', async () => {
    const { processes, topicEnds, streams } = await cluster();
    expect(processes).toMatchObject([{ state: 'alive', pid: child.pid, roles: ['ingest', 'judge', 'control'] }]);
    expect(topicEnds.state).toBe('files');
    expect(streams).toMatchObject([
      { stream: 'bids', lagRecords: null, partitions: [{ partition: 's1/a', endOffset: null, lagRecords: null }] },
    ]);
    expect(streams[0]!.lagMs).toBeLessThan(60_000);
    expect((await fetch(`${child.apiUrl}/v1/cluster`)).status).toBe(401);
  });

  it('sees dead letters, and receivers that do not take what they are sent', async () => {
    const receiver = { name: 'pager', url: 'http://127.0.0.1:1/' };
    const made = await ask('/v1/receivers', { method: 'POST', body: JSON.stringify(receiver) });
    const { id } = (await made.json()) as { id: string };
    await saveFailedAttempt(id);
    await writeFile(join(folder.path, 'logs', 'bids', 's1', 'b.ndjson'), 'no event\n');
    await until('the line is a dead letter', async () => (await doctor()).checks.get('dead letters')?.level === 'warn');
    const { code, checks } = await doctor();
    expect(code).toBe(1);
    expect(checks.get('receivers')?.detail).toMatch(
      /^pager \(127\.0\.0\.1:1\): 0 of 1 delivered.*is tried again: HTTP 500$/,
    );
    expect(checks.get('dead letters')?.detail).toMatch(/^1 line .* bids /);
  });

  it('tells who ended in order from who was killed', async () => {
    child.kill('SIGTERM');
    await child.exited;
    const away = await doctor();
    expect(away.checks.get('clickhouse')?.todo).toMatch(/^nothing listens there: start it/);
    await start();
    expect((await cluster()).processes.map(({ state }) => state).sort()).toEqual(['alive', 'stopped']);
  });

  it('says what is wrong with a config; used wrongly it ends with 2', async () => {
    const broken = join(folder.path, 'broken.config.json');
    await writeFile(broken, JSON.stringify({ sources: {} }));
    const { code, checks } = await askDoctor(broken, dataDir);
    expect(code).toBe(1);
    expect(checks.get('config')).toMatchObject({ level: 'FAIL' });
    const wrongly = (argv: readonly string[]) => runCli(['doctor', ...argv], { dataDir, clickhousePort });
    expect((await wrongly(['--confg', 'x'])).code).toBe(2);
    expect((await wrongly(['--config', join(folder.path, 'none.json')])).code).toBe(2);
  });
});
