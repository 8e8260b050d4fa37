import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Config } from '../../core/config/config.ts';
import { simulate } from '../../fleet/simulate.ts';
import { openFolder } from '../support/openFolder.ts';
import { until } from '../support/touchstoneChild.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhookReceiver.ts';
import { type ReplyItem, startWholeApi, type WholeApi } from '../support/wholeApi.ts';
import { fleetConfig } from '../support/wholeRun.ts';

const START_MS = Date.UTC(2026, 0, 1, 12);
const minutes = (count: number): number => START_MS + count * 60_000;
/** A fleet whose second server dies in minute 10 and comes back in minute 20. */
const FLEET = {
  servers: 4,
  requestsPerSecond: 4,
  startMs: START_MS,
  endMs: minutes(40),
  faults: [{ kind: 'dead' as const, servers: 0.25, startMs: minutes(10), endMs: minutes(20) }],
};

let folder: Awaited<ReturnType<typeof openFolder>>;
let config: Config;
let api: WholeApi;
const opened: WebhookReceiver[] = [];

const receiver = async (answer: Parameters<typeof startWebhookReceiver>[0]): Promise<WebhookReceiver> => {
  const started = await startWebhookReceiver(answer);
  opened.push(started);
  return started;
};

const deliveriesTo = async (id: string): Promise<ReplyItem[]> =>
  (await api.ask('GET', '/v1/deliveries?limit=1000')).body.items.filter(({ receiverId }) => receiverId === id);

const register = async (name: string, url: string): Promise<{ id: string; secret: string }> =>
  (await api.ask('POST', '/v1/receivers', { name, url })).body;

let good: WebhookReceiver;
let failing: WebhookReceiver;
let gone: WebhookReceiver;
let slow: WebhookReceiver;
let down: WebhookReceiver;
let isBack = false;
const ids = new Map<string, { id: string; secret: string }>();
/** Per webhook-id. */
const attemptsOf = ({ received }: WebhookReceiver): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const { id } of received) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
};

beforeAll(async () => {
  folder = await openFolder();
  const logs = join(folder.path, 'logs');
  await mkdir(logs);
  config = fleetConfig(join(folder.path, 'data'), logs);
  api = await startWholeApi(config);
  good = await receiver(() => 200);
  failing = await receiver(({ id }, earlier) => (earlier.filter((other) => other.id === id).length < 2 ? 500 : 204));
  gone = await receiver(() => 410);
  slow = await receiver(() => new Promise((answer) => setTimeout(() => answer(200), 8_000)));
  down = await receiver(() => (isBack ? 200 : 503));
  for (const [name, { url }] of Object.entries({ good, failing, gone, slow })) ids.set(name, await register(name, url));
  // First until the server is dead, then on: an alert that begins and ends in one look at the past is history and tells nobody.
  await simulate(logs, FLEET, { untilMs: minutes(16) });
  await until('the server is reported dead', () => good.received.some(({ body }) => body.includes('alert.firing')));
  ids.set('down', await register('down', down.url));
  await simulate(logs, FLEET);
  await until('it is reported alive', () => good.received.some(({ body }) => body.includes('alert.resolved')));
});

afterAll(async () => {
  await api.stop();
  for (const each of opened) await each.close();
  await folder.remove();
});

