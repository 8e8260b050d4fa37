/** Ends of the bins of a gap's length, in minutes: about 1.4-fold steps to a day and a half; the last bin holds all that is longer. */
const ENDS_MINUTES = Array.from({ length: 24 }, (_, at) => 2 * Math.SQRT2 ** at * (at < 20 ? 1 : 1.4));

/** How many bins there are. */
export const GAP_BINS = ENDS_MINUTES.length + 1;

/** The bin of a gap of that many minutes. */
export function gapBinOf(minutes: number): number {
  let bin = 0;
  while (bin < ENDS_MINUTES.length && minutes >= (ENDS_MINUTES[bin] ?? 0)) bin++;
  return bin;
}

/** Which share of its bin a gap of that many minutes has behind it, in [0, 1); 0 in the last bin, which has no end. */
export function passedOf(minutes: number): number {
  const bin = gapBinOf(minutes);
  const end = ENDS_MINUTES[bin];
  if (end === undefined) return 0;
  const begin = ENDS_MINUTES[bin - 1] ?? 0;
  return Math.max(0, (minutes - begin) / (end - begin));
}
