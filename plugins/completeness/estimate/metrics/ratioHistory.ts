import { Conformal, type KeptErrors } from '../law/conformal.ts';

/** Numerator and denominator of a ratio (filled and requested, clicks and impressions), or of a sum per event, of one server, as far as they are there. */
export interface RatioParts {
  readonly server: string;
  readonly numerator: number;
  readonly denominator: number;
}

/** How high the ratios of a window run against what is usual of the same servers: 1 as ever; and the variance of that, relative to the usual. */
export interface Drift {
  readonly level: number;
  readonly error: number;
}

/** What is known of a ratio as it stands in a snapshot: plain JSON. */
export interface KeptRatios {
  readonly conformal: KeptErrors;
  readonly servers: readonly (readonly [server: string, ratio: number, noise: number, windows: number])[];
  readonly relativeNoise: number | null;
  readonly driftSpread: number;
}

interface Usual {
  ratio: number;
  /** Variance of the numerator around what is usual, per unit of the denominator: by this server's own windows. */
  noise: number;
  /** Windows that `noise` was learned from, up to so many as count. */
  windows: number;
}

/** Weight of the newest window in what is usual, once there were enough. */
const WEIGHT = 0.03;
const WINDOWS_MAX = Math.ceil(1 / WEIGHT);
/** Windows of its own that a server's noise needs to be believed as much as that of all. */
const TRUST = 5;

/**
 * Each server's usual ratio and how far its windows stray from it, and how far all stray together; learned from settled windows. And how wide intervals had to be on sealed ones. 24 bytes a server
 * beside its name.
 */
export class RatioHistory {
  readonly conformal = new Conformal();
  readonly #servers = new Map<string, Usual>();
  /** Noise per squared ratio, of all servers: what is assumed of a server that few windows are known of. */
  #relativeNoise: number | undefined;
  /** Variance of the drift between windows. */
  #driftSpread = 0;

  usualOf(server: string): number | undefined {
    return this.#servers.get(server)?.ratio;
  }

  /** Variance of a server's numerator around what is usual, per unit of the denominator; undefined before anything is known. */
  noiseOf(server: string): number | undefined {
    const usual = this.#servers.get(server);
    if (usual === undefined || this.#relativeNoise === undefined) return undefined;
    const { ratio, noise, windows } = usual;
    return (windows * noise + TRUST * this.#relativeNoise * ratio ** 2) / (windows + TRUST);
  }

  /** By how much a window is believed to run higher than usual: what is there of it, weighed against how seldom all stray together (H. Bühlmann 1967, "Experience rating and credibility"). */
  driftOf(servers: readonly RatioParts[]): Drift {
    const { level, error } = this.#rawDrift(servers);
    const spread = Math.max(0, this.#driftSpread);
    if (!(spread + error > 0) || !Number.isFinite(error)) return { level: 1, error: spread };
    const credibility = spread / (spread + error);
    return { level: 1 + credibility * (level - 1), error: credibility * error };
  }

  /** Learns from a settled window; whoever has no denominator tells nothing. */
  learn(servers: readonly RatioParts[]): void {
    const raw = this.#rawDrift(servers);
    const [seen, expected] = this.#seenOf(servers);
    let [relative, counted] = [0, 0];
    for (const { server, numerator, denominator } of servers) {
      if (!(denominator > 0)) continue;
      const ratio = numerator / denominator;
      const usual = this.#servers.get(server);
      if (usual === undefined) {
        this.#servers.set(server, { ratio, noise: 0, windows: 0 });
        continue;
      }
      // Against what the others run at, or else what strays alone would be taken to stray with all.
      const others = expected - usual.ratio * denominator;
      const level = others > 0 ? (seen - numerator) / others : 1;
      const noise = (numerator - usual.ratio * level * denominator) ** 2 / denominator;
      if (usual.ratio !== 0) {
        relative += noise / usual.ratio ** 2;
        counted++;
      }
      usual.windows = Math.min(WINDOWS_MAX, usual.windows + 1);
      usual.noise += (noise - usual.noise) / usual.windows;
      usual.ratio += WEIGHT * (ratio - usual.ratio);
    }
    if (counted === 0) return;
    const newest = relative / counted;
    this.#relativeNoise =
      this.#relativeNoise === undefined ? newest : this.#relativeNoise + WEIGHT * (newest - this.#relativeNoise);
    if (Number.isFinite(raw.error))
      this.#driftSpread += WEIGHT * ((raw.level - 1) ** 2 - raw.error - this.#driftSpread);
  }

  /** Forgets all servers but these. */
  keepOnly(servers: ReadonlySet<string>): void {
    for (const server of this.#servers.keys()) if (!servers.has(server)) this.#servers.delete(server);
  }

  snapshot(): KeptRatios {
    return {
      conformal: this.conformal.snapshot(),
      servers: [...this.#servers].map(([server, { ratio, noise, windows }]) => [server, ratio, noise, windows]),
      relativeNoise: this.#relativeNoise ?? null,
      driftSpread: this.#driftSpread,
    };
  }

  /** Takes the place of all that is known by what `snapshot` gave. */
  restore({ conformal, servers, relativeNoise, driftSpread }: KeptRatios): void {
    this.conformal.restore(conformal);
    this.#servers.clear();
    for (const [server, ratio, noise, windows] of servers) this.#servers.set(server, { ratio, noise, windows });
    this.#relativeNoise = relativeNoise ?? undefined;
    this.#driftSpread = driftSpread;
  }

  /** As it is seen; of infinite error where there is nothing to compare. */
  #rawDrift(servers: readonly RatioParts[]): Drift {
    const [seen, expected, variance] = this.#seenOf(servers);
    return expected > 0
      ? { level: seen / expected, error: variance / expected ** 2 }
      : { level: 1, error: Number.POSITIVE_INFINITY };
  }

  /** Of those whose ratio is known: their numerators, what these are usually, and with which variance. */
  #seenOf(servers: readonly RatioParts[]): readonly [seen: number, expected: number, variance: number] {
    let [seen, expected, variance] = [0, 0, 0];
    for (const { server, numerator, denominator } of servers) {
      const usual = this.#servers.get(server);
      if (usual === undefined) continue;
      seen += numerator;
      expected += usual.ratio * denominator;
      variance += (this.noiseOf(server) ?? 0) * denominator;
    }
    return [seen, expected, variance];
  }
}
