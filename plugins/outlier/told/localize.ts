import type { Labels } from '../../../core/plugin.ts';

/** An outlier that may be the shadow of another one. */
export interface Localized {
  readonly labels: Labels;
  readonly metric: string;
  /** Relative to what was expected: -0.5 is half of it. */
  readonly change: number;
}

/** A part that deviates at most so much more than the whole is only part of it. */
const SAME_CHANGE = 0.7;

/**
 * Keeps the outliers that tell where the trouble is. A drop of one exchange on one device also shows, thinner, in the exchange, in the device and in the whole: those
 * are dropped in its favour. A drop of everything also shows in each part, as large: those are dropped in favour of the whole.
 */
export function localize<T extends Localized>(outliers: readonly T[]): readonly T[] {
  return outliers.filter((one) => {
    const alike = outliers.filter(
      (other) => other !== one && other.metric === one.metric && Math.sign(other.change) === Math.sign(one.change),
    );
    const partOfWhole = alike.some(
      (whole) => isWithin(one.labels, whole.labels) && Math.abs(whole.change) >= SAME_CHANGE * Math.abs(one.change),
    );
    const shadowOfPart = alike.some(
      (part) => isWithin(part.labels, one.labels) && SAME_CHANGE * Math.abs(part.change) > Math.abs(one.change),
    );
    return !partOfWhole && !shadowOfPart;
  });
}

/** Whether `part` has all labels of `whole` and more. */
function isWithin(part: Labels, whole: Labels): boolean {
  const names = Object.keys(whole);
  return Object.keys(part).length > names.length && names.every((name) => part[name] === whole[name]);
}
