import type { GapLaws } from './gapLaws.ts';
import type { GapPlace } from './gapLaw.ts';
import type { Pulse } from './heard.ts';
import type { OnsetRates } from './onsetRates.ts';

/** A silence that several servers may have begun together. */
export interface CommonOnset {
  readonly pulse: Pulse;
  /** '' for the whole fleet. */
  readonly region: string;
  readonly together: number;
}

/** What is known beforehand of silences. */
export interface OnsetPriors {
  /** Probability that several fall silent together in one cell. */
  readonly common: (pulse: Pulse) => number;
  /** Probability that the data of such a silence comes after all. */
  readonly lateProbability: (onset: CommonOnset) => number;
  /** The same of a silence of one server by itself. */
  readonly aloneLate: (place: GapPlace, pulse: Pulse) => number;
}

/** What is known of silences that just begin, in a fleet of so many. */
export function onsetPriorsOf(
  { laws, onsets, cellMinutes }: { laws: GapLaws; onsets: OnsetRates; cellMinutes: number },
  fleetSize: number,
): OnsetPriors {
  return {
    common: (pulse) => Math.min(0.5, cellMinutes * onsets.common(pulse)),
    lateProbability: ({ pulse, region, together }) =>
      laws.lateProbability({ server: '', region }, 0, { pulse, together, fleetSize }),
    aloneLate: (place, pulse) => laws.lateProbability(place, 0, { pulse, together: 1, fleetSize }),
  };
}
