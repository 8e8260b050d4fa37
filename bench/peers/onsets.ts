import type { Peer } from './peer.ts';

const REST = 200;

/** A peer that speaks at onsets only, as ours does: a score has to be above the highest of late, which dies down over 200 values. */
export const onsets =
  (peer: Peer): Peer =>
  () => {
    const judge = peer();
    let peak = 0;
    return (timeMs, value) => {
      const score = judge(timeMs, value);
      peak *= Math.exp(-1 / REST);
      const isOnset = score > peak;
      peak = Math.max(peak, score);
      return isOnset ? score : 0;
    };
  };
