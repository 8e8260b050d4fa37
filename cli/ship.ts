import { createHash } from 'node:crypto';
import { readdir, realpath } from 'node:fs/promises';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { type KafkaAccess, sourceConfig } from '../core/config/sourceConfig.ts';
import { ship, type Shipped, type ShipParts } from '../core/pipeline/ship.ts';
import { pause } from '../core/pipeline/untilDone.ts';
import { FilesSource } from '../core/sources/files/filesSource.ts';
import { Shipper } from '../core/sources/kafka/ship/shipper.ts';
import { wallClock } from '../core/time/wallClock.ts';
import { kafkaOverlay, loadConfig } from './configFile.ts';
import { progressBar } from './progressBar.ts';
import { UsageError } from './usageError.ts';

export const SHIP_HELP = `touchstone ship DIR (--brokers HOST:PORT[,...] | --config FILE) [OPTIONS]

Produces the log files under DIR/<stream>/<server>/ to Kafka: each line a record of the topic <stream> with the server as its key, each manifest a record of the
compacted topic of manifests. Every line once, also over kill -9 and broker failures: run again, it goes on where the topics say that it was.

  --brokers LIST     where the cluster is; TLS, SASL and topics come from --config (source.kind: kafka), or the environment
  --config FILE      a config whose source is Kafka
  --follow           goes on with what the files will hold, until Ctrl-C
  --rate N           lines a second at most
  --streams LIST     only these folders of DIR
  --partitions N     of topics that are not there yet; 8
  --compress KIND    none, gzip, snappy, lz4 or zstd; zstd
  --id NAME          of this shipper; the default is made of this machine and DIR. A second one with the same id stops the first
  --json             prints what was shipped as JSON

Exit code 0: all shipped. 1: lines were left out, since they are longer than the topic takes. 2: used wrongly.`;

const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** Runs `touchstone ship`; answers the exit code. */
export async function runShip(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      brokers: { type: 'string' },
      config: { type: 'string' },
      follow: { type: 'boolean', default: false },
      rate: { type: 'string' },
      streams: { type: 'string' },
      partitions: { type: 'string', default: '8' },
      compress: { type: 'string', default: 'zstd' },
      id: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const [dir] = positionals;
  if (dir === undefined || positionals.length > 1)
    throw new UsageError('name one folder: touchstone ship DIR --brokers HOST:PORT');
  const compression = COMPRESSIONS.find((kind) => kind === values.compress);
  if (compression === undefined) throw new UsageError(`--compress takes ${COMPRESSIONS.join(', ')}`);
  const linesPerSecondMax = values.rate === undefined ? Infinity : positive('--rate', values.rate);
  const partitions = positive('--partitions', values.partitions);
  const cluster = await clusterOf(values);
  const findStreams = (): Promise<readonly string[]> => streamsIn(dir, values.streams);
  const streams = new Set(await findStreams());
  if (streams.size === 0 && !values.follow)
    throw new UsageError(`${dir} has no folders: logs are in DIR/<stream>/<server>/<name>.ndjson`);
  const log = pino({ level: process.env['TOUCHSTONE_LOG'] ?? 'warn' }, pino.destination(2));
  const shipper = new Shipper({
    ...cluster,
    ...{ compression, log, partitions },
    id: values.id ?? `touchstone-ship-${await idOf(dir)}`,
    positionsTopic: `${cluster.group}.ship`,
  });
  try {
    await shipper.open([...streams]);
  } catch (error) {
    process.stderr.write(`${cluster.access.brokers.join(',')} cannot be shipped to: ${String(error)}\n`);
    return 1;
  }
  const shipped = await shipAll(shipper, { dir, streams, findStreams, follow: values.follow, linesPerSecondMax, log });
  await shipper.close();
  process.stdout.write(values.json ? `${JSON.stringify(shipped)}\n` : `${told(shipped)}\n`);
  return shipped.refused === 0 ? 0 : 1;
}

const told = ({ lines, refused, bytes }: Shipped): string =>
  `${String(lines)} lines of ${(bytes / 1e6).toFixed(1)} MB are shipped${refused === 0 ? '' : `; ${String(refused)} were left out, longer than the topic takes`}`;

interface ShipOrder extends Pick<ShipParts, 'streams' | 'findStreams' | 'follow' | 'linesPerSecondMax'> {
  readonly dir: string;
  readonly log: pino.Logger;
}

async function shipAll(shipper: Shipper, { dir, log, ...order }: ShipOrder): Promise<Shipped> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(130);
      stop.abort();
    });
  const source = new FilesSource({ dirs: [dir], streams: order.streams, pollMs: 100, clock: wallClock, pause });
  const bar = order.follow ? undefined : progressBar('shipping');
  const shipped = await ship({
    ...order,
    ...{ source, shipper, pause, signal: stop.signal },
    onFailure: (error) => {
      log.warn({ err: error }, 'kafka did not answer as it should; trying again');
    },
    onShipped: ({ bytes }) => bar?.(bytes / (bytes + source.backlogBytes())),
  });
  bar?.(1);
  return shipped;
}

interface Cluster {
  readonly access: KafkaAccess;
  readonly group: string;
  readonly manifestsTopic: string;
  readonly topicOf: (stream: string) => string;
}

/** Where to ship to: from the flag, or a config. */
async function clusterOf({
  brokers,
  config,
}: {
  brokers?: string | undefined;
  config?: string | undefined;
}): Promise<Cluster> {
  if (brokers === undefined && config === undefined)
    throw new UsageError('name the cluster: --brokers HOST:PORT, or --config FILE');
  const named = config === undefined ? undefined : (await loadConfig({ config })).config.source;
  if (named?.kind === 'files')
    throw new UsageError(`the source of ${String(config)} is not Kafka: name the cluster with --brokers`);
  const given = brokers === undefined ? {} : { brokers: brokers.split(',') };
  const parsed = sourceConfig.safeParse({ ...(named ?? { kind: 'kafka', ...kafkaOverlay(process.env) }), ...given });
  if (!parsed.success || parsed.data.kind !== 'kafka')
    throw new UsageError(`--brokers takes HOST:PORT, with commas between; got ${String(brokers)}`);
  const { group, manifestsTopic, topics, ...access } = parsed.data;
  const topicOf = (stream: string): string => topics[stream]?.find((topic) => !topic.startsWith('/')) ?? stream;
  return { access, group, manifestsTopic, topicOf };
}

/** Folders of DIR that are streams, or those of them that are wanted. */
async function streamsIn(dir: string, wanted: string | undefined): Promise<readonly string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => {
    throw new UsageError(`there is no folder ${dir}`);
  });
  const there = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const streams = wanted === undefined ? there : wanted.split(',');
  for (const stream of streams)
    if (!/^[a-z][a-z0-9_]{0,47}$/.test(stream) || !there.includes(stream))
      throw new UsageError(`${dir} has no folder ${stream}, or it is no stream's name; --streams names those to ship`);
  return streams.sort();
}

/** The same for the same folder of the same machine. */
async function idOf(dir: string): Promise<string> {
  return createHash('sha256')
    .update(`${hostname()} ${await realpath(dir)}`)
    .digest('hex')
    .slice(0, 16);
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new UsageError(`${flag} takes a whole number above 0; got ${text}`);
  return value;
}
