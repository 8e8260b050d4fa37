import { z } from 'zod';

/** A bound on a metric of every series of a cut, decided on as soon as a window's interval allows. */
export const thresholdSpec = z
  .strictObject({
    stream: z.string(),
    metric: z.string().default('events'),
    /** Dimensions; none: the whole stream. */
    cut: z.array(z.string()).max(3).default([]),
    above: z.number().optional(),
    below: z.number().optional(),
    severity: z.enum(['info', 'warning', 'critical']).default('warning'),
  })
  .refine(({ above, below }) => (above === undefined) !== (below === undefined), {
    error: 'give one of above and below',
  });

/** A threshold as it is given. */
export type ThresholdSpec = z.infer<typeof thresholdSpec>;

/** What is known of a metric in a window. */
export interface KnownMetric {
  readonly value: number;
  /** The interval that holds the final value; both are `value` where nothing is missing, infinite where nobody knows. */
  readonly low: number;
  readonly high: number;
  /** Nothing more is waited for: the window is whole, or the stream's contract says that it was waited long enough. */
  readonly isFinal: boolean;
}

export type Decision = 'fires' | 'quiet' | 'undecided';

/**
 * What a threshold says of a window: it fires when the whole interval is beyond it, is quiet when none of it is, and is undecided in between, until nothing more is waited
 * for; then the value decides.
 */
export function decide({ above, below }: Pick<ThresholdSpec, 'above' | 'below'>, known: KnownMetric): Decision {
  // Below a bound is above it, looked at from the other side.
  const [bound, value, low, high] =
    above === undefined
      ? [-(below ?? 0), -known.value, -known.high, -known.low]
      : [above, known.value, known.low, known.high];
  if (low > bound) return 'fires';
  if (high <= bound) return 'quiet';
  if (!known.isFinal) return 'undecided';
  return value > bound ? 'fires' : 'quiet';
}
