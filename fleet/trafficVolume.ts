import { dailyRatio } from './dailyCurve.ts';
import { normalQuantile } from './normal.ts';
import type { FleetOptions } from './options.ts';
import { randomOf, unitOf } from './rng.ts';
import type { Server } from './roster.ts';

/** The whole fleet's traffic breathes by so much from minute to minute (one standard deviation, a ratio). */
const MINUTE_NOISE_RATIO = 0.015;

/** Requests that a server gets in the minute that starts at `minuteMs`: share, daily curve, breathing of the fleet, Poisson noise (its normal approximation). */
export function requestsInMinute({ seed, requestsPerSecond }: FleetOptions, server: Server, minuteMs: number): number {
  const breath = 1 + MINUTE_NOISE_RATIO * normalQuantile(unitOf(randomOf(seed, 'breath', minuteMs)));
  const mean = requestsPerSecond * 60 * server.share * dailyRatio(minuteMs, server.offsetHours) * breath;
  const noise = normalQuantile(unitOf(randomOf(seed, 'volume', server.name, minuteMs)));
  return Math.max(0, Math.round(mean + Math.sqrt(mean) * noise));
}
