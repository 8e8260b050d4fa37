// A publisher as a process of its own, that kills itself when it is about to commit a transaction for the n-th time, or has just asked for it.
import { Socket } from 'node:net';
import { pino } from 'pino';
import { startPublishing } from '../../../core/pipeline/control/publish.ts';
import { connectClickHouse } from '../../../core/store/clickhouse.ts';
import { startTelemetry } from '../../../core/telemetry.ts';
import { wallClock } from '../../../core/time/wallClock.ts';

/** What the process is told. */
export interface PublishingOrder {
  readonly clickhouse: { readonly url: string; readonly user: string; readonly password: string };
  readonly brokers: readonly string[];
  readonly group: string;
  readonly dies: 'before' | 'after';
  readonly commits: number;
}

const { clickhouse, brokers, group, dies, commits } = JSON.parse(process.argv[2] ?? '') as PublishingOrder;

/** Kafka's number of the request that ends a transaction: in a request's bytes 4 and 5. */
const END_TXN = 26;
let seen = 0;
const die = (): void => void process.kill(process.pid, 'SIGKILL');
const write = Reflect.get(Socket.prototype, 'write') as (...args: readonly unknown[]) => boolean;
Socket.prototype.write = function (this: Socket, ...args: readonly unknown[]): boolean {
  const [bytes] = args;
  const isLast = Buffer.isBuffer(bytes) && bytes.length > 6 && bytes.readInt16BE(4) === END_TXN && ++seen === commits;
  if (isLast && dies === 'before') die();
  const answer = Reflect.apply(write, this, args);
  if (isLast) setTimeout(die, 2);
  return answer;
};

startPublishing({
  publisher: {
    access: { brokers: [...brokers], clientId: 'child', tls: false },
    group,
    log: pino({ level: 'silent' }),
  },
  connection: connectClickHouse(clickhouse),
  database: 'touchstone',
  clock: wallClock,
  log: pino({ level: 'warn' }, pino.destination(2)),
  instruments: startTelemetry({ OTEL_SDK_DISABLED: 'true' }).instruments,
  isOurs: () => Promise.resolve(true),
  onFenced: () => undefined,
});
