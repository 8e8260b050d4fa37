import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isInstalled, output, resolvedOnce } from '../../test/support/clientCache.ts';
import type { Contestant, Measured } from './contest.ts';

const SOURCES = fileURLToPath(new URL('../peers/streams/', import.meta.url));
/** The longest that a run may take. */
const PATIENCE_MS = 240_000;

/** How a Kafka Streams program keeps its cells. */
export interface StreamsKind {
  readonly store: 'memory' | 'rocksdb';
  readonly guarantee: 'at_least_once' | 'exactly_once_v2';
  /** Each event goes through the store; or cells are held in a map between commits. */
  readonly cells: 'each' | 'held';
}

/** The program as a class path: its jars resolved by Maven and its sources compiled, once. */
export async function streamsClasses(): Promise<string> {
  const sources = (await readdir(SOURCES)).filter((name) => /\.(java|xml)$/.test(name)).sort();
  const named = sources.map((name) => `../../bench/peers/streams/${name}`);
  const folder = await resolvedOnce('streams', named, async (into) => {
    if (!(await isInstalled('javac', '-version')) || !(await isInstalled('mvn', '--version')))
      throw new Error('the Kafka Streams peer needs a JDK 17 or later and Maven: see that `javac` and `mvn` are found');
    const pom = join(SOURCES, 'pom.xml');
    await output('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${into}`]);
    const programs = sources.filter((name) => name.endsWith('.java')).map((name) => join(SOURCES, name));
    await output('javac', ['-cp', join(into, '*'), '-d', join(into, 'classes'), ...programs]);
  });
  return `${join(folder, '*')}:${join(folder, 'classes')}`;
}

/** The Kafka Streams program: the same sums by the same cuts; it stores no events and judges nothing. */
export const streams = ({ store, guarantee, cells }: StreamsKind, classes: string): Contestant => ({
  name: `Kafka Streams, ${store}, ${guarantee.replaceAll('_', '-')}${cells === 'held' ? ', cells held' : ''}`,
  work: 'cells only',
  async run({ brokers, topic, events, run, dir }) {
    const name = `streams-${store}-${guarantee}-${cells}-${run}`;
    const args = [brokers.join(','), topic, String(events), name, dir, store, guarantee, cells];
    const java = ['-Xmx1g', '-cp', classes, 'StreamsPeer', ...args];
    const { stdout } = await promisify(execFile)('java', java, { timeout: PATIENCE_MS });
    const measured = JSON.parse(stdout) as Measured & { readonly counted: number };
    if (measured.counted !== events)
      throw new Error(`Kafka Streams counted ${String(measured.counted)} of ${String(events)} events`);
    return measured;
  },
});
