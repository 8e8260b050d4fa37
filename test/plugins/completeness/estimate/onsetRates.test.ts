import { describe, expect, it } from 'vitest';
import { OnsetRates } from '../../../../plugins/completeness/estimate/silence/onsetRates.ts';

describe('how often silences begin', () => {
  it('is rare before anything is known, and never 0', () => {
    expect(new OnsetRates().alone('none')).toBeCloseTo(0.5 / 1_440, 9);
    const rates = new OnsetRates();
    rates.passed(100_000, 10);
    expect(rates.alone('none')).toBeGreaterThan(0);
    expect(rates.alone('none')).toBeLessThan(1e-6);
  });

  it('is learned a server-minute of those by themselves and a minute of those together, each by its pulse', () => {
    const rates = new OnsetRates();
    rates.passed(10_000, 100);
    for (let at = 0; at < 500; at++) rates.ended('beating', 1);
    // Twenty times ten servers together.
    for (let at = 0; at < 200; at++) rates.ended('none', 10);
    expect(rates.alone('beating')).toBeCloseTo(5e-4, 5);
    expect(rates.common('none')).toBeCloseTo(2e-3, 3);
    expect(rates.alone('none')).toBeLessThan(1e-6);
  });

  it('follows a fleet that becomes calmer', () => {
    const rates = new OnsetRates();
    for (let day = 0; day < 60; day++) {
      rates.passed(1_440, 10);
      rates.ended('none', 1);
    }
    const before = rates.alone('none');
    for (let day = 0; day < 600; day++) rates.passed(1_440, 10);
    expect(rates.alone('none')).toBeLessThan(before / 50);
  });
});
