import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventType } from '../../core/alerts/eventType.ts';
import { ruleSpec } from '../../core/alerts/rule.ts';
import { ControlStore, type ReceiverSpec } from '../../core/store/controlStore.ts';
import { bidLine, bidsConfig } from '../support/adStream.ts';
import { openFolder } from '../support/openFolder.ts';
import { until } from '../support/touchstoneChild.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhookReceiver.ts';
import { startWholeRun, type WholeRun } from '../support/wholeRun.ts';

const MINUTE = 60_000;
/** Start of a minute so many minutes ago. */
const nowMs = Math.floor(Date.now() / MINUTE) * MINUTE;
const ago = (minutes: number): number => nowMs - minutes * MINUTE;
/** Both servers send until two minutes from now, so that no window that ends while this runs is without events. */
const minutes = (first: number, last: number): number[] =>
  Array.from({ length: first - last + 1 }, (_, at) => ago(first - at));

let folder: Awaited<ReturnType<typeof openFolder>>;
let run: WholeRun;
let asking: WebhookReceiver;
let plain: WebhookReceiver;

interface Told {
  readonly type: EventType;
  readonly data: Readonly<Record<string, unknown>>;
}

const told = ({ received }: WebhookReceiver): Told[] => {
  const byId = new Map(received.map(({ id, body }) => [id, JSON.parse(body) as Told]));
  return [...byId.values()];
};
const toldOf = (receiver: WebhookReceiver, type: EventType): Told['data'][] =>
  told(receiver)
    .filter((each) => each.type === type)
    .map(({ data }) => data);

/** Writes a closed log of one server: so many events in each of the minutes. */
async function write(server: string, name: string, minutesMs: readonly number[], perMinute = 60): Promise<void> {
  const dir = join(folder.path, 'logs', 'bids', server);
  await mkdir(dir, { recursive: true });
  const times = minutesMs.flatMap((startMs) => Array.from({ length: perMinute }, (_, at) => startMs + at * 1_000));
  await writeFile(join(dir, `${name}.ndjson`), times.map((ts, at) => bidLine({ ts, server, seq: at + 1 })).join(''));
  await writeFile(join(dir, `${name}.manifest.json`), JSON.stringify({ server, stream: 'bids', events: times.length }));
}

beforeAll(async () => {
  folder = await openFolder();
  [asking, plain] = await Promise.all([startWebhookReceiver(() => 200), startWebhookReceiver(() => 200)]);
  await write('s1', 'first', minutes(10, -2));
  await write('s2', 'first', [...minutes(10, 8), ...minutes(4, -2)]);
  const config = {
    ...bidsConfig({ waitMs: 0, latenessMs: 8.5 * MINUTE, restate: { materialRatio: 0.1 } }),
    data: join(folder.path, 'data'),
    source: { kind: 'files' as const, dirs: [join(folder.path, 'logs')], pollMs: 50 },
    plugins: { completeness: {} },
  };
  run = await startWholeRun({ ...config, clickhouse: { ...config.clickhouse, port: 0 } });
  const store = new ControlStore(run.store.connection, { database: 'touchstone' });
  const receiver = ({ url }: WebhookReceiver, more: object): ReceiverSpec => ({
    ...{ name: 'r', url, secrets: ['whsec_c2VjcmV0c2VjcmV0c2VjcmV0'], enabled: true },
    ...more,
  });
  const windows: EventType[] = ['window.ready', 'window.complete', 'window.sealed', 'window.restated'];
  const others: EventType[] = ['server.silent', 'server.dead', 'server.back', 'alert.firing', 'alert.retracted'];
  // As an older Touchstone wrote it down: without events.
  await store.saveReceiver('plain', receiver(plain, {}), ago(9.5));
  await store.saveReceiver(
    'asking',
    receiver(asking, { events: [...windows, ...others], streams: ['bids'] }),
    ago(9.5),
  );
  const silent = {
    name: 'Silent',
    match: { check: 'server-silent' },
    resolveAfterWindows: 100,
    labels: { stream: 'x' },
  };
  await store.saveRule('silent', ruleSpec.parse(silent), ago(9.5));
  await store.saveRule('default', undefined, Date.now());
  await run.judgedUntil(ago(1));
});

afterAll(async () => {
  await run.stop();
  await Promise.all([asking.close(), plain.close()]);
  await folder.remove();
});

