import type { Forecast, ForecastAsk, ForecastPoint } from '../../../core/plugin.ts';
import type { Calendar } from '../course/calendar.ts';
import type { SeriesModel } from '../model/seriesModel.ts';
import { type AheadBook, countOf, MEASURED_MIN } from './aheadBook.ts';
import { candidatesAt, type Combined, combine } from './candidates.ts';
import type { ErrorLaw } from './errorLaw.ts';
import { evened } from './evenness.ts';
import { COMBINED, type Horizon, HORIZONS } from './horizons.ts';

/** What a forecast of one metric of one series is made of. */
export interface Known {
  readonly model: SeriesModel;
  readonly book: AheadBook;
  readonly laws: readonly ErrorLaw[];
  readonly windowMs: number;
  readonly calendar: Calendar;
}

/** One horizon as it may be asked: half the width of each interval there, in usual errors. */
interface Proven {
  readonly horizon: Horizon;
  readonly widths: readonly number[];
}

/** On the even scale: what is expected, and half the width of each interval. */
interface Ahead {
  readonly center: number;
  readonly halves: readonly number[];
}

/**
 * Forecasts one metric of one series: at each horizon the combination of simple forecasts that did well there, with intervals as wide as its errors there were; between horizons both
 * are interpolated over the logarithm of time, beyond the last proven one they widen with the root of time, as a random walk's do. Pure; one object for many questions about one window.
 */
export class SeriesForecast {
  readonly #known: Known;
  readonly #proven: readonly Proven[];
  readonly #candidates = new Float64Array(COMBINED);
  readonly #together: Combined = { center: 0, usual: 0 };

  /** `confidences` in (0, 1). */
  constructor(known: Known, confidences: readonly number[]) {
    this.#known = known;
    this.#proven = provenOf(known, confidences);
  }

  /** Whether forecasts were held against what came, and what they say is a number: values of 10^150 are not forecast. */
  get isKnown(): boolean {
    if (this.#proven.length === 0) return false;
    const { value, intervals } = this.at(1);
    return Number.isFinite(value) && intervals.every(({ low, high }) => Number.isFinite(high - low));
  }

  /** The longest proven horizon, in windows. */
  get provenAhead(): number {
    return this.#proven.at(-1)?.horizon.ahead ?? 0;
  }

  /** What is expected so many windows ahead; only where {@link isKnown}. */
  at(ahead: number): Omit<ForecastPoint, 'startMs' | 'endMs'> {
    const { evenness, least } = this.#known.book;
    const { center, halves } = this.#ahead(ahead);
    const valueOf = (y: number): number => evened(evenness, y);
    // What was never below 0 will not be.
    const lowOf = (y: number): number => (least >= 0 ? Math.max(0, valueOf(y)) : valueOf(y));
    return {
      value: lowOf(center),
      intervals: halves.map((half) => ({ low: lowOf(center - half), high: lowOf(center + half) })),
    };
  }

  #ahead(ahead: number): Ahead {
    const longer = this.#proven.find(({ horizon }) => horizon.ahead >= ahead);
    const shorter = this.#proven.findLast(({ horizon }) => horizon.ahead <= ahead);
    const [from, to] = [shorter ?? longer, longer ?? shorter];
    if (from === undefined || to === undefined) throw new RangeError('ask a forecast that is known');
    const near = this.#by(from, ahead);
    if (from === to) {
      const growth = Math.sqrt(Math.max(1, ahead / from.horizon.ahead));
      return { center: near.center, halves: near.halves.map((half) => half * growth) };
    }
    const far = this.#by(to, ahead);
    const share = Math.log(ahead / from.horizon.ahead) / Math.log(to.horizon.ahead / from.horizon.ahead);
    return {
      center: near.center + share * (far.center - near.center),
      halves: near.halves.map((half, at) => between(half, far.halves[at] ?? half, share)),
    };
  }

  /** What a horizon's weights and errors say of a window. */
  #by({ horizon, widths }: Proven, ahead: number): Ahead {
    const { book, model, windowMs, calendar } = this.#known;
    candidatesAt(this.#candidates, book, model, { horizon, at: { index: book.index, windowMs, calendar }, ahead });
    combine(this.#together, book, horizon, this.#candidates);
    const { center, usual } = this.#together;
    return { center: book.anchor + center, halves: widths.map((width) => usual * width) };
  }
}

/** Geometric, as errors grow by powers of time; linear where one of them is 0. */
const between = (from: number, to: number, share: number): number =>
  from > 0 && to > 0 ? from ** (1 - share) * to ** share : from + share * (to - from);

/** The horizons that are proven. Where the law of one is not known yet, that of the one before is taken. */
function provenOf({ book, laws }: Known, confidences: readonly number[]): readonly Proven[] {
  const proven: Proven[] = [];
  let law: ErrorLaw | undefined;
  for (let place = 0; place < HORIZONS.length; place++) {
    const horizon = HORIZONS[place];
    const own = laws[place];
    if (horizon === undefined || countOf(book, horizon) < MEASURED_MIN) continue;
    if (law === undefined || own?.isKnown === true) law = own;
    proven.push({ horizon, widths: confidences.map((confidence) => law?.widths(confidence) ?? 0) });
  }
  return proven;
}

/** Nothing is known of the metric of a series that is. */
export const NOTHING_EXPECTED: Forecast = {
  basis: 'nothing',
  courseDays: 0,
  provenMs: 0,
  madeFrom: undefined,
  points: [],
};

/** The forecast that is asked for. */
export function forecastOf(known: Known, { windowMs, windows, step, confidences }: ForecastAsk): Forecast {
  const forecast = new SeriesForecast(known, confidences);
  if (!forecast.isKnown) return NOTHING_EXPECTED;
  const startMs = known.book.index * windowMs;
  const points: ForecastPoint[] = [];
  for (let ahead = step; ahead <= windows; ahead += step) {
    const fromMs = startMs + ahead * windowMs;
    points.push({ startMs: fromMs, endMs: fromMs + windowMs, ...forecast.at(ahead) });
  }
  const { days } = known.model.profile;
  return {
    basis: days === 0 ? 'level' : 'level and daily course',
    courseDays: days,
    provenMs: forecast.provenAhead * windowMs,
    madeFrom: { startMs, endMs: startMs + windowMs },
    points,
  };
}
