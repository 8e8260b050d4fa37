import { crpsOf } from '../../plugins/completeness/estimate/law/normalMixture.ts';
import { zAbove } from '../../plugins/completeness/estimate/law/normalQuantile.ts';
import { crpsByQuantiles, type Forecast } from './forecast.ts';
import { mackLadder } from './mack.ts';

/** A sealed window as the pooled methods see it: what was there at each age, and in the end; and which slot of the day it was. */
export interface SealedTotals {
  readonly byAge: readonly number[];
  readonly final: number;
}

/** Sealed windows of the day before, oldest first: 288 of them. */
const REMEMBERED = 288;

/** The methods that look at totals only, told of windows as they are sealed. */
export class PooledPeers {
  readonly #sealed: SealedTotals[] = [];

  sealed(totals: SealedTotals): void {
    this.#sealed.push(totals);
    if (this.#sealed.length > REMEMBERED) this.#sealed.shift();
  }

  get isReady(): boolean {
    return this.#sealed.length >= 100;
  }

  /** What is there, as if it were all: a fixed delay without an estimate. */
  fixedDelay(observed: number): Forecast {
    return { value: observed, interval: () => [observed, observed], crps: (truth) => Math.abs(truth - observed) };
  }

  /** Chain ladder over the pooled totals, normal with Mack's standard error. */
  chainLadder(known: readonly number[]): Forecast {
    const ladder = mackLadder([...this.#sealed.map(({ byAge, final }) => [...byAge, final]), known]);
    const mean = ladder.ultimates.at(-1) ?? 0;
    const deviation = Math.max(0.5, ladder.standardErrors.at(-1) ?? 0);
    return {
      value: mean,
      interval: (confidence) => {
        const reach = deviation * zAbove((1 - confidence) / 2);
        return [mean - reach, mean + reach];
      },
      crps: (truth) => crpsOf([{ weight: 1, mean, deviation }], truth),
    };
  }

  /**
   * Nowcast with a negative binomial for what is missing (as in M. Höhle and M. an der Heiden 2014, "Bayesian nowcasting during the STEC O104:H4 outbreak"): the rate is gamma, around
   * the final value of a day ago with a deviation of a fifth; what is missing follows from what is there and the pooled share there at that age. Its size is fitted by moments to sealed windows.
   */
  negativeBinomial(age: number, observed: number): Forecast {
    const share = this.#shareAt(age);
    const missing = missingBy(this.#sealed[0]?.final ?? observed, observed, share);
    const errors = this.#sealed.map(({ byAge, final }, at) => {
      const before = this.#sealed[Math.max(0, at - 1)]?.final ?? final;
      const there = byAge[age] ?? 0;
      return (final - there - missingBy(before, there, share)) ** 2;
    });
    const variance = Math.max(missing + 1e-9, errors.reduce((sum, error) => sum + error, 0) / errors.length);
    const size = variance > missing * 1.0001 ? missing ** 2 / (variance - missing) : 1e9;
    const quantile = (probability: number): number => observed + gammaQuantile(size, missing, probability);
    return {
      value: observed + missing,
      interval: (confidence) => [quantile((1 - confidence) / 2), quantile((1 + confidence) / 2)],
      crps: (truth) => crpsByQuantiles(quantile, truth),
    };
  }

  #shareAt(age: number): number {
    const there = this.#sealed.reduce((sum, { byAge }) => sum + (byAge[age] ?? 0), 0);
    const final = this.#sealed.reduce((sum, totals) => sum + totals.final, 0);
    return Math.min(1, there / Math.max(1, final));
  }
}

/** Mean of what is missing: a gamma rate of that prior mean and a deviation of a fifth of it, after a Poisson share of it was seen. */
function missingBy(prior: number, observed: number, share: number): number {
  const shape = 25;
  return ((1 - share) * (shape + observed)) / (shape / Math.max(1, prior) + share);
}

/** Quantile of a gamma variable of that shape and mean, which a negative binomial of large mean is close to (E. B. Wilson and M. M. Hilferty 1931). */
function gammaQuantile(shape: number, mean: number, probability: number): number {
  const z = -zAbove(probability);
  return mean * Math.max(0, 1 - 1 / (9 * shape) + z / (3 * Math.sqrt(shape))) ** 3;
}
