import { Conformal } from './conformal.ts';

/** Numerator and denominator of a ratio (filled and requested, clicks and impressions) of one server, as far as they are there. */
export interface RatioParts {
  readonly server: string;
  readonly numerator: number;
  readonly denominator: number;
}

/** Weight of the newest window in a server's usual ratio and in the dispersion. */
const WEIGHT = 0.03;

/** Each server's usual ratio, learned from settled windows, and how wide intervals had to be on sealed ones. 8 bytes a server beside its name. */
export class RatioHistory {
  readonly conformal = new Conformal();
  readonly #usual = new Map<string, number>();
  #dispersion: number | undefined;

  usualOf(server: string): number | undefined {
    return this.#usual.get(server);
  }

  /** Variance of a numerator around what is usual, per unit of the denominator; 1 before anything is known. */
  get dispersion(): number {
    return this.#dispersion ?? 1;
  }

  /** Learns from a settled window; whoever has no denominator tells nothing. */
  learn(servers: readonly RatioParts[]): void {
    const drift = driftOf(servers, this);
    let [squares, counted] = [0, 0];
    for (const { server, numerator, denominator } of servers) {
      if (!(denominator > 0)) continue;
      const ratio = numerator / denominator;
      const usual = this.#usual.get(server);
      if (usual !== undefined) {
        squares += (numerator - usual * drift * denominator) ** 2 / denominator;
        counted++;
      }
      this.#usual.set(server, usual === undefined ? ratio : usual + WEIGHT * (ratio - usual));
    }
    if (counted === 0) return;
    const mean = squares / counted;
    this.#dispersion = this.#dispersion === undefined ? mean : this.#dispersion + WEIGHT * (mean - this.#dispersion);
  }

  /** Forgets all servers but these. */
  keepOnly(servers: ReadonlySet<string>): void {
    for (const server of this.#usual.keys()) if (!servers.has(server)) this.#usual.delete(server);
  }
}

/** How high the ratios of a window run over what is usual of the same servers; 1 where there is nothing to compare. */
export function driftOf(servers: readonly RatioParts[], history: RatioHistory): number {
  let [seen, usual] = [0, 0];
  for (const { server, numerator, denominator } of servers) {
    const ratio = history.usualOf(server);
    if (ratio === undefined) continue;
    seen += numerator;
    usual += ratio * denominator;
  }
  return usual > 0 ? seen / usual : 1;
}
