/** Chain-ladder forecasts per row of a triangle, with Mack's standard errors. */
export interface Ladder {
  readonly ultimates: readonly number[];
  readonly standardErrors: readonly number[];
  /** Of the sum of all rows. */
  readonly totalStandardError: number;
}

/**
 * Chain ladder with standard errors by T. Mack (1993, "Distribution-free calculation of the standard error of chain ladder reserve estimates"; 1999 for the total). Rows are cumulative, oldest
 * first, each as long as is known of it; the longest is full. The last variance, which one row alone cannot give, is extrapolated log-linearly, as in R's ChainLadder.
 */
export function mackLadder(rows: readonly (readonly number[])[]): Ladder {
  const steps = Math.max(0, ...rows.map((row) => row.length)) - 1;
  const { factors, exposures, variances } = factorsOf(rows, steps);
  const ultimates: number[] = [];
  const squaredErrors: number[] = [];
  const common: number[] = [];
  for (const row of rows) {
    let ultimate = row.at(-1) ?? 0;
    let [relative, ofFactors] = [0, 0];
    for (let step = row.length - 1; step < steps; step++) {
      const factor = factors[step] ?? 1;
      const spread = (variances[step] ?? 0) / factor ** 2;
      const exposure = exposures[step] ?? 0;
      if (ultimate > 0 && exposure > 0) relative += spread * (1 / ultimate + 1 / exposure);
      if (exposure > 0) ofFactors += spread / exposure;
      ultimate *= factor;
    }
    ultimates.push(ultimate);
    squaredErrors.push(ultimate ** 2 * relative);
    common.push(ofFactors);
  }
  let [total, younger] = [0, 0];
  for (let at = rows.length - 1; at >= 0; at--) {
    const ultimate = ultimates[at] ?? 0;
    total += (squaredErrors[at] ?? 0) + 2 * ultimate * younger * (common[at] ?? 0);
    younger += ultimate;
  }
  return { ultimates, standardErrors: squaredErrors.map(Math.sqrt), totalStandardError: Math.sqrt(total) };
}

function factorsOf(
  rows: readonly (readonly number[])[],
  steps: number,
): { factors: number[]; exposures: number[]; variances: number[] } {
  const [factors, exposures, variances]: [number[], number[], number[]] = [[], [], []];
  for (let step = 0; step < steps; step++) {
    const pairs = rows.flatMap((row) => (row.length > step + 1 ? [[row[step] ?? 0, row[step + 1] ?? 0] as const] : []));
    const exposure = pairs.reduce((sum, [from]) => sum + from, 0);
    const factor = exposure > 0 ? pairs.reduce((sum, [, to]) => sum + to, 0) / exposure : 1;
    const squares = pairs.reduce((sum, [from, to]) => sum + (from > 0 ? from * (to / from - factor) ** 2 : 0), 0);
    factors.push(factor);
    exposures.push(exposure);
    variances.push(pairs.length > 1 ? squares / (pairs.length - 1) : extrapolated(variances));
  }
  return { factors, exposures, variances };
}

/** The next variance on the straight line through the logarithms of those before. */
function extrapolated(variances: readonly number[]): number {
  const points = variances.flatMap((variance, at) => (variance > 0 ? [[at, Math.log(variance)] as const] : []));
  if (points.length < 2) return variances.at(-1) ?? 0;
  const meanAt = points.reduce((sum, [at]) => sum + at, 0) / points.length;
  const meanLog = points.reduce((sum, [, log]) => sum + log, 0) / points.length;
  const squares = points.reduce((sum, [at]) => sum + (at - meanAt) ** 2, 0);
  const slope = points.reduce((sum, [at, log]) => sum + (at - meanAt) * (log - meanLog), 0) / squares;
  return Math.exp(meanLog + slope * (variances.length - meanAt));
}
