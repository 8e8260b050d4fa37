import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse as parseYaml } from 'yaml';
import { type Config, parseConfig } from '../core/config/config.ts';
import { pluginProblems } from '../core/pipeline/plugins.ts';
import { allPlugins } from '../plugins/all.ts';
import { UsageError } from './usageError.ts';

/** The file is there and cannot be used. */
export class ConfigError extends UsageError {}

/** Names looked for in the current folder when no file is named. */
const NAMES = ['touchstone.config.ts', 'touchstone.config.json', 'touchstone.config.yaml', 'touchstone.config.yml'];

/** What flags may set. */
export interface ConfigFlags {
  readonly config?: string | undefined;
  readonly data?: string | undefined;
  readonly port?: string | undefined;
}

/** Reads the config file, lays the environment over it and the flags over that. Throws UsageError with every problem there is. */
export async function loadConfig(
  flags: ConfigFlags,
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ readonly path: string; readonly config: Config }> {
  const path = await findConfig(flags.config);
  const raw = overlaid(await readConfig(path), flags, env);
  const result = parseConfig(raw);
  const problems = [...(result.ok ? [] : result.problems), ...pluginProblems(allPlugins as never, pluginsIn(raw))];
  if (result.ok && problems.length === 0) return { path, config: result.config };
  const lines = problems.map((problem) => `  ${problem.path}: ${problem.message}`);
  throw new ConfigError(
    `${path} has ${String(lines.length)} problem${lines.length === 1 ? '' : 's'}:\n${lines.join('\n')}`,
  );
}

async function findConfig(named: string | undefined): Promise<string> {
  for (const name of named === undefined ? NAMES : [named]) if (await isFile(name)) return resolve(name);
  throw new UsageError(
    named === undefined
      ? `there is no ${NAMES.join(' or ')} here; name one with --config FILE`
      : `there is no file ${named}`,
  );
}

async function readConfig(path: string): Promise<unknown> {
  if (path.endsWith('.ts')) {
    const module = (await import(pathToFileURL(path).href)) as { config?: unknown };
    if (module.config === undefined) throw new ConfigError(`${path} must export a value named config`);
    return module.config;
  }
  const text = await readFile(path, 'utf8');
  try {
    return path.endsWith('.json') ? (JSON.parse(text) as unknown) : (parseYaml(text) as unknown);
  } catch (error) {
    throw new ConfigError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Environment wins over the file, flags over both. */
function overlaid(raw: unknown, flags: ConfigFlags, env: NodeJS.ProcessEnv): unknown {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return raw;
  const file = raw as Record<string, Record<string, unknown> | string | undefined>;
  const section = (name: string): Record<string, unknown> => (typeof file[name] === 'object' ? file[name] : {});
  const data = flags.data ?? env['TOUCHSTONE_DATA'];
  const port = flags.port ?? env['TOUCHSTONE_PORT'];
  const source = section('source');
  const clickhouse = {
    ...section('clickhouse'),
    ...given('port', asNumber(env['TOUCHSTONE_CLICKHOUSE_PORT'])),
    ...given('url', env['CLICKHOUSE_URL']),
    ...given('user', env['CLICKHOUSE_USER']),
    ...given('password', env['CLICKHOUSE_PASSWORD']),
  };
  return {
    ...file,
    ...given('data', data),
    ...(source['kind'] === 'kafka' ? { source: { ...source, ...kafkaOverlay(env, source['sasl']) } } : {}),
    api: { ...section('api'), ...given('port', asNumber(port)) },
    clickhouse,
  };
}

/** What the environment says of a Kafka cluster; a secret need not stand in a file. */
export function kafkaOverlay(env: NodeJS.ProcessEnv, sasl: unknown = {}): Record<string, unknown> {
  const secrets = {
    ...given('mechanism', env['TOUCHSTONE_KAFKA_MECHANISM']),
    ...given('username', env['TOUCHSTONE_KAFKA_USERNAME']),
    ...given('password', env['TOUCHSTONE_KAFKA_PASSWORD']),
  };
  return {
    ...given('brokers', env['TOUCHSTONE_KAFKA_BROKERS']?.split(',')),
    ...(Object.keys(secrets).length === 0 ? {} : { sasl: { ...(sasl as object), ...secrets } }),
  };
}

/** The plugins that are asked for, whatever else is wrong. */
function pluginsIn(raw: unknown): Readonly<Record<string, unknown>> {
  const plugins = typeof raw === 'object' && raw !== null && 'plugins' in raw ? raw.plugins : undefined;
  return typeof plugins === 'object' && plugins !== null ? { ...plugins } : {};
}

const given = (key: string, value: unknown): Record<string, unknown> =>
  value === undefined || value === '' ? {} : { [key]: value };

/** A number where the text is one; else the text, so that the config's own check names it. */
const asNumber = (text: string | undefined): number | string | undefined =>
  text === undefined || text === '' || !Number.isFinite(Number(text)) ? text : Number(text);

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
