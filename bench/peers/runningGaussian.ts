import type { Peer } from './peer.ts';

const LENGTH = 100;

/** The plainest there is, for speed: distance from the mean of the last 100 values in standard deviations, by running sums. */
export const runningGaussian: Peer = () => {
  const window = new Float64Array(LENGTH);
  let [count, sum, squares] = [0, 0, 0];
  return (_, value) => {
    const length = Math.min(count, LENGTH);
    const mean = sum / length;
    const deviation = Math.sqrt(Math.max(0, squares / length - mean * mean)) || 1e-6;
    const score = length === 0 ? 0 : Math.abs(value - mean) / deviation;
    const at = count++ % LENGTH;
    const oldest = window[at] ?? 0;
    window[at] = value;
    sum += value - oldest;
    squares += value * value - oldest * oldest;
    return score;
  };
};
