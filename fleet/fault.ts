import { z } from 'zod';
import { MINUTE_MS, STREAMS } from './stream.ts';

const wholeMinute = z.int().multipleOf(MINUTE_MS, 'fault times are whole minutes, in epoch milliseconds');
const share = z.number().gt(0).max(1);
const factor = z.number().min(0).max(1_000_000);
/** These hold the ledger's bookkeeping together; a fault may not touch them. */
const field = z
  .string()
  .regex(
    /^(?!(?:ts|minute|server|boot|seq)$)[A-Za-z][A-Za-z0-9]*$/,
    'a field other than ts, minute, server, boot and seq',
  );

/** Dimensions that can narrow a fault of business down. */
const where = z
  .strictObject({
    exchange: z.string(),
    country: z.string(),
    device: z.string(),
    publisher: z.string(),
    format: z.string(),
    region: z.string(),
    build: z.string(),
  })
  .partial();

const onServers = {
  /** Names, or a share of the fleet (0.25 = a quarter, the same servers for every fault of the fleet). */
  servers: z.union([z.array(z.string()).min(1), share]).default(1),
  /** Half-open `[startMs, endMs)`; left out: from the fleet's start, to its end. */
  startMs: wholeMinute.optional(),
  endMs: wholeMinute.optional(),
};
const onStream = {
  ...onServers,
  /** Left out: requests, impressions and clicks (`stall`: packets too). */ stream: z.enum(STREAMS).optional(),
};
const onEvents = { ...onServers, where: where.default({}) };
const onLines = { ...onStream, where: where.default({}) };

/** A fault planted on purpose. `size` means what the kind says: a share of events (0..1), a factor, or milliseconds. */
export const fault = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('dead'), ...onServers }),
  z.strictObject({ kind: z.literal('stall'), ...onStream }),
  z.strictObject({ kind: z.literal('lost-chunk'), ...onStream }),
  z.strictObject({ kind: z.literal('lost-lines'), ...onStream, size: share.default(0.05) }),
  z.strictObject({ kind: z.literal('duplicate-chunk'), ...onStream }),
  z.strictObject({ kind: z.literal('reorder'), ...onStream, size: z.int().min(1).max(MINUTE_MS).default(5_000) }),
  z.strictObject({
    kind: z.literal('clock-skew'),
    ...onServers,
    size: z.int().min(-86_400_000).max(86_400_000).default(120_000),
  }),
  z.strictObject({ kind: z.literal('truncated-line'), ...onStream, size: share.default(0.01) }),
  z.strictObject({ kind: z.literal('garbage-bytes'), ...onStream, size: share.default(0.01) }),
  z.strictObject({ kind: z.literal('fill-rate'), ...onEvents, size: factor.default(0.5) }),
  z.strictObject({ kind: z.literal('latency'), ...onEvents, size: factor.default(3) }),
  z.strictObject({ kind: z.literal('price-scale'), ...onEvents, size: factor.default(10) }),
  z.strictObject({
    kind: z.literal('freeze'),
    ...onEvents,
    field: z.enum(['latencyMs', 'priceMicros', 'floorMicros']).default('latencyMs'),
  }),
  z.strictObject({
    kind: z.literal('field-added'),
    ...onLines,
    size: share.default(1),
    field: field.default('experiment'),
    value: z.string().default('b'),
  }),
  z.strictObject({
    kind: z.literal('field-removed'),
    ...onLines,
    size: share.default(1),
    field: field.default('consent'),
  }),
  z.strictObject({
    kind: z.literal('field-renamed'),
    ...onLines,
    size: share.default(1),
    field: field.default('userHash'),
    to: field.default('userId'),
  }),
  z.strictObject({
    kind: z.literal('type-changed'),
    ...onLines,
    size: share.default(1),
    field: field.default('latencyMs'),
  }),
  z.strictObject({
    kind: z.literal('null-rate'),
    ...onLines,
    size: share.default(0.3),
    field: field.default('country'),
  }),
  z.strictObject({
    kind: z.literal('new-enum-value'),
    ...onLines,
    size: share.default(0.2),
    field: field.default('device'),
    value: z.string().default('vr'),
  }),
  z.strictObject({
    kind: z.literal('build-rollout'),
    ...onServers,
    /** The build that the servers run meanwhile. */ build: z.string().default('2026.2.0'),
  }),
]);

/** A fault as declared, defaults filled in. */
export type Fault = z.infer<typeof fault>;
export type FaultKind = Fault['kind'];
