import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ship } from '../../core/pipeline/ship.ts';
import { pause } from '../../core/pipeline/untilDone.ts';
import { FilesSource } from '../../core/sources/files/filesSource.ts';
import { readTopic } from '../../core/sources/kafka/readTopic.ts';
import { Shipper } from '../../core/sources/kafka/ship/shipper.ts';
import { wallClock } from '../../core/time/wallClock.ts';
import { simulate } from '../../fleet/simulate.ts';
import { CLI, runCli, until } from '../support/touchstoneChild.ts';
import { type TestKafka, startKafka } from '../support/kafka/kafka.ts';
import { Child } from '../chaos/child.ts';
import { testClient } from '../support/kafka/topics.ts';
import { openFolder } from '../support/openFolder.ts';

const START_MS = Date.UTC(2026, 0, 1, 12);
const FLEET = { servers: 3, requestsPerSecond: 4, startMs: START_MS, endMs: START_MS + 30 * 60_000, faults: [] };

let kafka: TestKafka;
let folder: Awaited<ReturnType<typeof openFolder>>;

beforeAll(async () => {
  [kafka, folder] = await Promise.all([startKafka(), openFolder()]);
});

afterAll(async () => {
  await Promise.all([kafka.stop(), folder.remove()]);
});

/** Ships all that is there; answers how many lines that was. */
async function shipped(): Promise<number> {
  const log = pino({ level: 'silent' });
  const shipper = new Shipper({
    access: { brokers: [...kafka.brokers], clientId: 'test', tls: false },
    ...{ id: 'ship', topicOf: (stream) => stream, manifestsTopic: 'manifests', positionsTopic: 'touchstone.ship' },
    ...{ partitions: 2, compression: 'zstd', log },
  });
  const streams = new Set(['requests']);
  await shipper.open([...streams]);
  const { lines } = await ship({
    source: new FilesSource({ dirs: [join(folder.path)], streams, pollMs: 50, clock: wallClock, pause }),
    ...{ shipper, streams, findStreams: () => Promise.resolve([...streams]) },
    ...{ follow: false, linesPerSecondMax: Infinity, pause },
    signal: new AbortController().signal,
    onFailure: () => undefined,
    onShipped: () => undefined,
  });
  await shipper.close();
  return lines;
}

const PLACE = { dataDir: '/nowhere', clickhousePort: 0 };

/** Records of a topic; 0 while it is not there. */
async function countOf(topic: string): Promise<number> {
  let count = 0;
  await readTopic(testClient(kafka.brokers), { topic }, () => count++).catch(() => undefined);
  return count;
}

describe('lines of files that are shipped', () => {
  it('are in the topic once, in parts and by who goes on', async () => {
    await simulate(folder.path, FLEET, { untilMs: START_MS + 10 * 60_000 });
    const first = await shipped();
    await simulate(folder.path, FLEET);
    const second = await shipped();
    expect([first > 0, second > 0, await shipped()]).toEqual([true, true, 0]);
    const places = new Set<string>();
    let records = 0;
    await readTopic(testClient(kafka.brokers), { topic: 'requests' }, ({ headers }) => {
      records++;
      places.add(`${String(headers?.['file'])} ${String(headers?.['position'])}`);
    });
    expect([records, places.size]).toEqual([first + second, first + second]);
  });

  it('follow what the files and folders will hold', async () => {
    const dir = join(folder.path, 'following');
    mkdirSync(join(dir, 'early', 's1'), { recursive: true });
    writeFileSync(join(dir, 'early', 's1', 'a.ndjson'), '{"n":1}\n{"n":2}\n');
    const child = new Child('ship', [CLI, 'ship', dir, '--brokers', kafka.brokers.join(','), '--follow']);
    child.start();
    await until('the first are there', async () => (await countOf('early')) === 2);
    appendFileSync(join(dir, 'early', 's1', 'a.ndjson'), '{"n":3}\n{"n":');
    mkdirSync(join(dir, 'late', 's1'), { recursive: true });
    writeFileSync(join(dir, 'late', 's1', 'a.ndjson'), '{"n":1}\n');
    await until('those that came are there', async () => (await countOf('early')) + (await countOf('late')) === 4);
    child.signal('SIGTERM');
    expect(await child.end()).toBe(0);
  });

  it('leave out what no broker would take, and say so', async () => {
    const dir = join(folder.path, 'long');
    mkdirSync(join(dir, 'long', 's1'), { recursive: true });
    writeFileSync(join(dir, 'long', 's1', 'a.ndjson'), `{"n":1}\n{"n":"${'x'.repeat(17 << 20)}"}\n{"n":3}\n`);
    const run = await runCli(['ship', dir, '--brokers', kafka.brokers.join(',')], PLACE);
    expect([run.code, run.stdout]).toEqual([1, expect.stringContaining('2 lines') as string]);
    expect(run.stdout).toContain('1 were left out');
    expect(await countOf('long')).toBe(2);
  });

  it.each([
    [['ship', '/nowhere', '--brokers', 'a:1'], 'there is no folder /nowhere'],
    [['ship', '.', '--brokers', 'nobody'], '--brokers takes HOST:PORT'],
    [['ship', '.'], 'name the cluster'],
    [['ship'], 'name one folder'],
    [['ship', '.', '--brokers', 'a:1', '--compress', 'rar'], '--compress takes none, gzip, snappy, lz4, zstd'],
    [['ship', 'test', '--brokers', 'a:1', '--rate', '0'], '--rate takes a whole number'],
  ])('are not shipped by %j', async (argv, says) => {
    const run = await runCli(argv, PLACE);
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining(says) as string]);
  });
});
