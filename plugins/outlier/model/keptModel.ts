import { keptProfile, type KeptProfile, restoreProfile } from '../course/dailyProfile.ts';
import type { Kin } from './kin.ts';
import type { Scale } from './scale.ts';
import type { Part } from '../kept/slab.ts';
import { meanDistance, type Past, pastOf, put, SeriesModel, setMeanDistance, SPANS } from './seriesModel.ts';

/** What one metric of one series usually is, as it stands in a snapshot: plain JSON. */
export interface KeptModel {
  readonly scale: Scale;
  readonly windows: number;
  readonly level: number;
  readonly trend: number;
  readonly distances: readonly number[];
  readonly past: readonly Past[];
  readonly profile: KeptProfile;
  readonly last: number;
  readonly moves: number;
  readonly move: number;
  readonly outlying: number;
  readonly kin: Kin | null;
}

export function keptModel(model: SeriesModel): KeptModel {
  const { scale, windows, level, trend, profile, last, moves, move, outlying, kin } = model;
  return {
    scale,
    windows,
    level,
    trend,
    distances: SPANS.map((_, at) => meanDistance(model, at)),
    past: pastOf(model),
    profile: keptProfile(profile),
    last,
    moves,
    move,
    outlying,
    kin: kin ?? null,
  };
}

export function restoredModel(from: KeptModel, part: Part<Float64Array>): SeriesModel {
  const { scale, level, distances, past, profile, kin, ...kept } = from;
  const model = new SeriesModel(scale, level, part);
  distances.forEach((distance, at) => setMeanDistance(model, at, distance));
  for (const one of past) put(model, one);
  restoreProfile(model.profile, profile);
  model.kin = kin ?? undefined;
  return Object.assign(model, kept);
}
