import { z } from 'zod';
import { judgedWindow, time } from './contract.ts';

export const serverInWindow = z.object({
  server: z.string(),
  /** It is in the roster of this window; null while no roster is known. */
  isExpected: z.boolean().nullable(),
  received: z.int(),
  /** Events that the server says it had; null without a packet. */
  announced: z.int().nullable(),
  /** Events that are missing by the estimate, and the probability that they still come; null when nothing is missing, or nobody knows. */
  missing: z.number().nullable(),
  lateProbability: z.number().nullable(),
  /** What was found about it in this window: late, dead, lost and so on in `state` (where the check tells them apart), why in `text`. */
  findings: z.array(z.object({ check: z.string(), state: z.string(), text: z.string() })),
});

/** What a window that may still change will come to; `high` is null where nobody knows. */
export const estimate = z.object({
  estimatedAt: time,
  observed: z.number(),
  value: z.number(),
  intervals: z.array(z.object({ confidence: z.number(), low: z.number(), high: z.number().nullable() })),
  /** On what it stands: whole, peers, forecast, guess or nothing. */
  basis: z.string(),
  silentShare: z.number(),
  /** The stream's contract of readiness holds. */
  isEnough: z.boolean(),
  /** Sums and ratios of the whole stream; `value` is null when nobody knows. */
  metrics: z.array(
    z.object({
      metric: z.string(),
      observed: z.number().nullable(),
      value: z.number().nullable(),
      intervals: z.array(z.object({ confidence: z.number(), low: z.number().nullable(), high: z.number().nullable() })),
    }),
  ),
});

export const metricInWindow = z.object({
  series: z.string(),
  metric: z.string(),
  observed: z.number().nullable(),
  /** Null of what has no interval; a side of it is null where nobody knows. */
  estimate: z
    .object({ value: z.number(), low: z.number().nullable(), high: z.number().nullable(), confidence: z.number() })
    .nullable(),
});

/** A window whether it was judged or not. */
export const windowWhole = judgedWindow.extend({
  /** `open`: neither judged, nor estimated closely enough for the stream's contract. `restated`: judged anew since. */
  state: z.enum(['open', 'ready', 'complete', 'sealed', 'restated']),
  judgedAt: time.nullable(),
  shareMissing: z.number().nullable(),
  estimate: estimate.nullable(),
  metrics: z.array(metricInWindow),
  /** Version of the roster: since which window it holds, and how many servers it has; null while none is known. */
  roster: z.object({ since: time, isDeclared: z.boolean(), servers: z.int() }).nullable(),
  servers: z.array(serverInWindow),
});
