import { z } from 'zod';
import {
  aggregateConfig,
  aggregateProblems,
  metricConfig,
  metricProblems,
  name,
  type StreamProblem,
} from './aggregateConfig.ts';
import { readyProblems } from './estimatedMetrics.ts';
import { rosterConfig } from './rosterConfig.ts';

/** Column names that Touchstone itself gives every events table; a declared field may not take one. */
export const RESERVED_COLUMNS = ['topic', 'partition', 'offset', 'time', 'arrivedAt', 'shape', 'rest'] as const;

const streamName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,47}$/, 'a stream name has lower-case letters, digits and _ only (it names a table)');

const fieldType = z.enum(['category', 'text', 'integer', 'number', 'boolean', 'time']);

const windowing = {
  /** Size of the tumbling base window. Larger ones are merged from it when read. */
  windowMs: z.int().min(1_000).max(86_400_000).default(60_000),
  /** How long after a window's end a silent server is waited for before the window is judged without it. */
  waitMs: z.int().min(0).max(86_400_000).default(90_000),
  /** How late an event may be and still change its window; later ones are counted as too late. */
  latenessMs: z.int().min(0).max(2_592_000_000).default(259_200_000),
  /** How far apart in event time neighbouring lines of one server may stand: a server is past a window when it is past its end by this. */
  disorderMs: z.int().min(0).max(3_600_000).default(250),
  roster: rosterConfig.prefault({}),
  restate: z
    .strictObject({
      /** Least share of a window's events that must have come or gone for a restatement to be told as `window.restated`; 0: every one is told. */
      materialRatio: z.number().min(0).max(1).default(0.001),
    })
    .prefault({}),
};

/** When a window can be decided on although not everything is in. */
const readyContract = z.strictObject({
  /** What must be known so well: `events`, an aggregate that is a sum, or a metric that is one or a ratio of them. */
  metric: name.default('events'),
  /** The interval reaches at most so far to either side, as a share of the estimate: 0.01 is 1 %. */
  halfWidth: z.number().gt(0).lt(1).default(0.01),
  /** How often intervals that are stated so hold the final value. */
  confidence: z.number().gt(0.5).lt(1).default(0.95),
  /** After so long it is decided on what is there. */
  maxWaitMs: z.int().min(0).max(86_400_000).default(900_000),
});
/** A stream's contract of readiness after parsing. */
export type ReadyContract = z.infer<typeof readyContract>;

const eventsStream = z.strictObject({
  kind: z.literal('events').default('events'),
  time: name.default('ts'),
  server: name.default('server'),
  /** Field that counts up by one within a boot of a server. */
  sequence: name.optional(),
  fields: z.record(name, fieldType),
  /** Dimensions to cut by: `[[], ['exchange'], ['exchange', 'device']]`. */
  cuts: z.array(z.array(name).max(3)).default([[]]),
  aggregates: z.record(name, aggregateConfig).default({}),
  metrics: z.record(name, metricConfig).default({ events: { value: 'events' } }),
  /** Left out: a window is ready when its servers have had their say. */
  ready: readyContract.optional(),
  ...windowing,
});

const packetsStream = z.strictObject({
  kind: z.literal('packets'),
  /** Length of time that one packet speaks for. */
  ...windowing,
  /** Judged beside the fleet-wide value of each metric: one series per server and metric. */
  perServer: z.boolean().default(false),
});

/** One stream as declared in the config. */
export const streamConfig = z.discriminatedUnion('kind', [eventsStream, packetsStream]);
/** All streams by name. `kind` may be left out: then it is a stream of events. */
export const streamsConfig = z.record(
  streamName,
  z.preprocess(
    (value) => (isObject(value) && !('kind' in value) ? { ...value, kind: 'events' } : value),
    streamConfig.superRefine((config, context) => {
      if (config.kind === 'packets') return;
      for (const { path, message } of problemsOf(config)) context.addIssue({ code: 'custom', path, message });
    }),
  ),
);

/** A declared stream after parsing. */
export type StreamConfig = z.infer<typeof streamConfig>;
/** A declared stream of events after parsing. */
export type EventsStreamConfig = z.infer<typeof eventsStream>;

/** What a schema cannot say: names must refer to what is declared. */
function problemsOf(config: EventsStreamConfig): StreamProblem[] {
  const problems: StreamProblem[] = [];
  const expect = (holds: boolean, path: (string | number)[], message: string): void => {
    if (!holds) problems.push({ path, message });
  };
  for (const field of Object.keys(config.fields))
    expect(
      !(RESERVED_COLUMNS as readonly string[]).includes(field),
      ['fields', field],
      `${field} is a column of Touchstone's own; rename the field`,
    );
  expect(
    config.fields[config.server] === 'category',
    ['server'],
    `declare the server field: fields.${config.server}: category`,
  );
  expect(config.fields[config.time] === 'time', ['time'], `declare the time field: fields.${config.time}: time`);
  if (config.sequence !== undefined)
    expect(config.fields[config.sequence] === 'integer', ['sequence'], `declare fields.${config.sequence}: integer`);
  config.cuts.forEach((cut, at) => {
    for (const dimension of cut)
      expect(
        config.fields[dimension] === 'category',
        ['cuts', at],
        `declare fields.${dimension}: category, or cut by something else`,
      );
  });
  return [...problems, ...aggregateProblems(config), ...metricProblems(config), ...readyProblems(config)];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
