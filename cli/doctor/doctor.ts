import { stat } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { clusterReport, type TopicEnds } from '../../api/clusterReport.ts';
import type { Config } from '../../core/config/config.ts';
import { ClusterLook } from '../../core/sources/kafka/clusterLook.ts';
import type { Connection } from '../../core/store/connection.ts';
import { ClusterStore } from '../../core/store/clusterStore.ts';
import { ConfigError, loadConfig } from '../configFile.ts';
import { dataChecks } from './dataChecks.ts';
import { kafkaChecks } from './kafkaChecks.ts';
import { storeChecks } from './storeChecks.ts';
import { examined, fail, ok, reasonOf, type Verdict } from './verdict.ts';
import { visitStore } from './visitStore.ts';
import { workChecks } from './workChecks.ts';

export const DOCTOR_HELP = `touchstone doctor [--config FILE] [--data DIR] [--json]

Looks at everything that a running Touchstone needs, and says what is wrong and what to do: the config, ClickHouse (version, migrations, disk, clock, parts),
the audit, dead letters, receivers, Kafka (brokers, topics, groups), the processes, who owns what, and how far behind it is. It changes nothing and starts
nothing; an embedded ClickHouse is asked over its port, while \`touchstone start\` runs it.

One line for each check: ok, warn or FAIL, what was seen, and after -> what to do. Exit code 0: nothing fails. 1: something fails. 2: used wrongly.`;

/** Runs `touchstone doctor`; answers the exit code. */
export async function runDoctor(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: { config: { type: 'string' }, data: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  const verdicts: Verdict[] = [];
  const tell = (found: readonly Verdict[]): void => {
    verdicts.push(...found);
    if (!values.json) for (const verdict of found) process.stdout.write(`${lineOf(verdict)}\n`);
  };
  const config = await configOf(values, tell);
  if (config !== undefined) await examine(config, tell);
  const isWell = verdicts.every(({ level }) => level !== 'FAIL');
  if (values.json) process.stdout.write(`${JSON.stringify({ ok: isWell, checks: verdicts }, undefined, 2)}\n`);
  return isWell ? 0 : 1;
}

/** Told as they come: what answers is not held up by what does not. */
type Tell = (found: readonly Verdict[]) => void;

const lineOf = ({ check, level, detail, todo }: Verdict): string =>
  `${level.padEnd(4)}  ${check.padEnd(20)}  ${detail}${todo === undefined ? '' : ` -> ${todo}`}`.replaceAll('\n', ' ');

async function configOf(
  flags: { readonly config?: string | undefined; readonly data?: string | undefined },
  tell: Tell,
): Promise<Config | undefined> {
  try {
    const { path, config } = await loadConfig(flags);
    tell([ok('config', `${path} is fine`)]);
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    tell([fail('config', error.message, 'correct it; `touchstone config schema` tells every setting')]);
    return undefined;
  }
}

async function examine(config: Config, tell: Tell): Promise<void> {
  const { source } = config;
  const streams = Object.keys(config.streams);
  const look = source.kind === 'kafka' ? new ClusterLook(source, streams, pino({ level: 'silent' })) : undefined;
  const visit = await visitStore(config);
  try {
    if (visit.connection === undefined) tell([visit.verdict]);
    else {
      tell(await storeChecks(config, visit));
      tell(await dataChecks(visit.connection, config.clickhouse.database));
    }
    if (source.kind === 'files') tell(await folderChecks(source.dirs));
    else if (look !== undefined) tell(await kafkaChecks(source, streams, look));
    if (visit.connection !== undefined) tell(await workOf(config, visit.connection, look));
  } finally {
    await visit.connection?.close();
    await look?.close();
  }
}

function workOf(config: Config, connection: Connection, look: ClusterLook | undefined): Promise<readonly Verdict[]> {
  return examined('processes', async () => {
    // The ends after the store: else what came between would look as if more were stored than there is.
    const facts = await new ClusterStore(connection, config.clickhouse.database).facts();
    return workChecks(config, clusterReport(facts, Object.keys(config.streams), await endsOf(look)));
  });
}

async function endsOf(look: ClusterLook | undefined): Promise<TopicEnds> {
  if (look === undefined) return { state: 'files', detail: '', ends: undefined };
  try {
    return { state: 'known', detail: '', ends: await look.bounds() };
  } catch (error) {
    return { state: 'unknown', detail: reasonOf(error), ends: undefined };
  }
}

async function folderChecks(dirs: readonly string[]): Promise<readonly Verdict[]> {
  const found = dirs.map((dir) =>
    examined('source', async () => {
      const isFolder = await stat(dir).then(
        (entry) => entry.isDirectory(),
        () => false,
      );
      return isFolder
        ? ok('source', `the folder ${dir} is there`)
        : fail('source', `there is no folder ${dir}`, 'correct source.dirs, or mount it');
    }),
  );
  return (await Promise.all(found)).flat();
}
