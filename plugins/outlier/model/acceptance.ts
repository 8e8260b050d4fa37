import { type Moment, ORDINARY } from '../course/calendar.ts';
import { type SeriesModel, setMeanDistance, SPANS } from './seriesModel.ts';

/**
 * What stays different on a day of a kind of its own is learned anew, but says nothing of the days before and after: what is known of days stays, and with it the scale. Answers whether
 * it is such a day; on ordinary ones nothing stays.
 */
export function goesOn({ kind }: Moment, model: SeriesModel): boolean {
  if (kind <= ORDINARY) return false;
  model.windows = model.trend = model.shown = model.moves = model.move = model.outlying = 0;
  for (let at = 0; at < SPANS.length; at++) setMeanDistance(model, at, 0);
  model.kin = undefined;
  return true;
}
