import { z } from 'zod';
import { incidentSpec } from '../core/alerts/incident.ts';
import { ruleSpec } from '../core/alerts/rule.ts';
import { windowOfTime } from './contract.ts';

const time = z.iso.datetime();
/** What the store's times can hold, by far. */
const storedTime = time.refine((text) => text >= '1970' && text < '2200', 'a time between 1970 and 2200');
const names = z.array(z.string().min(1).max(200)).min(1).max(100);
const optionSet = z.record(z.string(), z.unknown());
const labels = z.record(z.string(), z.string());

/** What is to be judged again, and how. */
export const backtestRequest = z.strictObject({
  from: storedTime,
  to: storedTime,
  /** The checks begin without memory here; left out: a day before `from`. */
  learnFrom: storedTime.optional(),
  /** Leaves out rows that arrived later. */
  asOf: storedTime.optional(),
  streams: names.optional(),
  plugins: names.optional(),
  /** By plugin; laid over the config's own. */
  options: optionSet.optional(),
  /** Another set, side by side with the first. */
  against: optionSet.optional(),
  /** Left out: the rules there are. */
  rules: z.array(ruleSpec).max(100).optional(),
  /** Left out: those that people marked. */
  incidents: z.array(incidentSpec).max(1_000).optional(),
  /** Findings and alerts told with their texts; all are counted. */
  shownMax: z.int().min(0).max(1_000).optional(),
});

/** A request as it is taken. */
export type BacktestRequest = z.infer<typeof backtestRequest>;

const said = {
  stream: z.string(),
  series: z.string(),
  severity: z.enum(['info', 'warning', 'critical']),
  text: z.string(),
};

const side = z.object({
  /** Options of every plugin that judged, defaults filled in. */
  plugins: optionSet,
  findings: z.object({
    total: z.int(),
    byCheck: z.array(z.object({ plugin: z.string(), check: z.string(), findings: z.int() })),
    first: z.array(z.object({ plugin: z.string(), check: z.string(), ...said, window: windowOfTime })),
  }),
  alerts: z.object({
    total: z.int(),
    perSeriesAndMonth: z.number().nullable(),
    noisiest: z.array(z.object({ stream: z.string(), series: z.string(), alarms: z.int() })),
    first: z.array(
      z.object({ rule: z.string(), ...said, labels, startsAt: time, firedAt: time, endsAt: time.nullable() }),
    ),
  }),
  incidents: z.object({
    found: z.int(),
    missed: z.int(),
    falseAlarms: z.int(),
    falseAlarmsPerSeriesAndMonth: z.number().nullable(),
    outcomes: z.array(
      windowOfTime.extend({
        name: z.string(),
        stream: z.string().nullable(),
        labels,
        found: z.boolean(),
        windows: z.int().nullable(),
        /** From its start to the end of the window in which the alert fires, in event time. */
        delaySeconds: z.number().nullable(),
        alert: z.string().nullable(),
      }),
    ),
  }),
});

/** What it came to. */
export const backtestReport = z.object({
  from: time,
  to: time,
  learnFrom: time,
  asOf: time.nullable(),
  streams: z.array(
    z.object({
      stream: z.string(),
      from: time,
      to: time,
      windows: z.int(),
      seriesWindows: z.int(),
      series: z.int(),
    }),
  ),
  options: side,
  against: side.nullable(),
});

/** The report as it is answered. */
export type BacktestAnswer = z.infer<typeof backtestReport>;
