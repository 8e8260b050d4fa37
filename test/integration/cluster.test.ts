import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kafka } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterReport } from '../../api/clusterReport.ts';
import { bids } from '../support/bidsRun.ts';
import { askDoctor } from '../support/doctor.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';
import { startKafka, type TestKafka } from '../support/kafka/kafka.ts';
import { makeTopics, produce, records, testClient } from '../support/kafka/topics.ts';
import { openFolder } from '../support/openFolder.ts';
import { TouchstoneChild, until } from '../support/touchstoneChild.ts';

let folder: Awaited<ReturnType<typeof openFolder>>;
let kafka: TestKafka;
let client: Kafka;
let engine: TestEngine;
let configFile: string;
const children: TouchstoneChild[] = [];
/** In control and nothing else; it is asked. */
let control: TouchstoneChild;
let workers: readonly TouchstoneChild[];

const EVENTS = 1_000;
const TOKEN = 'one-token-for-all-of-them';
const fields = { ts: 'time', server: 'category', exchange: 'category', priceMicros: 'integer', latencyMs: 'number' };

const start = (name: string, roles: string): TouchstoneChild => {
  const child = new TouchstoneChild({
    ...{ configFile, dataDir: join(folder.path, name), clickhousePort: 0 },
    args: ['--roles', roles],
    env: { TOUCHSTONE_API_TOKEN: TOKEN },
  });
  children.push(child);
  return child;
};
const askOf = async (child: TouchstoneChild): Promise<ClusterReport> =>
  (await (
    await fetch(`${child.apiUrl}/v1/cluster`, { headers: { authorization: `Bearer ${TOKEN}` } })
  ).json()) as ClusterReport;
const cluster = (): Promise<ClusterReport> => askOf(control);
const doctor = () => askDoctor(configFile, join(folder.path, 'doctor'));
const stateOf = ({ processes }: ClusterReport, child: TouchstoneChild): string | undefined =>
  processes.find(({ pid }) => pid === child.pid)?.state;

beforeAll(async () => {
  [folder, kafka, engine] = await Promise.all([openFolder(), startKafka(), startTestEngine()]);
  client = testClient(kafka.brokers);
  configFile = join(folder.path, 'touchstone.config.json');
  const streams = { bids: { fields, cuts: [[]], metrics: { events: { value: 'events' } } } };
  const source = { kind: 'kafka', brokers: kafka.brokers, sessionTimeoutMs: 6_000, lookMs: 500 };
  const clickhouse = { url: engine.engine.url, ...engine.engine.admin };
  await writeFile(configFile, JSON.stringify({ source, clickhouse, streams, plugins: {} }));
});

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(children.map(({ exited }) => exited));
  await Promise.all([kafka.stop(), engine.stop()]);
  await folder.remove();
});