describe('a receiver', () => {
  it('that was down gets what it missed after a restart of ours', async () => {
    const { id, secret } = ids.get('down')!;
    await until('it was tried in vain', () => down.received.length > 0);
    await api.stop();
    const before = down.received.length;
    const missed = new Set(down.received.map((message) => message.id));
    isBack = true;
    api = await startWholeApi(config);
    await until('it has got what it missed', async () => {
      const all = await deliveriesTo(id);
      return all.length > 0 && all.every(({ outcome }) => outcome === 'delivered');
    });
    const after = down.received.slice(before);
    for (const message of missed) expect(after.map((copy) => copy.id)).toContain(message);
    for (const { body, headers } of after) new Webhook(secret).verify(body, headers as Record<string, string>);
    const inVain = (await deliveriesTo(id)).filter(({ noticeId }) => missed.has(noticeId));
    expect(inVain.length).toBe(missed.size);
    for (const delivery of inVain) {
      expect(delivery).toMatchObject({ status: 200, outcome: 'delivered' });
      expect(delivery.attempts).toBeGreaterThan(1);
    }
  });

  it('gets firing and resolved messages that the library standardwebhooks verifies', () => {
    const webhook = new Webhook(ids.get('good')!.secret);
    const types = new Set<string>();
    for (const { body, headers, id } of good.received) {
      const message = webhook.verify(body, headers as Record<string, string>) as {
        type: string;
        timestamp: string;
        data: { id: string; status: string; labels: Record<string, string>; latest: { evidenceSql: string } };
      };
      types.add(message.type);
      expect(id).toMatch(/^msg_[0-9a-f]{16}$/);
      expect(Date.parse(message.timestamp)).toBeGreaterThan(Date.now() - 600_000);
      expect(message.data.status).toBe(message.type === 'alert.firing' ? 'firing' : 'resolved');
      expect(message.data.labels['check']).toBeTypeOf('string');
      expect(message.data.latest.evidenceSql).toMatch(/SELECT/);
    }
    expect([...types].sort()).toEqual(['alert.firing', 'alert.resolved']);
  });

  it('cannot be told something by another who has not its secret', () => {
    const { body, headers } = good.received[0]!;
    const other = new Webhook(ids.get('failing')!.secret);
    expect(() => other.verify(body, headers as Record<string, string>)).toThrow();
    const own = new Webhook(ids.get('good')!.secret);
    expect(() => own.verify(body.replace('firing', 'falling'), headers as Record<string, string>)).toThrow();
  });

  it('that failed twice gets the same message again under the same id, signed anew', async () => {
    const { id, secret } = ids.get('failing')!;
    await until('three attempts were made at each', async () => {
      const all = await deliveriesTo(id);
      return all.length > 0 && all.every(({ outcome }) => outcome === 'delivered');
    });
    const webhook = new Webhook(secret);
    for (const [message, attempts] of attemptsOf(failing)) {
      expect(attempts, message).toBe(3);
      const copies = failing.received.filter((copy) => copy.id === message);
      expect(new Set(copies.map(({ body }) => body)).size).toBe(1);
      for (const { body, headers } of copies) webhook.verify(body, headers as Record<string, string>);
      const [first, second, third] = copies.map(({ atMs }) => atMs);
      // 1 s and 5 s, each up to a fifth longer, and a beat.
      expect(second! - first!).toBeGreaterThanOrEqual(950);
      expect(third! - second!).toBeGreaterThanOrEqual(4_950);
    }
    for (const delivery of await deliveriesTo(id))
      expect(delivery).toMatchObject({ attempts: 3, status: 204, error: '' });
  });

  it('that says 410 is asked once for a message', async () => {
    const { id } = ids.get('gone')!;
    await until('all are given up', async () => (await deliveriesTo(id)).length === attemptsOf(good).size);
    for (const delivery of await deliveriesTo(id))
      expect(delivery).toMatchObject({ attempts: 1, status: 410, outcome: 'gone', error: 'HTTP 410' });
    for (const [message, attempts] of attemptsOf(gone)) expect(attempts, message).toBe(1);
  });

  it('that is slow does not hold up another', async () => {
    const { id } = ids.get('slow')!;
    const quickMs = (await deliveriesTo(ids.get('good')!.id)).map(({ latencyMs }) => latencyMs);
    expect(Math.max(...quickMs)).toBeLessThan(2_000);
    // The good one had its first message before the slow one had answered its first.
    expect(good.received[0]!.atMs - slow.received[0]!.atMs).toBeLessThan(4_000);
    await until('the slow one has answered', async () => (await deliveriesTo(id)).length > 0);
    for (const { latencyMs, status } of await deliveriesTo(id)) {
      expect(latencyMs).toBeGreaterThanOrEqual(7_900);
      expect(status).toBe(200);
    }
  });

  it('gets everything that is told, and every attempt is written down', async () => {
    const { connection } = api.store;
    // What the last windows say may be told while we look.
    await until('all of them have got everything', async () => {
      const told = await connection.query<{ id: string }>('SELECT id FROM touchstone.notices ORDER BY id');
      const wanted = told.map(({ id }) => id).join();
      return (
        told.length > 1 &&
        [good, failing, gone].every(
          ({ received }) => [...new Set(received.map(({ id }) => id))].sort().join() === wanted,
        )
      );
    });
    await until('every attempt is written down', async () => {
      const [row] = await connection.query<{ n: string }>(
        'SELECT count() AS n FROM touchstone.delivery_attempts FINAL WHERE receiverId = {id:String}',
        { id: ids.get('failing')!.id },
      );
      return Number(row!.n) === failing.received.length && [...attemptsOf(failing).values()].every((n) => n === 3);
    });
  });
});
