import { SIZE_MIN } from './alarm/alarmRate.ts';
import { distanceMin } from './model/normal.ts';
import type { OutlierOptions } from './options.ts';

/** What is judged by. */
export interface Terms extends OutlierOptions {
  /** What is more likely than this is never looked at. */
  readonly notedRarity: number;
  /** The same as -log10. */
  readonly notedSize: number;
  /** No error of fewer spreads is as rare as that. */
  readonly distanceMin: number;
}

/** Where a rate of alarms is stated, all is noted from which it is told. */
export function termsOf(options: OutlierOptions): Terms {
  const notedRarity = options.falseAlarmsPerSeriesMonth === undefined ? options.rarityMax : 10 ** -SIZE_MIN;
  return { ...options, notedRarity, notedSize: -Math.log10(notedRarity), distanceMin: distanceMin(notedRarity) };
}
