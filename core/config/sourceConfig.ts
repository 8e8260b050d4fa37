import { z } from 'zod';

/** How a Kafka cluster is reached; for all who talk to it. */
const access = {
  brokers: z.array(z.string().regex(/^[^\s:/]+:\d+$/, 'a broker is HOST:PORT')).min(1),
  clientId: z.string().min(1).default('touchstone'),
  /** TLS; with files where the system's authorities are not enough. */
  tls: z
    .union([
      z.boolean(),
      z.strictObject({
        ca: z.string().optional(),
        cert: z.string().optional(),
        key: z.string().optional(),
        rejectUnauthorized: z.boolean().default(true),
      }),
    ])
    .default(false),
  sasl: z
    .strictObject({
      mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
      username: z.string().min(1),
      password: z.string(),
    })
    .optional(),
};

/** A topic by its name, or by a pattern between slashes: `/^requests-.+$/`. */
const topic = z
  .string()
  .min(1)
  .max(249)
  .refine(
    isTopicOrPattern,
    'a topic has letters, digits and . _ - only; a pattern is a regular expression between slashes',
  );

const files = z.strictObject({
  kind: z.literal('files'),
  /** Folders laid out as `<stream>/<server>/<name>.ndjson[.gz|.zst]`. */
  dirs: z.array(z.string().min(1)).min(1),
  pollMs: z.int().min(20).max(60_000).default(200),
});

const kafka = z.strictObject({
  kind: z.literal('kafka'),
  ...access,
  /** Consumer group; those of the judges and of control are named after it. */
  group: z.string().min(1).default('touchstone'),
  /** Topics of each stream; one that is not named here has the topic of its own name. */
  topics: z.record(z.string(), z.array(topic).min(1)).default({}),
  /** Whether findings, windows and alerts are published, to topics named after the group. */
  publish: z.boolean().default(true),
  /** Topic of the manifests that `touchstone ship` writes. */
  manifestsTopic: z.string().min(1).default('manifests'),
  /** Where a partition is begun that the store does not know yet: at its oldest record, behind its newest, or at a time (ISO 8601). */
  start: z.union([z.enum(['earliest', 'latest']), z.iso.datetime()]).default('earliest'),
  /** A process that is silent for so long is taken to be dead, and its partitions go to others. Brokers allow 6 s and more unless told otherwise. */
  sessionTimeoutMs: z.int().min(1_000).max(600_000).default(10_000),
  /** Records that were fetched and wait to be decoded, in bytes. */
  queueBytesMax: z
    .int()
    .min(1 << 20)
    .max(1 << 30)
    .default(64 << 20),
  /** How often new topics and partitions are looked for. */
  lookMs: z.int().min(500).max(3_600_000).default(10_000),
});

/** Where events come from. */
export const sourceConfig = z.discriminatedUnion('kind', [files, kafka]);

/** Events from Kafka, all defaults filled in. */
export type KafkaSourceConfig = z.infer<typeof kafka>;

/** How a Kafka cluster is reached. */
export type KafkaAccess = Pick<KafkaSourceConfig, 'brokers' | 'clientId' | 'tls' | 'sasl'>;

/** The pattern that a topic's text stands for; undefined when it is a name. */
export function topicPattern(text: string): RegExp | undefined {
  return text.length > 2 && text.startsWith('/') && text.endsWith('/') ? new RegExp(text.slice(1, -1)) : undefined;
}

function isTopicOrPattern(text: string): boolean {
  try {
    return topicPattern(text) !== undefined || /^[A-Za-z0-9._-]+$/.test(text);
  } catch {
    return false;
  }
}
