import { type Scale, scaled, unscaled } from '../model/scale.ts';
import type { SeriesModel } from '../model/seriesModel.ts';

/**
 * On which scale errors of forecasts are about even: counts by their root and shares by the arcsine of theirs, as they are judged; amounts as they are. On the judge's scale for amounts
 * (asinh) an interval many windows ahead would reach exponentially far.
 */
export type Evenness = Scale['kind'];
const SCALES = { count: { kind: 'count' }, share: { kind: 'share' } } as const;

/** A value of the model's scale on the even one. */
export const modelled = ({ scale }: Pick<SeriesModel, 'scale'>, y: number): number =>
  scale.kind === 'amount' ? unscaled(scale, y) : y;

/** The value itself of one on the even scale. */
export const evened = (evenness: Evenness, y: number): number =>
  evenness === 'amount' ? y : unscaled(SCALES[evenness], y);

/** A value on the even scale. */
export const even = (evenness: Evenness, value: number): number =>
  evenness === 'amount' ? value : scaled(SCALES[evenness], value);

/** The same, with the course of the model's scale added. */
export const withCourse = ({ scale }: Pick<SeriesModel, 'scale'>, y: number, offset: number): number =>
  scale.kind === 'amount' ? (offset === 0 ? y : unscaled(scale, scaled(scale, y) + offset)) : y + offset;
