import { lowerBound } from '../../../../core/sketch/lowerBound.ts';
import { zAbove } from './normalQuantile.ts';

/** Where a forecast stands: how old the window is, and which share of its expected events belongs to servers that are silent beyond their custom. */
export interface Standing {
  /** Minutes since the window's end. */
  readonly ageMinutes: number;
  readonly silentShare: number;
}

/** Forecasts are compared with those before them that were alike: bounds between kinds of age and of silence. */
const AGES_MINUTES = [0.5, 2, 8, 22, 60];
const SILENT_SHARES = [0.005, 0.02, 0.1];
/** Errors kept of each kind, the newest. */
const KEPT = 600;
/** Errors of its own that a kind needs to be believed as much as the wider one; what is assumed of the widest is that the law is too narrow by a quarter. */
const TRUST = 30;
const CAUTION = 1.25;
/** How fast the miss rate is moved by what was hit and missed. */
const ADAPT_RATE = 0.005;

interface Kind {
  /** Newest errors in order of time, and sorted. */
  readonly errors: number[];
  readonly sorted: number[];
  /** The miss rate aimed at, by the one stated. */
  readonly aims: Map<number, number>;
}

/** Calibration as it stands in a snapshot: by kind the errors in order of time, and the miss rates aimed at by confidence. */
export type KeptErrors = readonly (readonly [
  kind: string,
  errors: readonly number[],
  aims: readonly (readonly [confidence: number, aim: number])[],
])[];

/**
 * How many deviations wide an interval must be to hold what it states: split conformal prediction (V. Vovk, A. Gammerman and G. Shafer 2005) over the errors of sealed windows, each
 * as the z of the truth in the law that was forecast (V. Chernozhukov, K. Wüthrich and Y. Zhu 2021, "Distributional conformal prediction"), by kind of age and silence (a
 * thin kind leans on the same silence at any age, and that on the law itself), and moved by hits and misses when the world drifts (I. Gibbs and E. Candès 2021, "Adaptive
 * conformal inference under distribution shift"). At most 28 kinds of 600 errors: 270 kB per stream and metric.
 */
export class Conformal {
  readonly #kinds = new Map<string, Kind>();

  /** The z that bounds an interval of that confidence, on both sides of the law's median. Above 0. */
  bound(standing: Standing, confidence: number): number {
    const [narrow, wide] = keysOf(standing).map((key) => this.#kinds.get(key));
    const stated = zAbove((1 - confidence) / 2) * CAUTION;
    return boundOf(narrow, confidence, boundOf(wide, confidence, stated));
  }

  /** Learns from a sealed window: the z of the truth in the law that was forecast, and the bounds that were stated then, by confidence. */
  learn(standing: Standing, z: number, stated: ReadonlyMap<number, number>): void {
    const error = Math.abs(z);
    for (const key of keysOf(standing)) {
      let kind = this.#kinds.get(key);
      if (kind === undefined) this.#kinds.set(key, (kind = { errors: [], sorted: [], aims: new Map() }));
      remember(kind, error);
      for (const [confidence, bound] of stated) adapt(kind, confidence, error > bound);
    }
  }

  snapshot(): KeptErrors {
    return [...this.#kinds].map(([key, { errors, aims }]) => [key, [...errors], [...aims]]);
  }

  restore(kept: KeptErrors): void {
    this.#kinds.clear();
    for (const [key, errors, aims] of kept)
      this.#kinds.set(key, { errors: [...errors], sorted: errors.toSorted((a, b) => a - b), aims: new Map(aims) });
  }
}

function boundOf(kind: Kind | undefined, confidence: number, wider: number): number {
  if (kind === undefined) return wider;
  const { sorted, aims } = kind;
  const kept = sorted.length;
  const rank = Math.ceil((kept + 1) * (1 - (aims.get(confidence) ?? 1 - confidence)));
  const own = rank <= kept ? (sorted[rank - 1] ?? wider) : Math.max(wider, (sorted.at(-1) ?? 0) * CAUTION);
  return (kept * own + TRUST * wider) / (kept + TRUST);
}

function adapt({ aims }: Kind, confidence: number, isMiss: boolean): void {
  const stated = 1 - confidence;
  const aim = (aims.get(confidence) ?? stated) + ADAPT_RATE * (stated - Number(isMiss));
  aims.set(confidence, Math.min(2 * stated, Math.max(stated / 4, aim)));
}

function remember({ errors, sorted }: Kind, error: number): void {
  if (errors.length >= KEPT) {
    const oldest = errors.shift() ?? 0;
    sorted.splice(lowerBound(sorted, oldest), 1);
  }
  errors.push(error);
  sorted.splice(lowerBound(sorted, error), 0, error);
}

const keysOf = ({ ageMinutes, silentShare }: Standing): readonly [narrow: string, wide: string] => {
  const silence = SILENT_SHARES.filter((share) => silentShare > share).length;
  return [`${silence}:${AGES_MINUTES.filter((age) => ageMinutes >= age).length}`, `${silence}`];
};
