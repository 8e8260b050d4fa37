import { z } from 'zod';
import { DEFAULT_EVENTS, EVENT_TYPES } from '../core/alerts/eventType.ts';
import { placeOf } from './page.ts';

/** Times are ISO 8601 in UTC; windows are half-open `[startMs, endMs)` in epoch milliseconds. */
export const time = z.iso.datetime();
const labels = z.record(z.string(), z.string());

export const windowOfTime = z.object({ startMs: z.int(), endMs: z.int() });

export const stream = z.object({
  name: z.string(),
  kind: z.enum(['events', 'packets']),
  windowMs: z.int(),
  fields: z.record(z.string(), z.string()),
  cuts: z.array(z.array(z.string())),
  metrics: z.array(z.string()),
  /** Newest event time stored, and rows stored. */
  newestAt: time.nullable(),
  events: z.int(),
});

export const judgedWindow = windowOfTime.extend({
  stream: z.string(),
  revision: z.int(),
  state: z.enum(['ready', 'complete', 'sealed']),
  events: z.int(),
  serversExpected: z.int(),
  serversArrived: z.int(),
  eventsAnnounced: z.int().nullable(),
  tooLate: z.int(),
  judgedAt: time,
});

export const series = z.object({
  stream: z.string(),
  series: z.string(),
  name: z.string(),
  labels,
  events: z.int(),
  lastAt: time,
});

export const finding = z.object({
  id: z.string(),
  fingerprint: z.string(),
  plugin: z.string(),
  check: z.string(),
  stream: z.string(),
  series: z.string(),
  labels,
  severity: z.enum(['info', 'warning', 'critical']),
  window: windowOfTime,
  revision: z.int(),
  text: z.string(),
  /** What filled the text, and more: see the plugin's README. */
  data: z.record(z.string(), z.union([z.string(), z.number()])),
  observed: z.number().nullable(),
  expected: z.object({ low: z.number(), center: z.number(), high: z.number() }).nullable(),
  rarity: z.number().nullable(),
  evidenceSql: z.string(),
  foundAt: time,
});

export const plugin = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string(),
  messages: z.record(z.string(), z.string()),
  options: z.unknown(),
});

/** A page of things, newest first; `next` is the cursor of the following page, null at the end. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next: z.string().nullable() });

/** An error, after RFC 9457. */
export const problem = z.object({ type: z.string(), title: z.string(), status: z.int(), detail: z.string() });

/** Query parameters that every list takes. */
export const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  cursor: z
    .string()
    .transform((text, context) => {
      const place = placeOf(text);
      if (place !== undefined) return place;
      context.addIssue('take the cursor from the member next of the page before');
      return z.NEVER;
    })
    .optional(),
});

export const alert = z.object({
  id: z.string(),
  fingerprint: z.string(),
  ruleId: z.string(),
  status: z.enum(['pending', 'firing', 'resolved']),
  severity: z.enum(['info', 'warning', 'critical']),
  labels,
  annotations: labels,
  startsAt: time,
  endsAt: time.nullable(),
  window: windowOfTime,
  text: z.string(),
  observed: z.number().nullable(),
  expected: z.object({ low: z.number(), center: z.number(), high: z.number() }).nullable(),
  findingId: z.string(),
  evidenceSql: z.string(),
  updatedAt: time,
});

export const incident = windowOfTime.extend({
  id: z.string(),
  /** Left out: it showed in whichever streams. */
  stream: z.string().optional(),
  labels,
  name: z.string(),
});

/** A webhook as it is asked for. Without a secret one is made; it is told once, in the answer. */
export const receiverSpec = z.strictObject({
  name: z.string().min(1).max(200),
  url: z.url({ protocol: /^https?$/ }),
  secret: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/=]{24,}$/, 'a secret is whsec_ and at least 24 characters of base64')
    .optional(),
  enabled: z.boolean().default(true),
  /** What it is told of; of windows and servers, what happens in windows that end after it was registered. */
  events: z
    .array(z.enum(EVENT_TYPES))
    .min(1)
    .default([...DEFAULT_EVENTS]),
  /** Streams by name of which it is told; none named = all. */
  streams: z.array(z.string().min(1)).default([]),
});

export const receiver = z.object({
  id: z.string(),
  name: z.string(),
  url: z.string(),
  enabled: z.boolean(),
  events: z.array(z.enum(EVENT_TYPES)),
  streams: z.array(z.string()),
});

export const receiverMade = receiver.extend({ secret: z.string() });

export const delivery = z.object({
  noticeId: z.string(),
  receiverId: z.string(),
  /** Empty where it was about a window or a server. */
  alertId: z.string(),
  /** `alert/<id>`, `window/<stream>/<startMs>` or `server/<stream>/<server>`; empty in what an older Touchstone told. */
  about: z.string(),
  type: z.string(),
  reason: z.string(),
  attempts: z.int(),
  status: z.int(),
  latencyMs: z.number(),
  outcome: z.string(),
  error: z.string(),
  lastAttemptAt: time,
});

const lag = {
  /** Newest event time stored, and how long ago that is. */
  newestAt: time.nullable(),
  lagMs: z.int().nullable(),
  /** Records that are there and not stored; null where nobody knows the end. */
  lagRecords: z.int().nullable(),
};

const partition = z.object({
  partition: z.string(),
  /** First offset that is not stored, and the topic's end. */
  offset: z.int().nullable(),
  endOffset: z.int().nullable(),
  /** Records that Kafka deleted before they were read. */
  recordsGone: z.int().nullable(),
  ...lag,
});

const processState = z.enum(['alive', 'silent', 'stopped']);

/** Who is there, who owns what, and how far it is; all times are those of the store's clock. */
export const cluster = z.object({
  at: time,
  processes: z.array(
    z.object({
      owner: z.string(),
      host: z.string(),
      pid: z.int(),
      roles: z.array(z.string()),
      version: z.string(),
      api: z.string(),
      /** Silent since `beatAt`; stopped: ended in order. */
      state: processState,
      startedAt: time,
      beatAt: time,
      backlogBytes: z.int().nullable(),
      notReady: z.string().nullable(),
      /** Its clock against the store's, less the time that the beat took. */
      clockAheadMs: z.int(),
    }),
  ),
  claims: z.array(
    z.object({
      name: z.string(),
      owner: z.string(),
      epoch: z.int(),
      since: time,
      ownerState: z.enum([...processState.options, 'unknown']),
    }),
  ),
  topicEnds: z.object({ state: z.enum(['known', 'unknown', 'files']), detail: z.string() }),
  streams: z.array(
    z.object({
      stream: z.string(),
      partitions: z.array(partition),
      ...lag,
      /** Lag in event time of the partition that is furthest behind, of those with records that are not stored. */
      worstLagMs: z.int().nullable(),
    }),
  ),
});
