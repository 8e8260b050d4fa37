/**
 * Gaps in the order of how long they lasted: at the i-th time so many ended with their data there (`late`), ended without it (`dead`), or were last seen still
 * open (`open`, which is censoring). Weights, not only counts. All three of the same length.
 */
export interface GapEnds {
  readonly late: ArrayLike<number>;
  readonly dead: ArrayLike<number>;
  readonly open: ArrayLike<number>;
}

/** What became of gaps: per time the share not ended by then, the share ended with data by then, and how many were at risk just before. Each of the length of the ends. */
export interface GapCourse {
  readonly survival: readonly number[];
  readonly lateBy: readonly number[];
  readonly atRisk: readonly number[];
}

/**
 * Kaplan-Meier's survival of gaps (E. L. Kaplan and P. Meier 1958, "Nonparametric estimation from incomplete observations") and, of the two ways to end, the cumulative
 * incidence of ending with data (O. O. Aalen and S. Johansen 1978). Those censored at a time were at risk at that time. Nothing at risk leaves both as they were.
 */
export function courseOf({ late, dead, open }: GapEnds): GapCourse {
  const survival: number[] = [];
  const lateBy: number[] = [];
  const atRisk: number[] = [];
  let left = 0;
  for (let at = 0; at < late.length; at++) left += (late[at] ?? 0) + (dead[at] ?? 0) + (open[at] ?? 0);
  let [alive, arrived] = [1, 0];
  for (let at = 0; at < late.length; at++) {
    const [withData, without, censored] = [late[at] ?? 0, dead[at] ?? 0, open[at] ?? 0];
    atRisk.push(left);
    if (withData + without > 0 && left > 0) {
      arrived += (alive * withData) / left;
      alive *= Math.max(0, 1 - (withData + without) / left);
    }
    survival.push(alive);
    lateBy.push(arrived);
    left = Math.max(0, left - withData - without - censored);
  }
  return { survival, lateBy, atRisk };
}
