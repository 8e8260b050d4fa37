const DAY_MS = 86_400_000;

/**
 * Traffic at an instant, as a ratio to the mean of the day: two harmonics, so its mean over a day is exactly 1. Lowest (about 0.6) at
 * night, highest (about 1.4) in the evening of the region.
 *
 * @param timeMs epoch milliseconds, UTC
 * @param offsetHours how far the region's clocks are ahead of UTC
 */
export function dailyRatio(timeMs: number, offsetHours: number): number {
  const dayShare = (timeMs / DAY_MS + offsetHours / 24) % 1;
  const angle = 2 * Math.PI * dayShare;
  return 1 - 0.36 * Math.cos(angle - 0.9) - 0.08 * Math.sin(2 * angle);
}
