/** A share that was always 0 or 1 so far is not certain to stay so. */
const SHARE_MIN = 1e-3;
/** More evidence than this is not kept, so that a field that is back is seen to be. */
const EVIDENCE_MAX = 60;

/** Events of a window, those of them with a value in a field, and the usual share of such (0..1). */
export interface FieldCount {
  readonly events: number;
  readonly present: number;
  readonly usual: number;
}

/** How much likelier a window is when values are half as frequent as is usual than when they are as usual: the logarithm of the likelihood ratio, in nats. */
export function absenceEvidence({ events, present, usual }: FieldCount): number {
  const share = Math.min(1 - SHARE_MIN, Math.max(SHARE_MIN, usual));
  return (events - present) * Math.log((1 - share / 2) / (1 - share)) - present * Math.LN2;
}

/**
 * Evidence after one more window: its sum since it was last 0, never below (CUSUM; Page 1954). It passes h by chance once in e^h windows at most (Lorden 1971), however few events
 * each of them has.
 */
export const absenceAfter = (before: number, count: FieldCount): number =>
  Math.min(EVIDENCE_MAX, Math.max(0, before + absenceEvidence(count)));
