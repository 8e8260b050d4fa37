import type { Peer } from './peer.ts';

/** NAB's own baseline: distance from the mean of the last 6,400 values (moved by 100 at a time) in standard deviations. */
export const windowedGaussian: Peer = () => {
  let window: number[] = [];
  let waiting: number[] = [];
  let [mean, deviation] = [0, 1];
  const fit = (): void => {
    mean = window.reduce((sum, one) => sum + one, 0) / window.length;
    deviation = Math.sqrt(window.reduce((sum, one) => sum + (one - mean) ** 2, 0) / window.length) || 1e-6;
  };
  return (_, value) => {
    const score = window.length === 0 ? 0 : Math.abs(value - mean) / deviation;
    if (window.length < 6_400) {
      window.push(value);
      fit();
    } else if (waiting.push(value) === 100) {
      window = [...window.slice(100), ...waiting];
      waiting = [];
      fit();
    }
    return score;
  };
};
