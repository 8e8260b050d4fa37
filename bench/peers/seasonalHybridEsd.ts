import { type Peer, SortedWindow } from './peer.ts';

const HOUR_MS = 3_600_000;

/**
 * Seasonal hybrid ESD (Vallis, Hochenbaum and Kejariwal 2014), asked causally: the residual from the hour's mean and the median of the last two weeks, in median
 * distances from the median of the last 2,000 residuals. ESD's first step for the newest value alone.
 */
export const seasonalHybridEsd: Peer = () => {
  const sums = new Array<number>(24).fill(0);
  const counts = new Array<number>(24).fill(0);
  let total = 0;
  let count = 0;
  const values = new SortedWindow(4_000);
  const residuals = new SortedWindow(2_000);
  const distances = new SortedWindow(2_000);
  return (timeMs, value) => {
    const hour = Math.floor(timeMs / HOUR_MS) % 24;
    const seasonal =
      (counts[hour] ?? 0) < 5 || count < 100 ? 0 : (sums[hour] ?? 0) / (counts[hour] ?? 1) - total / count;
    const residual = value - seasonal - values.median;
    const distance = Math.abs(residual - residuals.median);
    const score =
      distances.sorted.length < 30 ? 0 : distance / (1.4826 * distances.median || 1e-9 * (1 + Math.abs(value)));
    residuals.add(residual);
    distances.add(distance);
    values.add(value);
    sums[hour] = (sums[hour] ?? 0) + value;
    counts[hour] = (counts[hour] ?? 0) + 1;
    total += value;
    count++;
    return score;
  };
};
