import { quantilesAggregator, type QuantilesState } from '../../core/sketch/quantiles.ts';
import type { Json } from '../../core/plugin.ts';

/** Past errors from which on the tail is known well enough to ask. */
const ERRORS_MIN = 1_000;
/** Quantiles that are compared with those of a normal distribution, with the number of errors that makes them known. */
const PROBES = [
  { q: 0.99, normal: 2.5758, errorsMin: ERRORS_MIN },
  { q: 0.9995, normal: 3.4808, errorsMin: 40_000 },
] as const;
/** The ratio is asked anew after so many errors more. */
const REFRESH = 256;

/**
 * How much heavier the tails of past errors are than a normal distribution's: by metric and span a t-digest of the distances of all series, in spreads. Real metrics have
 * heavier tails than models; what is rare is learned from them.
 */
export class Tails {
  readonly #digests = new Map<string, QuantilesState>();
  /** As last asked: in a snapshot too, since the errors that came after it have no part in it. */
  readonly #ratios = new Map<string, { readonly at: number; readonly ratio: number }>();

  /** How many times further out than a normal distribution's the tail lies; at least 1. */
  ratioOf(key: string): number {
    const digest = this.#digests.get(key);
    if (digest === undefined || digest.count < ERRORS_MIN) return 1;
    const at = Math.floor(digest.count / REFRESH);
    const known = this.#ratios.get(key);
    if (known?.at === at) return known.ratio;
    const errors = quantilesAggregator.read(digest);
    const ratio = Math.max(
      1,
      ...PROBES.filter(({ errorsMin }) => errors.count >= errorsMin).map(
        ({ q, normal }) => (errors.quantile(q) ?? 0) / normal,
      ),
    );
    this.#ratios.set(key, { at, ratio });
    return ratio;
  }

  learn(key: string, z: number): void {
    let digest = this.#digests.get(key);
    if (digest === undefined) this.#digests.set(key, (digest = quantilesAggregator.empty()));
    quantilesAggregator.add(digest, Math.abs(z));
  }

  snapshot(): Json {
    return Object.fromEntries(
      [...this.#digests].map(([key, digest]): [string, Json] => {
        const { at = -1, ratio = 1 } = this.#ratios.get(key) ?? {};
        return [key, { digest: [...quantilesAggregator.encode(digest)], at, ratio }];
      }),
    );
  }

  restore(snapshot: Json | undefined): void {
    this.#ratios.clear();
    this.#digests.clear();
    for (const [key, kept] of Object.entries((snapshot ?? {}) as Readonly<Record<string, Json>>)) {
      const { digest, at, ratio } = kept as {
        readonly digest: readonly number[];
        readonly at: number;
        readonly ratio: number;
      };
      this.#digests.set(key, quantilesAggregator.decode(Uint8Array.from(digest)));
      this.#ratios.set(key, { at, ratio });
    }
  }
}
