import { extremeAggregator } from './extreme.ts';

/** Greatest value; undefined before the first. */
export const maxAggregator = extremeAggregator('max', Math.max);
