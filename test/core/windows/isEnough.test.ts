import { describe, expect, it } from 'vitest';
import { isEnough } from '../../../core/windows/isEnough.ts';

const READY = { metric: 'events', halfWidth: 0.01, confidence: 0.95, maxWaitMs: 600_000 };
const SOON = { endMs: 0, nowMs: 60_000 };
const between = (low: number, high: number) => [
  { confidence: 0.8, low: 100, high: 100 },
  { confidence: 0.95, low, high },
];
const metric = (value: number | undefined, low: number, high: number) => ({
  ...{ metric: 'revenue', observed: 1, value },
  intervals: between(low, high),
});
const wide = { value: 100, intervals: between(90, 110), basis: 'peers', metrics: [] };
const narrow = { ...wide, intervals: between(99.5, 101) };

describe('a window can be decided on', () => {
  const BY_REVENUE = { ...READY, metric: 'revenue' };
  it.each<[string, Parameters<typeof isEnough>, boolean]>([
    ['when its interval is narrow', [narrow, SOON, READY], true],
    ['not while it is wide', [wide, SOON, READY], false],
    ['when all of it is there', [{ ...wide, basis: 'whole' }, SOON, undefined], true],
    ['not without a contract', [narrow, SOON, undefined], false],
    ['when it was waited for long enough', [wide, { endMs: 0, nowMs: 600_000 }, READY], true],
    ['not by a confidence that nobody stated', [narrow, SOON, { ...READY, confidence: 0.9 }], false],
    ['by its revenue', [{ ...wide, metrics: [metric(-50, -50.4, -49.6)] }, SOON, BY_REVENUE], true],
    ['not by its events', [{ ...narrow, metrics: [metric(50, 40, 60)] }, SOON, BY_REVENUE], false],
    ['not by what nobody knows', [{ ...narrow, metrics: [metric(undefined, 100, 100)] }, SOON, BY_REVENUE], false],
  ])('%s', (_, [estimate, at, ready], expected) => {
    expect(isEnough(estimate, at, ready)).toBe(expected);
  });
});
