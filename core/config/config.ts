import { z } from 'zod';
import { sourceConfig } from './sourceConfig.ts';
import { streamsConfig } from './streamConfig.ts';

const port = z.int().min(0).max(65_535);

const shard = z.strictObject({
  /** Its name, too: which partitions it holds follows from it. */
  url: z.url(),
  /** Left out: those of the server that they are asked through. */
  user: z.string().optional(),
  password: z.string().optional(),
});

const clickhouse = z
  .strictObject({
    /** A ClickHouse elsewhere; left out: the embedded one. */
    url: z.url().optional(),
    user: z.string().default('default'),
    password: z.string().default(''),
    database: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,47}$/)
      .default('touchstone'),
    /** Servers that hold the raw events, each those of some partitions; the server at `url` may be one of them, and holds everything else. None: it holds all. */
    shards: z.array(shard).default([]),
    /** What the server at `url` calls the shards together, in its `remote_servers`. */
    cluster: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/)
      .optional(),
    /** HTTP port of the embedded engine, on loopback. 0 = any free one. */
    port: port.default(8322),
    /** Raw events, aggregates and findings are kept this long. */
    retentionDays: z.int().min(1).max(3_650).default(90),
  })
  .superRefine(({ url, shards, cluster }, context) => {
    const told = (key: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [key], message });
    };
    if ((cluster === undefined) !== (shards.length === 0))
      told('cluster', 'and shards belong together: name both, or neither');
    if (shards.length > 0 && url === undefined)
      told('url', 'is missing: shards are asked through a server elsewhere, never through the embedded one');
    if (new Set(shards.map((each) => each.url)).size < shards.length) told('shards', 'names a url twice');
  });

const ingest = z.strictObject({
  /** A batch is stored when it has this many rows, or bytes, or is this old. */
  rowsMax: z.int().min(1).max(1_000_000).default(100_000),
  bytesMax: z
    .int()
    .min(1_024)
    .max(1 << 30)
    .default(64 << 20),
  ageMsMax: z.int().min(1).max(60_000).default(750),
  /** The same when the source has nothing more to give at the moment. */
  idleMsMax: z.int().min(0).max(60_000).default(250),
});

const limits = z.strictObject({
  lineBytesMax: z
    .int()
    .min(256)
    .max(64 << 20)
    .default(1 << 20),
  /** How far in the future an event's time may lie. */
  futureSkewMs: z.int().min(0).max(86_400_000).default(600_000),
  /** How far in the past an event's time may lie. */
  horizonDays: z.int().min(1).max(36_500).default(3_650),
  /** Windows of one partition that may be open at a time; beyond it the oldest are written out and dropped from memory. */
  openWindowsMax: z.int().min(2).max(100_000).default(2_000),
  /** Series of one stream and cut; beyond it events count in the series `(other)`. */
  seriesMax: z.int().min(1).max(10_000_000).default(200_000),
  /** Time that a check may take over one window before it is quarantined. */
  checkMsMax: z.int().min(1).max(600_000).default(10_000),
});

/** The whole configuration. Every default stands here, with its unit in the name. */
export const config = z.strictObject({
  /** All state lives under this folder. */
  data: z.string().min(1).default('./data'),
  api: z.strictObject({ host: z.string().default('127.0.0.1'), port: port.default(8321) }).prefault({}),
  clickhouse: clickhouse.prefault({}),
  source: sourceConfig.prefault({ kind: 'files', dirs: ['./fleet-logs'] }),
  ingest: ingest.prefault({}),
  limits: limits.prefault({}),
  streams: streamsConfig.default({}),
  /** Options of each plugin by its name; a plugin that is not named does not run. */
  plugins: z.record(z.string(), z.unknown()).default({ completeness: {}, 'schema-watch': {}, outlier: {} }),
});

/** A parsed configuration, all defaults filled in. */
export type Config = z.infer<typeof config>;

/** What is wrong with a configuration: where, and what to do. */
export interface ConfigProblem {
  readonly path: string;
  readonly message: string;
}

/** Parses a configuration whole: either the config, or every problem there is. */
export function parseConfig(
  raw: unknown,
):
  { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly problems: readonly ConfigProblem[] } {
  const parsed = config.safeParse(raw);
  if (parsed.success) return { ok: true, config: parsed.data };
  return { ok: false, problems: parsed.error.issues.flatMap((issue) => problemsOf(issue)) };
}

/** What zod found, told as problems of the setting at `prefix`. */
export function problemsOf(issue: z.core.$ZodIssue, prefix = ''): ConfigProblem[] {
  const path = [...(prefix === '' ? [] : [prefix]), ...issue.path.map(String)].join('.');
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: path === '' ? key : `${path}.${key}`,
      message: 'is not a setting; remove it, or see `touchstone config schema`',
    }));
  return [{ path: path === '' ? '(whole file)' : path, message: issue.message }];
}
