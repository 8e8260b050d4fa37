import type { Window } from '../time/window.ts';

/** What is asked of a forecast. */
export interface ForecastAsk {
  /** Within the stream; '' for the whole stream. */
  readonly series: string;
  readonly metric: string;
  readonly windowMs: number;
  /** Windows ahead of the last one that is known, and of how many one is told. */
  readonly windows: number;
  readonly step: number;
  /** Shares of values that lie within their intervals, each in (0, 1). */
  readonly confidences: readonly number[];
}

/** What a metric is expected to be in one window, and between which values it lies with each of the confidences asked for, in their order. */
export interface ForecastPoint extends Window {
  readonly value: number;
  readonly intervals: readonly { readonly low: number; readonly high: number }[];
}

/** What is expected of one metric of one series. */
export interface Forecast {
  /** What it is made of: too little is known, the level alone, or the level with a daily course. */
  readonly basis: 'nothing' | 'level' | 'level and daily course';
  /** Days of which the daily course was learned. */
  readonly courseDays: number;
  /** The longest time ahead at which forecasts were held against what came. Beyond it intervals grow with the root of time. */
  readonly provenMs: number;
  /** The window after which it begins; undefined where nothing is known. */
  readonly madeFrom: Window | undefined;
  /** Empty where too little is known. */
  readonly points: readonly ForecastPoint[];
}

/** Forecasts out of what a check keeps. `Kept` is an entry of its snapshot, as JSON. */
export interface Forecaster<Kept> {
  /** Keys of the entries that a forecast of a series is made of. */
  keys(series: string): readonly string[];
  /** Undefined where the entries do not know the series or its metric. */
  forecast(entries: ReadonlyMap<string, Kept>, ask: ForecastAsk): Forecast | undefined;
}
