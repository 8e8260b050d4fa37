import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MIGRATIONS } from '../../cli/openStore.ts';
import { begin } from '../../core/alerts/alert.ts';
import { noticesOf } from '../../core/alerts/notice.ts';
import { ruleSpec } from '../../core/alerts/rule.ts';
import type { Finding } from '../../core/findings/finding.ts';
import { type Control, startControl } from '../../core/pipeline/control/control.ts';
import { type ClosableConnection, connectClickHouse } from '../../core/store/clickhouse.ts';
import { ControlStore } from '../../core/store/controlStore.ts';
import { migrate } from '../../core/store/migrate.ts';
import { startTelemetry } from '../../core/telemetry.ts';
import { wallClock } from '../../core/time/wallClock.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';
import { type FaultyProxy, startFaultyProxy } from '../support/faultyProxy.ts';
import { until } from '../support/touchstoneChild.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhookReceiver.ts';

let engine: TestEngine;
let proxy: FaultyProxy;
let connection: ClosableConnection;
let receiver: WebhookReceiver;

beforeAll(async () => {
  engine = await startTestEngine();
  await migrate(engine.admin, { dir: MIGRATIONS, database: 'touchstone', ttlDays: 30 });
  proxy = await startFaultyProxy(engine.engine.url);
  connection = connectClickHouse({ url: proxy.url, ...engine.engine.admin });
  receiver = await startWebhookReceiver(() => 200);
});

afterAll(async () => {
  await connection.close();
  await Promise.all([proxy.stop(), receiver.close()]);
  await engine.stop();
});

const control = (): Control =>
  startControl({
    ...{ connection, database: 'touchstone', clock: wallClock, log: pino({ level: 'silent' }), beatMs: 50 },
    declared: {},
    materialRatioOf: () => 0,
    instruments: startTelemetry({ OTEL_SDK_DISABLED: 'true' }).instruments,
  });

describe('a control that ends between a delivery and its record', () => {
  it('is followed by one that delivers again, under the same id, and writes it down once', async () => {
    const store = new ControlStore(engine.admin, { database: 'touchstone' });
    const rule = { ...ruleSpec.parse({ name: 'any' }), id: 'any' };
    const finding: Finding = {
      ...{ id: 'f1', fingerprint: 'f', plugin: 'outlier', check: 'unusual', message: 'unusual', stream: 'bids' },
      ...{ series: '', labels: {}, severity: 'critical', data: {}, revision: 0, startMs: 0, endMs: 60_000 },
      ...{ text: 'unusual', evidenceSql: 'SELECT 1' },
    };
    const alert = begin(rule, finding, Date.now());
    const firing = { ...alert, status: 'firing' as const };
    const [notice] = noticesOf(rule, undefined, firing, { nowMs: Date.now(), lastToldMs: undefined });
    await store.saveReceiver(
      'r1',
      { name: 'r1', url: receiver.url, secrets: ['whsec_c2VjcmV0c2VjcmV0'], enabled: true },
      Date.now(),
    );
    proxy.harm = (table) => (table.endsWith('.delivery_attempts') ? 'refused' : undefined);
    await store.save([{ notice: notice!, receivers: ['r1'] }], [firing]);
    const first = control();
    await until('it is delivered', () => receiver.received.length > 0);
    await first.stop();
    const before = receiver.received.length;
    expect(await engine.admin.query('SELECT * FROM touchstone.delivery_attempts')).toEqual([]);
    proxy.harm = () => undefined;
    const second = control();
    await until('it is delivered again', () => receiver.received.length > before);
    await until('it is written down', async () => (await attempts()).length > 0);
    await second.stop();
    expect(new Set(receiver.received.map(({ id }) => id))).toEqual(new Set([notice!.id]));
    expect(await attempts()).toEqual([{ noticeId: notice!.id, outcome: 'delivered', attempt: 1 }]);
  });
});

const attempts = (): Promise<unknown[]> =>
  engine.admin.query('SELECT noticeId, outcome::String AS outcome, attempt FROM touchstone.delivery_attempts FINAL');
