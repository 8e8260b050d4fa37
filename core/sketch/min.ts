import { extremeAggregator } from './extreme.ts';

/** Least value; undefined before the first. */
export const minAggregator = extremeAggregator('min', Math.min);
