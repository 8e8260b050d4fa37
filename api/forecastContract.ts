import { z } from 'zod';
import { windowOfTime } from './contract.ts';

const CONFIDENCES_MAX = 5;

/** What is asked of a forecast. */
export const forecastQuery = z.object({
  /** Left out: the number of events; of packets, what its kind is read by. */
  metric: z.string().min(1).max(200).optional(),
  hours: z.coerce.number().gt(0).max(48).default(6),
  /** Shares of values that are to lie within their intervals, with commas between. */
  confidence: z
    .string()
    .max(100)
    .default('0.8,0.95')
    .transform((text) => text.split(',').map(Number))
    .pipe(z.array(z.number().min(0.01).max(0.999)).min(1).max(CONFIDENCES_MAX)),
});

const interval = z.object({ confidence: z.number(), low: z.number(), high: z.number() });

/** What one metric of one series is expected to be. */
export const forecast = z.object({
  stream: z.string(),
  series: z.string(),
  name: z.string(),
  metric: z.string(),
  plugin: z.string(),
  /** `nothing`: too little is known, and there are no points. */
  basis: z.enum(['nothing', 'level', 'level and daily course']),
  /** Days of which the daily course was learned. */
  courseDays: z.int(),
  /** The longest time ahead at which forecasts of this series were held against what came; beyond it intervals grow with the root of time. */
  provenMs: z.int(),
  /** The window after which the forecast begins. */
  madeFrom: windowOfTime.nullable(),
  points: z.array(windowOfTime.extend({ value: z.number(), intervals: z.array(interval) })),
});
