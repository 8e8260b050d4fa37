import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled, output, resolvedOnce } from '../clientCache.ts';
import { freePort } from '../../../core/store/engine/freePort.ts';
import { brokerProperties, type BrokerPorts, type SecureListener, secureProperties } from './brokerProperties.ts';

/** A real Apache Kafka (KRaft) on loopback and free ports, in a folder of its own. */
export interface TestKafka {
  /** `host:port` of every broker. */
  readonly brokers: readonly string[];
  /** Kills a broker at once, as `kill -9` does. */
  kill(broker: number): Promise<void>;
  /** Starts a broker that was killed, on its ports and its data. */
  revive(broker: number): Promise<void>;
  /** Process ids by broker; undefined while it is dead. */
  pid(broker: number): number | undefined;
  stop(): Promise<void>;
}

/** What may be chosen of a broker. */
export interface KafkaOptions {
  readonly brokers?: 1 | 3;
  /** Lines added to every broker's properties. */
  readonly properties?: readonly string[];
  /** One more listener of a single broker, over TLS with SASL. */
  readonly secure?: SecureListener;
  /** Where the broker keeps its data; left out: a temporary folder that is removed. */
  readonly dir?: string;
  /** Port of the first broker; left out: a free one. */
  readonly port?: number;
}

const CLUSTER_ID = 'AAAAAAAAAAAAAAAAAAAAAA';
const READY_MS = 90_000;

/** Starts one, or three that form a cluster. Says what is missing when it cannot. */
export async function startKafka({
  brokers = 1,
  properties = [],
  secure,
  dir,
  port,
}: KafkaOptions = {}): Promise<TestKafka> {
  const classpath = await kafkaJars();
  const root = dir ?? (await mkdtemp(join(tmpdir(), 'kafka-')));
  const ports: BrokerPorts[] = [];
  for (let at = 0; at < brokers; at++)
    ports.push({ client: at === 0 && port !== undefined ? port : await freePort(), controller: await freePort() });
  const nodes = ports.map((_, at) => new BrokerProcess(join(root, `broker-${String(at)}`), classpath));
  await Promise.all(
    nodes.map((node, at) => {
      const own = ports[at];
      const more = secure === undefined || own === undefined ? [] : secureProperties(own, secure);
      return node.format([...brokerProperties(at, ports, node.dir), ...more, ...properties], secure?.user);
    }),
  );
  for (const node of nodes) node.start();
  await Promise.all(
    ports.map(({ client }, at) => untilListening(client, () => nodes[at]?.lastWords() ?? Promise.resolve(''))),
  );
  return {
    brokers: ports.map(({ client }) => `127.0.0.1:${String(client)}`),
    kill: async (broker) => nodes[broker]?.end('SIGKILL'),
    async revive(broker) {
      nodes[broker]?.start();
      await untilListening(ports[broker]?.client ?? 0, () => nodes[broker]?.lastWords() ?? Promise.resolve(''));
    },
    pid: (broker) => nodes[broker]?.pid,
    async stop() {
      // Killed, not asked: nobody needs what is in it any more, and a controlled end takes its time.
      await Promise.all(nodes.map((node) => node.end(dir === undefined ? 'SIGKILL' : 'SIGTERM')));
      if (dir === undefined) await rm(root, { recursive: true, force: true });
    },
  };
}

/** The broker's jars as a class path, resolved once by Maven. */
export async function kafkaJars(): Promise<string> {
  if (!(await isInstalled('java', '-version')))
    throw new Error('Apache Kafka needs Java 17 or later: install a JDK, and see that `java` is found');
  const pom = fileURLToPath(new URL('pom.xml', import.meta.url));
  const folder = await resolvedOnce('kafka', ['../support/kafka/pom.xml'], async (into) => {
    if (!(await isInstalled('mvn', '--version')))
      throw new Error('Apache Kafka comes from Maven Central: install Maven, and see that `mvn` is found');
    await output('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${into}`]);
  });
  return join(folder, '*');
}

/** Makes a user known for both mechanisms of SCRAM. */
const scramUser = (user: SecureListener['user'] | undefined): readonly string[] =>
  user === undefined
    ? []
    : ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
        '--add-scram',
        `${mechanism}=[name=${user.name},password=${user.password}]`,
      ]);

/** Brokers of tests live shortly: what the second compiler would gain, they never see. */
const JVM = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** One broker's process and folder. */
class BrokerProcess {
  readonly dir: string;
  readonly #classpath: string;
  #child: ChildProcess | undefined;

  constructor(dir: string, classpath: string) {
    this.dir = dir;
    this.#classpath = classpath;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get #properties(): string {
    return join(this.dir, 'server.properties');
  }

  async format(lines: readonly string[], user?: SecureListener['user']): Promise<void> {
    await mkdir(this.dir, { recursive: true });
    await writeFile(this.#properties, `${lines.join('\n')}\n`);
    const args = ['format', '-t', CLUSTER_ID, '-c', this.#properties, '--ignore-formatted', ...scramUser(user)];
    await output('java', [...JVM, '-cp', this.#classpath, 'kafka.tools.StorageTool', ...args]);
  }

  start(): void {
    const log = createWriteStream(join(this.dir, 'broker.log'), { flags: 'a' });
    const args = [...JVM, '-Xmx512m', '-cp', this.#classpath, 'kafka.Kafka', this.#properties];
    const child = spawn('java', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    child.on('exit', () => {
      if (this.#child === child) this.#child = undefined;
    });
    this.#child = child;
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }

  /** The end of what it wrote; says so when its process is no more. */
  async lastWords(): Promise<string> {
    if (this.#child !== undefined) return '';
    const log = await readFile(join(this.dir, 'broker.log'), 'utf8').catch(() => '');
    return `it ended: ${log.slice(-2_000)}`;
  }
}

async function untilListening(port: number, lastWords: () => Promise<string>): Promise<void> {
  const untilMs = Date.now() + READY_MS;
  while (!(await accepts(port))) {
    const words = await lastWords();
    if (words !== '') throw new Error(`Kafka did not start; ${words}`);
    if (Date.now() > untilMs) throw new Error(`Kafka did not listen on port ${String(port)} in ${String(READY_MS)} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
