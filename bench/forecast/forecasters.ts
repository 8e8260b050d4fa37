import { Outlier, outlier } from '../../plugins/outlier/plugin.ts';
import { type Case, shownWindow } from './cases.ts';
import { HoltWinters } from './holtWinters.ts';

/** What is said of one window ahead: the middle, and the intervals of 80 and 95 %. */
export interface Said {
  readonly value: number;
  readonly low80: number;
  readonly high80: number;
  readonly low95: number;
  readonly high95: number;
}

/** Shown one value after another; asked so many windows ahead of the last. */
export interface Forecaster {
  learn(at: number): void;
  ahead(windows: number): Said | undefined;
}

export const Z80 = 1.2816;
export const Z95 = 1.96;
const DAY_MS = 86_400_000;

export const FORECASTERS: Readonly<Record<string, (of: Case) => Forecaster>> = {
  touchstone: (of) => new Touchstone(of),
  'last value': (of) => new LastValue(of),
  'seasonal naive': (of) => new SeasonalNaive(of),
  'Holt-Winters': (of) => new HoltWinters(of.values, Math.round(DAY_MS / of.stepMs)),
};

/** The plugin with its default options, shown windows as the host does. */
class Touchstone implements Forecaster {
  readonly #case: Case;
  readonly #check: Outlier;

  constructor(of: Case) {
    this.#case = of;
    const { stepMs: windowMs, metric } = of;
    const host = { stream: 'bench', streamKind: 'events', windowMs, metrics: [metric], random: () => 0 } as const;
    this.#check = new Outlier(outlier.options.parse({}), host);
  }

  learn(at: number): void {
    this.#check.window(shownWindow(this.#case, at));
  }

  ahead(windows: number): Said | undefined {
    const { metric, stepMs: windowMs } = this.#case;
    const asked = { series: '', metric: metric.name, windowMs, windows, step: windows, confidences: [0.8, 0.95] };
    const point = this.#check.forecast(asked)?.points[0];
    const [of80, of95] = point?.intervals ?? [];
    if (point === undefined || of80 === undefined || of95 === undefined) return undefined;
    return { value: point.value, low80: of80.low, high80: of80.high, low95: of95.low, high95: of95.high };
  }
}

/** Mean square of errors. */
class MeanSquare {
  #sum = 0;
  #count = 0;

  add(error: number): void {
    if (!Number.isFinite(error)) return;
    this.#sum += error * error;
    this.#count++;
  }

  get root(): number {
    return Math.sqrt(this.#sum / Math.max(1, this.#count));
  }
}

export const normalSaid = (value: number, deviation: number): Said => ({
  value,
  low80: value - Z80 * deviation,
  high80: value + Z80 * deviation,
  low95: value - Z95 * deviation,
  high95: value + Z95 * deviation,
});

/** A random walk (Hyndman and Athanasopoulos 2021, section 5.5). */
class LastValue implements Forecaster {
  readonly #values: readonly number[];
  readonly #square = new MeanSquare();
  #last = Number.NaN;

  constructor({ values }: Case) {
    this.#values = values;
  }

  learn(at: number): void {
    const value = this.#values[at] ?? Number.NaN;
    if (!Number.isFinite(value)) return;
    this.#square.add(value - this.#last);
    this.#last = value;
  }

  ahead(windows: number): Said {
    return normalSaid(this.#last, this.#square.root * Math.sqrt(windows));
  }
}

/** What it was a day before; with the errors of that, which grow with the root of days. */
class SeasonalNaive implements Forecaster {
  readonly #values: readonly number[];
  readonly #day: number;
  readonly #square = new MeanSquare();
  #at = 0;

  constructor({ values, stepMs }: Case) {
    this.#values = values;
    this.#day = Math.max(1, Math.round(DAY_MS / stepMs));
  }

  learn(at: number): void {
    this.#at = at;
    this.#square.add((this.#values[at] ?? Number.NaN) - (this.#values[at - this.#day] ?? Number.NaN));
  }

  ahead(windows: number): Said | undefined {
    const days = Math.ceil(windows / this.#day);
    const value = this.#values[this.#at + windows - days * this.#day];
    return value === undefined || !Number.isFinite(value)
      ? undefined
      : normalSaid(value, this.#square.root * Math.sqrt(days));
  }
}
