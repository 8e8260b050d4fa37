import { type Peer, SortedWindow } from './peer.ts';

const HOUR_MS = 3_600_000;

/** Distance from the median of the same hour of the day over the last values of that hour, in median distances. */
export const seasonalMedian: Peer = () => {
  const hours = Array.from({ length: 24 }, () => new SortedWindow(300));
  const distances = new SortedWindow(2_000);
  return (timeMs, value) => {
    const hour = hours[Math.floor(timeMs / HOUR_MS) % 24];
    if (hour === undefined) return 0;
    const distance = hour.sorted.length < 5 ? 0 : Math.abs(value - hour.median);
    const score = distance / (distances.median || 1e-9 * (1 + Math.abs(value)));
    if (hour.sorted.length >= 5) distances.add(distance);
    hour.add(value);
    return distances.sorted.length < 30 ? 0 : score;
  };
};