describe('several processes on one Kafka', () => {
  it('before the first start the doctor misses all that is to come', async () => {
    const { code, checks } = await doctor();
    expect(code).toBe(1);
    expect(checks.get('brokers')).toMatchObject({ level: 'ok' });
    expect(checks.get('topic of bids')).toMatchObject({ level: 'FAIL', detail: 'there is no topic bids' });
    // A new broker has no coordinator before somebody asks for one.
    expect(checks.get('groups') ?? checks.get('group touchstone')).toMatchObject({ level: 'FAIL' });
    expect(checks.get('migrations')).toMatchObject({ level: 'FAIL' });
    expect(await engine.admin.query(`SELECT name FROM system.tables WHERE database = 'touchstone'`)).toEqual([]);
  });

  it('each is seen, with what it owns; nothing is behind', async () => {
    await makeTopics(client, { bids: 4 });
    for (let at = 0; at < 10; at++)
      await produce(client, 'bids', records(`s${String(at)}`, bids(`s${String(at)}`, EVENTS / 10)));
    control = start('control', 'control');
    await control.isUp();
    workers = [start('a', 'ingest,judge'), start('b', 'ingest,judge')];
    await Promise.all(workers.map((worker) => worker.isUp()));
    const owners = ({ claims }: ClusterReport, kind: string) =>
      claims.filter(({ name }) => name.startsWith(kind)).map(({ owner }) => owner);
    await until('the partitions are shared and all is stored', async () => {
      const report = await cluster();
      return new Set(owners(report, 'ingest/')).size === 2 && report.streams[0]!.lagRecords === 0;
    });
    const report = await cluster();
    expect(report.topicEnds.state).toBe('known');
    expect(report.processes.map(({ state }) => state)).toEqual(['alive', 'alive', 'alive']);
    expect(owners(report, 'ingest/')).toHaveLength(4);
    expect(owners(report, 'judge/')).toHaveLength(1);
    expect(owners(report, 'control')[0]).toMatch(new RegExp(`:${String(control.pid)}$`));
    expect(report.claims.map(({ ownerState }) => ownerState)).toEqual(Array(6).fill('alive'));
    expect(JSON.stringify(report)).not.toContain('token');
    const [stream] = report.streams;
    expect(stream!.partitions.map(({ partition }) => partition)).toEqual(['bids-0', 'bids-1', 'bids-2', 'bids-3']);
    expect(stream!.partitions.reduce((sum, { endOffset }) => sum + endOffset!, 0)).toBe(EVENTS);
    for (const { offset, endOffset } of stream!.partitions) expect(offset ?? 0).toBe(endOffset);
    expect(stream!.lagMs).toBe(Date.parse(report.at) - Date.parse(stream!.newestAt!));
    expect((await askOf(workers[1]!)).streams[0]!.lagRecords).toBe(0);
  });

  it('the doctor finds them well', async () => {
    await until('all beat as ready', async () =>
      (await cluster()).processes.every(({ notReady }) => notReady === null),
    );
    const { code, checks } = await doctor();
    const named = [
      'brokers',
      'topic of bids',
      'group touchstone',
      'group touchstone.judge',
      'group touchstone.control',
    ];
    for (const check of [...named, 'migrations', 'clock', 'parts', 'processes', 'claims', 'control'])
      expect(checks.get(check), check).toMatchObject({ level: 'ok' });
    expect(checks.get('group touchstone')?.detail).toMatch(/^2 members, Stable: .* has 2, .* has 2$/);
    expect(checks.get('lag of bids')).toMatchObject({ level: 'warn' });
    expect(checks.get('lag of bids')?.detail).toMatch(
      /^every record is stored; the newest event stored is \d+ days old$/,
    );
    expect(code).toBe(0);
  });

  it('one that was killed is silent, and what it had is another one’s', async () => {
    workers[0]!.kill('SIGKILL');
    await until('it is silent', async () => stateOf(await cluster(), workers[0]!) === 'silent', 40_000);
    await until('the other has all', async () =>
      (await cluster()).claims.every(({ ownerState }) => ownerState === 'alive'),
    );
    const { checks } = await doctor();
    expect(checks.get('claims')).toMatchObject({ level: 'ok' });
    expect(checks.get('processes')).toMatchObject({ level: 'warn' });
    expect(checks.get('processes')?.detail).toMatch(/^silent: .+ for \d/);
  });

  it('when nobody reads the lag is told, and whose claims are nobody’s', async () => {
    workers[1]!.kill('SIGTERM');
    await workers[1]!.exited;
    expect(stateOf(await cluster(), workers[1]!)).toBe('stopped');
    await produce(client, 'bids', records('s1', bids('s1', 70, 100)));
    const [stream] = (await cluster()).streams;
    expect(stream!.lagRecords).toBe(70);
    expect(stream!.worstLagMs).toBeGreaterThan(0);
    const { code, checks } = await doctor();
    expect(code).toBe(1);
    expect(checks.get('processes')?.detail).toMatch(/^nobody does ingest, judge; there are /);
    expect(checks.get('claims')?.detail).toMatch(/^5 of 5 are held by no living process: .*which is stopped/);
    expect(checks.get('group touchstone')).toMatchObject({ level: 'FAIL' });
    expect(checks.get('control')).toMatchObject({ level: 'ok' });
    expect(checks.get('lag of bids')?.detail).toMatch(/^70 records behind, most of them in bids-\d \(70\); /);
  });

  it('records that Kafka deletes before they are read are a failure', async () => {
    const admin = client.admin();
    await admin.connect();
    await admin.fetchTopicOffsets('bids');
    const behind = (await cluster()).streams[0]!.partitions.find(({ lagRecords }) => lagRecords === 70)!;
    const partition = Number(behind.partition.slice('bids-'.length));
    await admin.deleteTopicRecords({ topic: 'bids', partitions: [{ partition, offset: String(behind.offset! + 30) }] });
    await admin.disconnect();
    const now = (await cluster()).streams[0]!.partitions[partition]!;
    expect(now).toMatchObject({ recordsGone: 30, lagRecords: 40 });
    const { checks } = await doctor();
    expect(checks.get('lag of bids')?.detail).toBe(
      `Kafka deleted records before they were read: 30 of ${behind.partition}`,
    );
  });

  it('without a broker the answer comes soon, says so, and has the rest', async () => {
    await kafka.kill(0);
    const beganMs = Date.now();
    const report = await cluster();
    expect(Date.now() - beganMs).toBeLessThan(4_000);
    expect(report.topicEnds).toMatchObject({ state: 'unknown' });
    expect(report.topicEnds.detail).toMatch(/^Kafka does not tell where its topics end: /);
    expect(report.streams[0]).toMatchObject({ lagRecords: null, partitions: [{ endOffset: null }, {}, {}, {}] });
    expect(report.streams[0]!.lagMs).toBeGreaterThan(0);
    const { code, checks } = await doctor();
    expect(code).toBe(1);
    expect(checks.get('brokers')).toMatchObject({ level: 'FAIL' });
    expect(checks.get('migrations')).toMatchObject({ level: 'ok' });
  });
});
