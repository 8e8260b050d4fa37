/** What a method says of a window's final value: its quantiles by probability, and the score of the whole law. */
export interface Forecast {
  readonly value: number;
  interval(confidence: number): readonly [low: number, high: number];
  /** Continuous ranked probability score for what came true, in events. */
  crps(truth: number): number;
}

/** Score of a law given by its quantiles: twice the mean pinball loss over 39 of them. */
export function crpsByQuantiles(quantile: (probability: number) => number, truth: number): number {
  let loss = 0;
  for (let at = 1; at < 40; at++) {
    const probability = at / 40;
    const error = truth - quantile(probability);
    loss += Math.max(probability * error, (probability - 1) * error);
  }
  return (2 * loss) / 39;
}
