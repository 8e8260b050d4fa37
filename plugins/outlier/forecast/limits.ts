import { z } from 'zod';
import type { SeriesForecast } from './forecast.ts';

const HOUR_MS = 3_600_000;

/** A limit that a metric should not cross. */
export const limit = z
  .strictObject({
    /** Left out: every stream. */
    stream: z.string().min(1).max(200).optional(),
    /** Within the stream, such as `exchange=x7` or `server=*`, where `*` stands for anything; left out: every series. */
    series: z.string().max(1_000).optional(),
    metric: z.string().min(1).max(200),
    above: z.number().optional(),
    below: z.number().optional(),
    /** How far ahead it is looked. */
    withinMs: z
      .int()
      .min(1_000)
      .max(48 * HOUR_MS)
      .default(6 * HOUR_MS),
    /** Of the interval whose nearer bound has to cross. */
    confidence: z.number().min(0.5).max(0.999).default(0.8),
  })
  .refine(({ above, below }) => (above === undefined) !== (below === undefined), 'give either above or below');
export type Limit = z.infer<typeof limit>;

/** How many limits there may be: a book remembers by bits which were warned of. */
export const LIMITS_MAX = 30;

/** Places at which a forecast is asked for a crossing, at most. */
const STEPS_MAX = 24;

/** When a metric is expected to cross a limit, in windows ahead. */
export interface Crossing {
  /** When the farther bound crosses, the centre, and the nearer bound: the earliest time, the likely one, and the one by which it is sure. */
  readonly earliest: number;
  readonly likely: number;
  /** Undefined where the nearer bound does not cross in time. */
  readonly sure: number | undefined;
}

/** Whether a limit is about a series of a stream. */
export function concerns({ stream, series }: Limit, of: { readonly stream: string; readonly series: string }): boolean {
  if (stream !== undefined && stream !== of.stream) return false;
  if (series === undefined) return true;
  const pattern = series
    .split('*')
    .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${pattern}$`, 's').test(of.series);
}

/** Whether a value lies beyond a limit. */
export const isBeyond = ({ above, below }: Limit, value: number): boolean =>
  above === undefined ? value < (below ?? Number.NEGATIVE_INFINITY) : value > above;

/** When a forecast crosses a limit within so many windows; undefined when its centre does not. The forecast was made for the limit's confidence alone. */
export function crossingOf(limit: Limit, forecast: SeriesForecast, windows: number): Crossing | undefined {
  const [near, far] = limit.above === undefined ? (['high', 'low'] as const) : (['low', 'high'] as const);
  const likely = firstBeyond(windows, (ahead) => isBeyond(limit, forecast.at(ahead).value));
  if (likely === undefined) return undefined;
  const bound = (side: 'low' | 'high') => (ahead: number) =>
    isBeyond(limit, forecast.at(ahead).intervals[0]?.[side] ?? Number.NaN);
  return {
    earliest: firstBeyond(likely, bound(far)) ?? likely,
    likely,
    sure: firstBeyond(windows, bound(near)),
  };
}

/** The first window ahead that is beyond: the first step of a few, then halved down to the window. */
function firstBeyond(windows: number, isBeyondAt: (ahead: number) => boolean): number | undefined {
  const step = Math.max(1, Math.ceil(windows / STEPS_MAX));
  for (let ahead = step, before = 0; before < windows; before = ahead, ahead = Math.min(windows, ahead + step)) {
    if (!isBeyondAt(ahead)) continue;
    let [within, beyond] = [before, ahead];
    while (beyond - within > 1) {
      const middle = (within + beyond) >> 1;
      if (isBeyondAt(middle)) beyond = middle;
      else within = middle;
    }
    return beyond;
  }
  return undefined;
}
