import { quantilesAggregator, type QuantilesState } from '../../../core/sketch/quantiles.ts';
import { upperQuantile } from '../../../core/sketch/upperQuantile.ts';
import type { Json } from '../../../core/plugin.ts';
import { SPANS } from './seriesModel.ts';

/** Past errors from which on the tail is known well enough to ask. */
const ERRORS_MIN = 1_000;
/** Quantiles that are compared with those of a normal distribution, with the number of errors that makes them known. */
const PROBES = [
  { q: 0.99, normal: 2.5758, errorsMin: ERRORS_MIN },
  { q: 0.9995, normal: 3.4808, errorsMin: 40_000 },
] as const;
/** The ratio is asked anew after so many errors more. */
const REFRESH = 256;

/** A tail as it stands in a snapshot. The ratio is as last asked, since the errors that came after it have no part in it. */
interface KeptTail {
  readonly digest: readonly number[];
  readonly at: number;
  readonly ratio: number;
}

/** How much heavier the tail of past errors is than a normal distribution's, of one metric and span: a t-digest of the distances of all series, in spreads. */
export class Tail {
  readonly #digest: QuantilesState;
  #at: number;
  #ratio: number;

  constructor(digest = quantilesAggregator.empty(), at = -1, ratio = 1) {
    this.#digest = digest;
    this.#at = at;
    this.#ratio = ratio;
  }

  /** How many times further out than a normal distribution's it lies; at least 1. */
  get ratio(): number {
    const { count } = this.#digest;
    if (count < ERRORS_MIN) return 1;
    const at = Math.floor(count / REFRESH);
    if (this.#at !== at) {
      this.#at = at;
      this.#ratio = 1;
      for (const { q, normal, errorsMin } of PROBES)
        if (count >= errorsMin) this.#ratio = Math.max(this.#ratio, (upperQuantile(this.#digest, q) ?? 0) / normal);
    }
    return this.#ratio;
  }

  learn(z: number): void {
    quantilesAggregator.add(this.#digest, Math.abs(z));
  }

  /** Nothing while it has learned nothing. */
  snapshot(): Json | undefined {
    if (this.#digest.count === 0) return undefined;
    return { digest: [...quantilesAggregator.encode(this.#digest)], at: this.#at, ratio: this.#ratio };
  }

  static restored({ digest, at, ratio }: KeptTail): Tail {
    return new Tail(quantilesAggregator.decode(Uint8Array.from(digest)), at, ratio);
  }
}

/** The tails of each metric by span. Real metrics have heavier tails than models; what is rare is learned from the errors of all series. */
export class Tails {
  readonly #metrics: readonly string[];
  #tails: readonly (readonly Tail[])[];

  constructor(metrics: readonly string[]) {
    this.#metrics = metrics;
    this.#tails = metrics.map(() => SPANS.map(() => new Tail()));
  }

  /** Of a metric, by its place among those that it was made for: by span. */
  of(place: number): readonly Tail[] {
    return this.#tails[place] ?? [];
  }

  snapshot(): Json {
    const kept = this.#tails.flatMap((bySpan, place) =>
      bySpan.map((tail, at) => [keyOf(this.#metrics[place], SPANS[at]), tail.snapshot()] as const),
    );
    return Object.fromEntries(kept.flatMap(([key, tail]) => (tail === undefined ? [] : [[key, tail]])));
  }

  restore(snapshot: Json | undefined): void {
    const kept = (snapshot ?? {}) as unknown as Readonly<Record<string, KeptTail | undefined>>;
    this.#tails = this.#metrics.map((metric) =>
      SPANS.map((span) => {
        const of = kept[keyOf(metric, span)];
        return of === undefined ? new Tail() : Tail.restored(of);
      }),
    );
  }
}

const keyOf = (metric = '', span = 0): string => `${metric} ${String(span)}`;
