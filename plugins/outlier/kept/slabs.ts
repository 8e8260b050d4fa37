import { HORIZONS_SIZE } from '../forecast/horizons.ts';
import { PAST_SIZE, SEEN_SIZE } from '../ownPast/ownPast.ts';
import { MODEL_SIZE } from '../model/seriesModel.ts';
import { Slab } from './slab.ts';

/** Where the numbers of all series of one check lie. */
export class Slabs {
  readonly models = new Slab<Float64Array>(MODEL_SIZE, (length) => new Float64Array(length));
  readonly books = new Slab<Float32Array>(HORIZONS_SIZE, (length) => new Float32Array(length));
  readonly pasts = new Slab<Float64Array>(PAST_SIZE, (length) => new Float64Array(length));
  /** How often the slots of the courses of own pasts were seen. */
  readonly seen = new Slab<Uint8Array>(SEEN_SIZE, (length) => new Uint8Array(length));
}
