import type { Json } from '../../../core/plugin.ts';
import { quantilesAggregator, type QuantilesState } from '../../../core/sketch/quantiles.ts';
import { upperQuantile } from '../../../core/sketch/upperQuantile.ts';
import { distanceMin } from '../model/normal.ts';
import { SPREAD_OF_DISTANCE } from '../model/seriesModel.ts';
import { HORIZONS } from './horizons.ts';

/** Errors from which on their law is asked; before, a normal one is taken. */
const ERRORS_MIN = 20;

/**
 * How large errors at one horizon are, as multiples of what is usual for their series: a t-digest over all series of a metric. An interval of some confidence is as many usual errors
 * wide, on either side, as that share of past errors was at most (split conformal prediction with errors measured by a local scale: Lei, G'Sell, Rinaldo, Tibshirani and Wasserman
 * 2018, section 5.2; the first ones after the first, as in Vovk's online setting, rather than a set kept apart).
 */
export class ErrorLaw {
  readonly #digest: QuantilesState;
  /** The answers so far, true for as many errors as there were. */
  readonly #told = new Map<number, { readonly count: number; readonly widths: number }>();

  constructor(digest = quantilesAggregator.empty()) {
    this.#digest = digest;
  }

  /** What is no number says nothing. */
  learn(multiple: number): void {
    quantilesAggregator.add(this.#digest, multiple);
  }

  get isKnown(): boolean {
    return this.#digest.count >= ERRORS_MIN;
  }

  /** Half the width of an interval, in usual errors; `confidence` in (0, 1). Where too few errors were seen: a normal variable's. */
  widths(confidence: number): number {
    const { count } = this.#digest;
    const told = this.#told.get(confidence);
    if (told?.count === count) return told.widths;
    const widths = this.isKnown
      ? (upperQuantile(this.#digest, Math.min(1, confidence * (1 + 1 / count))) ?? 0)
      : distanceMin(1 - confidence) * SPREAD_OF_DISTANCE;
    this.#told.set(confidence, { count, widths });
    return widths;
  }

  /** Nothing while it has learned nothing. */
  snapshot(): Json {
    return this.#digest.count === 0 ? null : [...quantilesAggregator.encode(this.#digest)];
  }

  static restored(kept: Json | undefined): ErrorLaw {
    if (kept === undefined || kept === null) return new ErrorLaw();
    return new ErrorLaw(quantilesAggregator.decode(Uint8Array.from(kept as readonly number[])));
  }
}

/** The laws of one metric, by horizon. */
export const newLaws = (): readonly ErrorLaw[] => HORIZONS.map(() => new ErrorLaw());

export const keptLaws = (laws: readonly ErrorLaw[]): Json => laws.map((law) => law.snapshot());

export const restoredLaws = (kept: Json | undefined): readonly ErrorLaw[] =>
  HORIZONS.map((_, place) => ErrorLaw.restored((kept as readonly Json[] | undefined)?.[place]));