describe('a receiver that asks for it is told', () => {
  it('of each window that ends after it asked, once, when it is ready and when it is complete', async () => {
    const startsOf = (type: EventType): unknown[] => toldOf(asking, type).map(({ startMs }) => startMs);
    const ready = minutes(10, 2);
    const complete = [...minutes(10, 8), ...minutes(4, 2)];
    await until('they are told', () => ready.every((startMs) => startsOf('window.ready').includes(startMs)));
    await until('they are told', () => complete.every((startMs) => startsOf('window.complete').includes(startMs)));
    expect(new Set(startsOf('window.ready')).size).toBe(startsOf('window.ready').length);
    expect(startsOf('window.complete')).not.toContain(ago(7));
    expect(toldOf(asking, 'window.complete').find(({ startMs }) => startMs === ago(9))).toEqual({
      ...{ stream: 'bids', startMs: ago(9), endMs: ago(8), state: 'complete', revision: 0, events: 120 },
      ...{ serversExpected: 2, serversArrived: 2 },
    });
  });

  it('of a server that falls silent, is dead and comes back', async () => {
    // What is told at once may come in any order.
    const types: readonly EventType[] = ['server.silent', 'server.dead', 'server.back'];
    await until('all is told', () => types.every((type) => toldOf(asking, type).length > 0));
    const about = { stream: 'bids', server: 's2', silentSinceMs: ago(7) };
    expect(toldOf(asking, 'server.silent')).toEqual([{ ...about, windowEndMs: ago(6) }]);
    expect(toldOf(asking, 'server.dead')).toEqual([{ ...about, windowEndMs: ago(4) }]);
    expect(toldOf(asking, 'server.back')).toEqual([{ ...about, windowEndMs: ago(3) }]);
  });

  it('of late events that change a window, and that an alert is taken back', async () => {
    await until('the alert is told', () => toldOf(plain, 'alert.firing').length > 0);
    await write('s2', 'late', minutes(7, 5));
    await until('it is taken back', () => toldOf(asking, 'alert.retracted').length > 0);
    await until('the windows are told', () => toldOf(asking, 'window.restated').length === 3);
    const restated = toldOf(asking, 'window.restated').sort((a, b) => Number(a['startMs']) - Number(b['startMs']));
    expect(restated).toEqual(
      minutes(7, 5).map((startMs) => ({
        ...{ stream: 'bids', startMs, endMs: startMs + MINUTE, revision: 1, events: 120 },
        before: { revision: 0, events: 60 },
      })),
    );
    expect(toldOf(asking, 'alert.retracted')).toMatchObject([
      { reason: 'retracted', status: 'resolved', labels: { server: 's2', stream: 'x' } },
    ]);
  });

  it('of changes that are small only when they add up to a material one', async () => {
    await write('s1', 'few', [ago(6)], 6);
    const revision = async (): Promise<unknown[]> =>
      run.store.connection.query(
        `SELECT revision, events::UInt32 AS events FROM touchstone.windows WHERE windowStart = fromUnixTimestamp64Milli({startMs:Int64})`,
        { startMs: ago(6) },
      );
    await expect.poll(revision, { timeout: 20_000 }).toEqual([{ revision: 2, events: 126 }]);
    await write('s1', 'fewer', [ago(6)], 6);
    const ofWindow = (): Told['data'][] =>
      toldOf(asking, 'window.restated').filter(({ startMs, revision: which }) => startMs === ago(6) && which !== 1);
    await until('it is told', () => ofWindow().length > 0);
    expect(ofWindow()).toMatchObject([{ revision: 3, events: 132, before: { revision: 1, events: 120 } }]);
  });

  it('of a window that is sealed', async () => {
    const first = (): Told['data'] | undefined =>
      toldOf(asking, 'window.sealed').find(({ startMs }) => startMs === ago(10));
    await until('it is told', () => first() !== undefined);
    expect(first()).toMatchObject({ state: 'sealed', revision: 0, events: 120 });
  });
});

describe('a receiver that names no events', () => {
  it('hears of alerts only, and of one that was taken back as of one that is resolved', async () => {
    await until('it has heard', () => toldOf(plain, 'alert.resolved').length > 0);
    expect(new Set(told(plain).map(({ type }) => type))).toEqual(new Set(['alert.firing', 'alert.resolved']));
    expect(toldOf(plain, 'alert.resolved')).toMatchObject([{ reason: 'retracted', labels: { server: 's2' } }]);
  });
});
