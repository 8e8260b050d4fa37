/** Something said of a series and metric in a window. */
export interface SaidAt {
  readonly series: string;
  readonly metric: string;
  readonly side: string;
  /** Place of the window. */
  readonly at: number;
}

/** Windows between two findings of one alarm, at most. */
const SAME_WINDOWS = 15;

/** The first finding of each alarm: findings of one metric and side that follow one another with at most 15 windows between them are one. In order of windows. */
export function alarmsOf<Said extends SaidAt>(said: readonly Said[]): Said[] {
  const last = new Map<string, number>();
  return said.filter(({ series, metric, side, at }) => {
    const key = `${series} ${metric} ${side}`;
    const before = last.get(key) ?? Number.NEGATIVE_INFINITY;
    last.set(key, at);
    return at - before > SAME_WINDOWS;
  });
}
