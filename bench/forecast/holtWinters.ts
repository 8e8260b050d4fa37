import { type Forecaster, normalSaid, type Said } from './forecasters.ts';

/** Shares of the newest error in level, trend and season; and the damping of the trend. */
interface Shares {
  readonly level: number;
  readonly trend: number;
  readonly season: number;
}

const DAMPING = 0.98;
/** What is tried side by side; the one with the least squares of one-step errors so far speaks. */
const TRIED: readonly Shares[] = [0.02, 0.1, 0.4].flatMap((level) =>
  [0.05, 0.3].flatMap((season) => [0, 0.02].map((trend) => ({ level, trend: trend * level, season }))),
);

/** Additive Holt-Winters with damped trend and a day's season, one slot a window; intervals of its state-space form (Hyndman, Koehler, Ord and Snyder 2008, table 6.1). */
export class HoltWinters implements Forecaster {
  readonly #values: readonly number[];
  readonly #season: number;
  readonly #smoothed: readonly Smoothed[];

  constructor(values: readonly number[], season: number) {
    this.#values = values;
    this.#season = Math.max(1, season);
    this.#smoothed = TRIED.map((shares) => new Smoothed(shares, this.#season));
  }

  learn(at: number): void {
    const value = this.#values[at] ?? Number.NaN;
    for (const one of this.#smoothed) one.learn(value);
  }

  ahead(windows: number): Said | undefined {
    const best = this.#smoothed.reduce((a, b) => (b.deviation < a.deviation ? b : a));
    return best.ahead(windows);
  }
}

class Smoothed {
  readonly #shares: Shares;
  readonly #offsets: Float64Array;
  readonly #first: number[] = [];
  #level = 0;
  #trend = 0;
  #at = 0;
  #squares = 0;
  #errors = 0;

  constructor(shares: Shares, season: number) {
    this.#shares = shares;
    this.#offsets = new Float64Array(season);
  }

  get deviation(): number {
    return this.#errors === 0 ? 0 : Math.sqrt(this.#squares / this.#errors);
  }

  /** The first two seasons give level and offsets; a missing value moves nothing but the time. */
  learn(value: number): void {
    const season = this.#offsets.length;
    const slot = this.#at++ % season;
    if (this.#first.length < 2 * season) {
      this.#first.push(Number.isFinite(value) ? value : (this.#first.at(-1) ?? 0));
      if (this.#first.length === 2 * season) this.#begin();
      return;
    }
    const expected = this.#level + DAMPING * this.#trend + (this.#offsets[slot] ?? 0);
    const error = Number.isFinite(value) ? value - expected : 0;
    this.#squares += error * error;
    this.#errors++;
    const { level, trend, season: ofSeason } = this.#shares;
    this.#level += DAMPING * this.#trend + level * error;
    this.#trend = DAMPING * this.#trend + trend * error;
    this.#offsets[slot] = (this.#offsets[slot] ?? 0) + ofSeason * error;
  }

  #begin(): void {
    const season = this.#offsets.length;
    this.#level = this.#first.reduce((sum, value) => sum + value, 0) / this.#first.length;
    for (let slot = 0; slot < season; slot++)
      this.#offsets[slot] = ((this.#first[slot] ?? 0) + (this.#first[slot + season] ?? 0)) / 2 - this.#level;
  }

  ahead(windows: number): Said | undefined {
    if (this.#errors === 0) return undefined;
    const season = this.#offsets.length;
    const { level, trend, season: ofSeason } = this.#shares;
    let damped = 0;
    let squares = 1;
    for (let step = 1, power = DAMPING; step <= windows; step++, power *= DAMPING) {
      damped += power;
      if (step === windows) break;
      squares += (level + damped * trend + (step % season === 0 ? ofSeason : 0)) ** 2;
    }
    const value = this.#level + damped * this.#trend + (this.#offsets[(this.#at - 1 + windows) % season] ?? 0);
    return normalSaid(value, this.deviation * Math.sqrt(squares));
  }
}
