import type { Json } from '../../../core/plugin.ts';
import { SAME_WINDOWS } from './pastTroubles.ts';

/** Sizes are -log10 of rarities. What is smaller than this is not put down: a rate of alarms so large is not to be asked for. */
export const SIZE_MIN = 3;
const STEP = 0.05;
const BINS = 400;
/** So many troubles beyond a size make its rate known; with fewer it is told from the sizes of more of them. */
const KNOWN = 10;
/** The tail is told from at most so many times as many, and at most this share of all; from fewer than FITTED_MIN it is not told at all. */
const FITTED_TIMES = 48;
const FITTED_SHARE = 0.5;
const FITTED_MIN = 60;
/** At the end of each day, so much of what was seen is forgotten: rates are those of the last ten days or so, more than a week. */
const FORGOTTEN = 1 / 10;
/** Of the alarms of one window at most this and four times what is expected are chance; the rest is an incident, which says nothing of chance. */
const ALARMS_MIN = 1;
const ALARMS_TIMES = 4;

/** The trouble that one metric of one series was in last, however small. Plain numbers: its own snapshot. */
export interface NotedTrouble {
  /** Its largest size, and which bin it was put down in; -1 for none. */
  size: number;
  bin: number;
  side: number;
  /** Its newest window, counted in windows of the metric. */
  window: number;
}

/** Something that may be an alarm. */
export interface Noted {
  readonly size: number;
  readonly side: number;
  readonly window: number;
}

interface KeptRate {
  readonly judged: number;
  readonly judgedBefore: number;
  readonly day: number;
  readonly bins: readonly (readonly [bin: number, count: number])[];
}

/**
 * How rare something must be, of one metric, so that chance makes as many alarms per series as stated and no more. The rarity that the model gives it is taken as a mere
 * order of things: how often which rarity occurs is counted over all series together, one for each trouble (its peak: peaks over a threshold, Davison and Smith 1990), and
 * the threshold is the size that so many troubles per series exceeded as are stated. Where that is beyond what was counted the tail is taken as exponential in the size
 * (a Pareto tail of rarities), its slope from quantiles, which single incidents hardly move. A threshold by feedback (adaptive conformal inference, Gibbs and Candes 2021)
 * would make real incidents dear: they would use up the budget. Online false-discovery rates (LORD, Javanmard and Montanari 2018) state another thing, a share of what is
 * reported, and need p-values that hold.
 */
export class AlarmRate {
  readonly #perWindow: number;
  readonly #dayWindows: number;
  /** Windows of series that were judged, and troubles by size, both forgetting. */
  #judged = 0;
  readonly #counts = new Float64Array(BINS);
  /** Windows since something was last forgotten. */
  #day = 0;
  #size: number;
  readonly #sizeBefore: number;
  #alarmsLeft = ALARMS_MIN;
  #judgedBefore = 0;

  /** `perWindow`: alarms that are stated, per series and window; `sizeBefore`: the threshold until enough is known. */
  constructor({ perWindow, dayWindows, sizeBefore }: Stated) {
    this.#perWindow = perWindow;
    this.#dayWindows = dayWindows;
    this.#size = this.#sizeBefore = sizeBefore;
  }

  /** What is as rare as this or rarer is an alarm. */
  get size(): number {
    return this.#size;
  }

  /** A window begins: the threshold stands until the next, whatever the order of its series. */
  advance(): void {
    if (++this.#day >= this.#dayWindows) this.#forget();
    this.#size = this.#threshold() ?? this.#sizeBefore;
    const expected = this.#perWindow * Math.max(0, this.#judged - this.#judgedBefore);
    this.#alarmsLeft = ALARMS_MIN + Math.ceil(ALARMS_TIMES * expected);
    this.#judgedBefore = this.#judged;
  }

  /** One window of one series was judged. */
  judged(): void {
    this.#judged++;
  }

  /** Puts down what may be an alarm; answers the trouble that it belongs to. */
  noted(last: NotedTrouble | undefined, { size, side, window }: Noted): NotedTrouble {
    if (last?.side !== side || window - last.window > SAME_WINDOWS)
      return { size, bin: this.#put(-1, size), side, window };
    if (size > last.size) {
      last.bin = this.#put(last.bin, size);
      last.size = size;
    }
    last.window = window;
    return last;
  }

  /** Moves a trouble from a bin to that of its size. */
  #put(from: number, size: number): number {
    const bin = Math.min(BINS - 1, Math.floor((size - SIZE_MIN) / STEP));
    if (size >= this.#size && (from < 0 || SIZE_MIN + from * STEP < this.#size) && this.#alarmsLeft-- <= 0) return from;
    if (from >= 0) this.#counts[from] = Math.max(0, (this.#counts[from] ?? 0) - 1);
    this.#counts[bin] = (this.#counts[bin] ?? 0) + 1;
    return bin;
  }

  #forget(): void {
    this.#day = 0;
    this.#judged *= 1 - FORGOTTEN;
    this.#judgedBefore = this.#judged;
    for (let bin = 0; bin < BINS; bin++) this.#counts[bin] = (this.#counts[bin] ?? 0) * (1 - FORGOTTEN);
  }

  #threshold(): number | undefined {
    const stated = this.#perWindow * this.#judged;
    if (stated >= KNOWN) return this.#sizeExceeded(stated);
    const few = this.#sizeExceeded(KNOWN);
    const total = this.#counts.reduce((sum, count) => sum + count, 0);
    const many = Math.min(FITTED_TIMES * KNOWN, FITTED_SHARE * total);
    if (total < FITTED_MIN || many <= KNOWN) return undefined;
    const slope = (few - this.#sizeExceeded(many)) / Math.log(many / KNOWN);
    return few + slope * Math.log(KNOWN / stated);
  }

  /** The size that so many troubles exceeded, linear within a bin. */
  #sizeExceeded(times: number): number {
    let beyond = 0;
    for (let bin = BINS - 1; bin >= 0; bin--) {
      const count = this.#counts[bin] ?? 0;
      if (beyond + count >= times) return SIZE_MIN + STEP * (bin + 1 - (times - beyond) / count);
      beyond += count;
    }
    return SIZE_MIN;
  }

  snapshot(): Json {
    const bins = Array.from(this.#counts, (count, bin) => [bin, count] as const).filter(([, count]) => count > 0);
    return { judged: this.#judged, judgedBefore: this.#judgedBefore, day: this.#day, bins };
  }

  restore(kept: Json | undefined): void {
    const { judged, day, bins, judgedBefore } = (kept ?? NOTHING) as unknown as KeptRate;
    this.#judged = judged;
    this.#judgedBefore = judgedBefore;
    this.#day = day;
    this.#counts.fill(0);
    for (const [bin, count] of bins) this.#counts[bin] = count;
    this.#size = this.#threshold() ?? this.#sizeBefore;
  }
}

/** What a rate of alarms is made of. */
export interface Stated {
  readonly perWindow: number;
  readonly dayWindows: number;
  readonly sizeBefore: number;
}

const NOTHING: Json = { judged: 0, judgedBefore: 0, day: 0, bins: [] };
