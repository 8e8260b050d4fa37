import type { Case } from './cases.ts';
import { FORECASTERS, type Said } from './forecasters.ts';

/** Hours ahead. */
export const HOURS = [1, 6, 24] as const;
const HOUR_MS = 3_600_000;
/** Part of a series that is learned before it is forecast, and the windows from one forecast to the next: no divisor of a day. */
const LEARNED = 0.35;
const EVERY = 37;

/** How well one forecaster did on one series at one distance. */
export interface Outcome {
  readonly kind: string;
  readonly forecaster: string;
  readonly hours: number;
  readonly asked: number;
  readonly answered: number;
  readonly within80: number;
  readonly within95: number;
  /** Means of the size of errors, and of the pinball losses of five quantiles (2.5, 10, 50, 90, 97.5 %), over what was answered. */
  readonly error: number;
  readonly pinball: number;
}

interface Tally {
  asked: number;
  answered: number;
  within80: number;
  within95: number;
  error: number;
  pinball: number;
}

/** All forecasters on one series. Strictly causal: each is shown the values up to the window from which it forecasts. */
export function contest(of: Case): Outcome[] {
  return Object.entries(FORECASTERS).flatMap(([forecaster, make]) => {
    const one = make(of);
    const tallies = HOURS.map((): Tally => ({ asked: 0, answered: 0, within80: 0, within95: 0, error: 0, pinball: 0 }));
    for (let at = 0; at < of.values.length; at++) {
      one.learn(at);
      if (at < LEARNED * of.values.length || at % EVERY !== 0) continue;
      HOURS.forEach((hours, place) => {
        const windows = Math.round((hours * HOUR_MS) / of.stepMs);
        const truth = of.values[at + windows];
        const isThere = (of.timesMs[at + windows] ?? 0) - (of.timesMs[at] ?? 0) === windows * of.stepMs;
        const tally = tallies[place];
        if (tally === undefined || windows < 1 || !isThere || truth === undefined || !Number.isFinite(truth)) return;
        tally.asked++;
        const said = one.ahead(windows);
        if (said !== undefined) count(tally, said, truth);
      });
    }
    return HOURS.map((hours, place) => outcomeOf(tallies[place]!, { kind: of.kind, forecaster, hours }));
  });
}

const outcomeOf = (
  { asked, answered, ...sums }: Tally,
  of: Pick<Outcome, 'kind' | 'forecaster' | 'hours'>,
): Outcome => ({
  ...of,
  asked,
  answered,
  within80: sums.within80 / answered,
  within95: sums.within95 / answered,
  error: sums.error / answered,
  pinball: sums.pinball / answered,
});

function count(tally: Tally, said: Said, truth: number): void {
  tally.answered++;
  tally.within80 += truth >= said.low80 && truth <= said.high80 ? 1 : 0;
  tally.within95 += truth >= said.low95 && truth <= said.high95 ? 1 : 0;
  tally.error += Math.abs(truth - said.value);
  const quantiles = [
    [0.025, said.low95],
    [0.1, said.low80],
    [0.5, said.value],
    [0.9, said.high80],
    [0.975, said.high95],
  ] as const;
  for (const [q, at] of quantiles) tally.pinball += (truth >= at ? q * (truth - at) : (1 - q) * (at - truth)) / 5;
}

/** Geometric mean over series of one forecaster's loss as a ratio to another's: neither large units nor hard series count more (Hyndman and Koehler 2006, relative measures). */
export function relative(
  outcomes: readonly Outcome[],
  peers: readonly Outcome[],
  loss: (of: Outcome) => number,
): number {
  const ratios = outcomes.flatMap((one, at) => {
    const peer = peers[at];
    const ratio = peer === undefined ? Number.NaN : loss(one) / loss(peer);
    return ratio > 0 && Number.isFinite(ratio) ? [Math.log(ratio)] : [];
  });
  return Math.exp(ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length);
}
