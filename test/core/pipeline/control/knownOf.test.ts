import { describe, expect, it } from 'vitest';
import { decide } from '../../../../core/alerts/threshold.ts';
import { knownOf } from '../../../../core/pipeline/control/thresholdNews.ts';

const END_MS = 600_000;
const READY = { ready: { metric: 'events', halfWidth: 0.01, confidence: 0.95, maxWaitMs: 900_000 } };
/** A window of which 900 events are there and 1,000 are expected, after so many minutes. */
const outlook = {
  metric: 'events',
  observed: 900,
  estimate: { confidence: 0.95, value: 1_000, low: 900, high: 1_100 },
};
const windowAfter = (minutes: number) => ({
  ...{ basis: 'peers', isEnough: minutes >= 15, endMs: END_MS },
  estimatedMs: END_MS + minutes * 60_000,
});
const decided = (minutes: number, below: number, contract: Parameters<typeof knownOf>[2] = READY) => {
  const known = knownOf(outlook, windowAfter(minutes), contract);
  return known && decide({ below }, known);
};

describe('a threshold on an open window', () => {
  it.each<[string, number, number, string]>([
    ['is undecided while its interval is on both sides', 14, 950, 'undecided'],
    ['is decided on what is there when nothing more is waited for', 15, 950, 'fires'],
    ['also where that is on the other side', 15, 900, 'quiet'],
    ['fires when the whole interval is beyond', 1, 1_200, 'fires'],
  ])('%s', (_, minutes, below, decision) => {
    expect(decided(minutes, below)).toBe(decision);
  });

  it('stays undecided without a contract, however long that takes', () => {
    expect(decided(10_000, 950, {})).toBe('undecided');
  });
});
