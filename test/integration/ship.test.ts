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
import { type TestKafka, startKafka } from '../support/kafka/kafka.ts';
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
  const streams = ['requests'];
  await shipper.open(streams);
  const { lines } = await ship({
    source: new FilesSource({ dirs: [join(folder.path)], streams, pollMs: 50, clock: wallClock, pause }),
    ...{ shipper, follow: false, linesPerSecondMax: Infinity, pause },
    signal: new AbortController().signal,
    onFailure: () => undefined,
    onShipped: () => undefined,
  });
  await shipper.close();
  return lines;
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
});
