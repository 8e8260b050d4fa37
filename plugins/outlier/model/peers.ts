import type { Json, Labels } from '../../../core/plugin.ts';
import type { Kin } from './kin.ts';
import { type Scale, scaled, unscaled } from './scale.ts';
import { type SeriesModel, spreadsOf } from './seriesModel.ts';

/** What the grown series of one cut have in common, of one metric. */
interface CutPeers {
  /** How often one of them taught, and how often one that has a parent. */
  taught: number;
  parented: number;
  /** By span: mean of the logarithm of a spread. */
  readonly logs: number[];
  /** Variance of that of single windows, and mean square of the distance of a level from the parent's, on the metric's scale. */
  variance: number;
  apart: number;
}

/** Peers that must have taught before anyone leans on them. */
const TAUGHT_MIN = 3;
/** The newest weighs at least this: what is usual among them may change. */
const SHARE = 1 / 200;
/** What peers weigh at most and at least, in windows: the spread of a level of the last 30 values or so is its own anyway, and peers that differ widely still say something. */
const SPREAD_WINDOWS_MAX = 30;
const SPREAD_WINDOWS_MIN = 2;
const LEVEL_WINDOWS_MAX = 12;

/** Of one metric, by cut and scale: what grown series teach young ones. */
export class Peers {
  readonly #cuts = new Map<string, CutPeers>();

  /** A grown series tells how it is; `parent` is the series that it is part of. */
  learn(labels: Labels, model: SeriesModel, parent: SeriesModel | undefined): void {
    const spreads = spreadsOf(model);
    const key = keyOf(labels, model.scale);
    let cut = this.#cuts.get(key);
    if (cut === undefined)
      this.#cuts.set(key, (cut = { taught: 0, parented: 0, logs: spreads.map(() => 0), variance: 0, apart: 0 }));
    const share = Math.max(SHARE, 1 / ++cut.taught);
    const from = Math.log(spreads[0] ?? 1) - (cut.logs[0] ?? 0);
    cut.variance = (1 - share) * (cut.variance + share * from * from);
    spreads.forEach(
      (spread, at) => (cut.logs[at] = (cut.logs[at] ?? 0) + share * (Math.log(spread) - (cut.logs[at] ?? 0))),
    );
    if (parent === undefined) return;
    const apart = model.level - levelOn(model.scale, parent);
    cut.apart += Math.max(SHARE, 1 / ++cut.parented) * (apart * apart - cut.apart);
  }

  /**
   * What a series lends that begins; nothing while too few peers have grown. Both weights are empirical Bayes: of spreads, by how much those of peers differ (Smyth 2004:
   * the logarithm of a variance known from d values varies by about 2 / d); of levels, by the noise of one window against how far peers lie from their parents (Efron and
   * Morris 1975, "Data analysis using Stein's estimator").
   */
  lentTo(labels: Labels, scale: Scale, { weight, isLevelAlike }: Beginner): Kin | undefined {
    const cut = this.#cuts.get(keyOf(labels, scale));
    if (cut === undefined || cut.taught < TAUGHT_MIN) return undefined;
    const spreads = cut.logs.map(Math.exp);
    const noise = (spreads[0] ?? 0) ** 2 / Math.max(1, weight);
    const isLevelKnown = isLevelAlike && cut.parented >= TAUGHT_MIN;
    return {
      spreads,
      spreadWindows: bounded(1 / (2 * cut.variance), SPREAD_WINDOWS_MIN, SPREAD_WINDOWS_MAX),
      levelWindows: isLevelKnown ? bounded(noise / cut.apart, 0, LEVEL_WINDOWS_MAX) : 0,
    };
  }

  /** In the order of cuts. */
  snapshot(): Json {
    const cuts = [...this.#cuts].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(cuts.map(([key, cut]) => [key, { ...cut, logs: [...cut.logs] }]));
  }

  restore(kept: Json | undefined): void {
    this.#cuts.clear();
    for (const [key, cut] of Object.entries((kept ?? {}) as unknown as Readonly<Record<string, CutPeers>>))
      this.#cuts.set(key, { ...cut, logs: [...cut.logs] });
  }
}

/** A series that begins. */
export interface Beginner {
  /** Of one of its windows. */
  readonly weight: number;
  /** Whether its level is likely near its parent's and not a part of it: that of a share, a mean or a quantile is. */
  readonly isLevelAlike: boolean;
}

/** The level of a parent on the scale of its part. */
export const levelOn = (scale: Scale, parent: SeriesModel): number =>
  scaled(scale, unscaled(parent.scale, parent.level));

const keyOf = (labels: Labels, { kind }: Scale): string => `${kind} ${Object.keys(labels).join(',')}`;

/** Between two bounds; the upper one for what is no number or has none. */
const bounded = (value: number, least: number, most: number): number => (value <= most ? Math.max(least, value) : most);
