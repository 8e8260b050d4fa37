import { z } from 'zod';
import { calendarOptions } from './course/calendarOptions.ts';
import { limit, LIMITS_MAX } from './forecast/limits.ts';

/** What the plugin may be told. */
export const options = z.strictObject({
  /** Windows of a series that are learned before it is judged. */
  learnWindows: z.int().min(10).max(100_000).default(30),
  /** Report what chance does this rarely at most. */
  rarityMax: z.number().gt(0).lt(1).default(1e-8),
  /**
   * So many alarms per series and 30 days chance may make, all metrics together; what is to be reported follows from it, instead of `rarityMax`. An alarm is the findings of one
   * metric that follow one another, on one side, with at most 15 windows between them.
   */
  falseAlarmsPerSeriesMonth: z.number().gt(0).max(30).optional(),
  /** Report changes of this at least, relative to what was expected. */
  changeMin: z.number().min(0).max(1).default(0.03),
  /** Series with fewer events a window, on average, are not judged. */
  eventsMin: z.number().min(0).max(1e9).default(1.2),
  /** What stays different for so many windows is what is usual from then on. */
  acceptWindows: z.int().min(1).max(100_000).default(120),
  /** What had no events for so many windows is forgotten. Eight days of minutes: what comes once a week is remembered. */
  forgetWindows: z.int().min(1).max(1_000_000).default(11_520),
  /** What should not be crossed; told before it is. */
  limits: z.array(limit).max(LIMITS_MAX).default([]),
  /** Where midnight is, and which days are like no other ones. Left out: the course of the day is that of UTC, the same for all days. */
  calendar: calendarOptions.optional(),
});
/** Parsed options. */
export type OutlierOptions = z.infer<typeof options>;
