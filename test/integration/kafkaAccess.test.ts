import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bids, type BidsRun, startBidsRun } from '../support/bidsRun.ts';
import { output } from '../support/clientCache.ts';
import { startKafka, type TestKafka } from '../support/kafka/kafka.ts';
import { makeTopics, produce, records, testClient } from '../support/kafka/topics.ts';
import { openFolder } from '../support/openFolder.ts';
import { freePort } from '../../core/store/engine/freePort.ts';
import { until } from '../support/touchstoneChild.ts';
import type { WholeRun } from '../support/wholeRun.ts';

const USER = { name: 'touchstone', password: 'a word that nobody knows' };
const PASSWORD = 'changeit';
let folder: Awaited<ReturnType<typeof openFolder>>;
let kafka: TestKafka;
let world: BidsRun;
let port = 0;
let ca = '';
let run: WholeRun | undefined;

beforeAll(async () => {
  folder = await openFolder();
  port = await freePort();
  const keystore = join(folder.path, 'broker.p12');
  ca = join(folder.path, 'broker.pem');
  const store = ['-keystore', keystore, '-storetype', 'PKCS12', '-storepass', PASSWORD, '-alias', 'broker'];
  const key = ['-keyalg', 'RSA', '-validity', '30', '-dname', 'CN=broker', '-ext', 'san=ip:127.0.0.1'];
  await output('keytool', ['-genkeypair', ...store, ...key]);
  await output('keytool', ['-exportcert', '-rfc', ...store, '-file', ca]);
  [kafka, world] = await Promise.all([
    startKafka({ secure: { port, keystore, password: PASSWORD, user: USER } }),
    startBidsRun(),
  ]);
  await makeTopics(testClient(kafka.brokers), { bids: 1 });
});

afterAll(async () => {
  await run?.stop();
  await kafka.stop();
  await world.stop();
  await folder.remove();
});

const start = (changed: object): Promise<WholeRun> =>
  world.start({
    source: { kind: 'kafka', brokers: [`127.0.0.1:${String(port)}`], tls: { ca }, ...changed },
    limits: { horizonDays: 36_500 },
  });
const sasl = (mechanism: string, password = USER.password): object => ({
  sasl: { mechanism, username: USER.name, password },
});
const rows = async (): Promise<number> => {
  const [row] = await world.engine.admin.query<{ n: string }>('SELECT count() AS n FROM touchstone.events_bids');
  return Number(row?.n);
};

describe('a broker that speaks TLS and asks who is there', () => {
  it.each([...['plain', 'scram-sha-256', 'scram-sha-512'].entries()])('is read (%i: %s)', async (at, mechanism) => {
    await produce(testClient(kafka.brokers), 'bids', records('s1', bids('s1', 50, 50 * at)));
    run = await start(sasl(mechanism));
    await until('all are stored', async () => (await rows()) === 50 * (at + 1));
    await run.stop();
    run = undefined;
  });

  it.each([
    ['another password', sasl('scram-sha-512', 'guessed')],
    ['no authority that we know', { tls: true, ...sasl('plain') }],
  ])('is not read with %s, and we are not ready', async (_, changed) => {
    const before = await rows();
    await produce(testClient(kafka.brokers), 'bids', records('s1', bids('s1', 50, 1_000)));
    run = await start(changed);
    await until('it has been refused', () => run?.running.notReady() !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(run.running.notReady()).toBe('the consumer group is being joined');
    expect(await rows()).toBe(before);
    await run.stop();
    run = undefined;
  });
});
