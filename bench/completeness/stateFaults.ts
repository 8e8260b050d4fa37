import type { Draws } from './draws.ts';

/** What befalls one server in [fromMinute, toMinute); `share` is that of the events concerned (0..1). */
export interface StateFault {
  readonly kind: 'stall' | 'death' | 'line-loss' | 'chunk-loss' | 'repeat' | 'idle' | 'no-field' | 'restart';
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly share: number;
  /** Of a stall: packets stay away too. */
  readonly isMute: boolean;
}

interface Custom {
  readonly kind: StateFault['kind'];
  readonly perDay: number;
  /** Median length in minutes; lengths are lognormal. */
  readonly median: number;
  readonly spread: number;
  readonly share?: readonly [low: number, high: number];
  readonly mute?: number;
}

const DAY_MINUTES = 1_440;

/** So often that two at once are common. Stalls and deaths as in the estimate's fleet (`faults.ts`), only more of them. */
const CUSTOMS: readonly Custom[] = [
  { kind: 'stall', perDay: 4, median: 8, spread: 1, mute: 0.05 },
  { kind: 'death', perDay: 0.5, median: 90, spread: 1 },
  { kind: 'line-loss', perDay: 4, median: 40, spread: 0.7, share: [0.002, 0.3] },
  { kind: 'chunk-loss', perDay: 1, median: 5, spread: 0.5 },
  { kind: 'repeat', perDay: 4, median: 30, spread: 0.7, share: [0.02, 1] },
  { kind: 'idle', perDay: 1, median: 20, spread: 0.7 },
  { kind: 'no-field', perDay: 2, median: 40, spread: 0.7, share: [0.6, 1] },
  { kind: 'restart', perDay: 2, median: 1, spread: 0 },
];

/** The faults of one server over so many minutes, each kind drawn by itself. */
export function stateFaults(minutes: number, draws: Draws): readonly StateFault[] {
  return CUSTOMS.flatMap(({ kind, perDay, median, spread, share: [low, high] = [1, 1], mute = 0 }) =>
    Array.from({ length: draws.poisson((perDay * minutes) / DAY_MINUTES) }, (): StateFault => {
      const fromMinute = draws.uniform() * minutes;
      const toMinute = fromMinute + median * Math.exp(spread * draws.normal());
      // Small shares are as common as large ones: they are drawn on a scale of logarithms.
      const share = low * (high / low) ** draws.uniform();
      return { kind, fromMinute, toMinute, share, isMute: draws.uniform() < mute };
    }),
  );
}
