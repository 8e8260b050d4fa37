import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import type { Finding } from '../../../core/findings/finding.ts';
import type { Control } from '../../../core/pipeline/control/control.ts';
import { type PublishParts, startPublishing } from '../../../core/pipeline/control/publish.ts';
import type { PublisherOptions } from '../../../core/sources/kafka/publish/publisher.ts';
import { JudgeStore } from '../../../core/store/judgeStore.ts';
import { startTelemetry } from '../../../core/telemetry.ts';
import { wallClock } from '../../../core/time/wallClock.ts';
import type { TestEngine } from '../engine.ts';
import { NODE } from '../touchstoneChild.ts';
import type { PublishingOrder } from './publishingChild.ts';

/** From where to where something is published. */
export interface PublishingPlace {
  readonly engine: TestEngine;
  readonly brokers: readonly string[];
  readonly group: string;
}

const log = pino({ level: 'silent' });

/** Where a publisher publishes. */
export const publisherOptions = ({ brokers, group }: PublishingPlace): PublisherOptions => ({
  access: { brokers: [...brokers], clientId: 'test', tls: false },
  ...{ group, log },
});

/** Starts a publisher in this process. */
export function publisherOf(place: PublishingPlace, changed: Partial<PublishParts> = {}): Control {
  return startPublishing({
    publisher: publisherOptions(place),
    connection: place.engine.admin,
    database: 'touchstone',
    clock: wallClock,
    log,
    instruments: startTelemetry({ OTEL_SDK_DISABLED: 'true' }).instruments,
    isOurs: () => Promise.resolve(true),
    onFenced: () => undefined,
    ...changed,
  });
}

const CHILD = fileURLToPath(new URL('publishingChild.ts', import.meta.url));

/** Lets a publisher of its own process kill itself at its n-th commit; answers how it ended. */
export function killedPublisher(
  { engine, brokers, group }: PublishingPlace,
  dies: PublishingOrder['dies'],
  commits: number,
): Promise<unknown> {
  const clickhouse = { url: engine.engine.url, ...engine.engine.admin };
  const order: PublishingOrder = { clickhouse, brokers, group, dies, commits };
  const child = spawn(NODE, [CHILD, JSON.stringify(order)], { stdio: ['ignore', 'ignore', 'inherit'] });
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
}

const findingOf = (at: number): Finding => ({
  ...{ id: `f${String(at)}`, fingerprint: 'f', plugin: 'outlier', check: 'unusual', message: 'unusual' },
  ...{ stream: 'bids', series: '', labels: {}, severity: 'info', data: {}, revision: 0 },
  ...{ startMs: 0, endMs: 60_000, text: 'x'.repeat(200), evidenceSql: 'SELECT 1' },
});

/** Stores findings `f<number>`, or their retractions. */
export const saveFindings = ({ admin }: TestEngine, numbers: readonly number[], retracted: boolean): Promise<void> =>
  new JudgeStore(admin, 'touchstone').save(
    'bids',
    { findings: numbers.map((at) => ({ finding: findingOf(at), retracted })), windows: [], rosters: [] },
    Date.now(),
  );

/** Findings as they stand in the store, each with its time. */
export async function storedFindings({ admin }: TestEngine): Promise<string[]> {
  const rows = await admin.query<{ id: string; ms: string }>(
    'SELECT id, toUnixTimestamp64Milli(foundAt) AS ms FROM touchstone.finding_revisions FINAL',
  );
  return rows.map(({ id, ms }) => `${id} ${new Date(Number(ms)).toISOString()}`);
}
