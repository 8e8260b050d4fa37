import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import kafkajs, { type Admin, type Kafka, type KafkaConfig, type LogEntry, type SASLOptions } from 'kafkajs';
import type { Logger } from 'pino';
import type { KafkaAccess } from '../../config/sourceConfig.ts';
import { registerCodecs } from './codecs.ts';

/** Told of what kafkajs writes to its log: some of its failures come in no other way. */
export type LogListener = (entry: LogEntry) => void;

/** How long an answer is waited for. */
export type Patience = Pick<KafkaConfig, 'connectionTimeout' | 'requestTimeout' | 'retry'>;

const STEADY: Patience = {
  connectionTimeout: 5_000,
  requestTimeout: 30_000,
  retry: { initialRetryTime: 200, maxRetryTime: 5_000, retries: 8 },
};

/** A kafkajs client for the cluster that the config names. It connects when it is used. */
export function kafkaClient(
  access: KafkaAccess,
  log: Logger,
  listen: LogListener = () => undefined,
  patience = STEADY,
): Kafka {
  prepare();
  const { brokers, clientId, tls, sasl } = access;
  return new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    ssl: tls === false || tls === true ? tls : tlsOptions(tls),
    ...(sasl === undefined ? {} : { sasl: sasl as SASLOptions }),
    ...patience,
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => (entry) => {
      listen(entry);
      tell(log, entry);
    },
  });
}

/** Lets an administrator of the cluster do something, and lets it go. */
export async function withAdmin<Answer>(kafka: Kafka, act: (admin: Admin) => Promise<Answer>): Promise<Answer> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await act(admin);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

/** kafkajs tells each answer that it will ask for again as an error. What matters comes to us as an exception or an event, and is told by whoever takes it. */
function tell(log: Logger, { namespace, log: { message, error } }: LogEntry): void {
  log.debug({ namespace, error: typeof error === 'string' ? error : undefined }, `kafka: ${message}`);
}

const tlsOptions = ({ ca, cert, key, rejectUnauthorized }: Exclude<KafkaAccess['tls'], boolean>) => ({
  rejectUnauthorized,
  ...(ca === undefined ? {} : { ca: [readFileSync(ca, 'utf8')] }),
  ...(cert === undefined ? {} : { cert: readFileSync(cert, 'utf8') }),
  ...(key === undefined ? {} : { key: readFileSync(key, 'utf8') }),
});

let prepared = false;

/** Once per process: codecs, and a mend of kafkajs 2.2.4. */
function prepare(): void {
  if (prepared) return;
  prepared = true;
  registerCodecs();
  mendTimers();
}

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

/**
 * kafkajs looks after waiting requests again and again also when none waits, by a timer with a negative delay: it fires each millisecond, and newer Nodes warn of it.
 * Source: kafkajs 2.2.4, src/network/requestQueue/index.js; reported as tulios/kafkajs#1704 and #1751.
 */
function mendTimers(): void {
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as {
    prototype: RequestQueue;
  };
  const schedule: unknown = Reflect.get(prototype, 'scheduleCheckPendingRequests');
  if (typeof schedule !== 'function') throw new RangeError('this is not kafkajs 2.2.4: see what became of its timers');
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) Reflect.apply(schedule, this, []);
  };
}
