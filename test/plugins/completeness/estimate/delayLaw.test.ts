import { describe, expect, it } from 'vitest';
import { DELAY_LAW_BYTES_PER_SERVER, DelayLaw } from '../../../../plugins/completeness/estimate/silence/delayLaw.ts';

describe('the delay law of a server', () => {
  it('knows nothing of one never heard', () => {
    expect(new DelayLaw().shareWithin('a', 1)).toBeUndefined();
    expect(new DelayLaw().quantileMinutes('a', 0.5)).toBeUndefined();
  });

  it('tells within which delay a share of its minutes arrives, to the half that a bin is wide', () => {
    const law = new DelayLaw();
    for (let at = 1; at <= 1_000; at++) law.learn('a', at / 100);
    const median = law.quantileMinutes('a', 0.5) ?? 0;
    expect(median).toBeGreaterThanOrEqual(5);
    expect(median).toBeLessThanOrEqual(7.5);
    expect(law.shareWithin('a', 10)).toBeGreaterThan(0.6);
    expect(law.shareWithin('a', 10)).toBeLessThanOrEqual(1);
    expect(law.shareWithin('a', 0)).toBe(0);
  });

  it('takes delays that no bin is for, and those below 0 of a clock that is wrong', () => {
    const law = new DelayLaw();
    for (const delay of [-5, 0, 1e9, Infinity]) law.learn('a', delay);
    expect(law.quantileMinutes('a', 0.5)).toBeLessThan(1);
    expect(law.quantileMinutes('a', 1)).toBeGreaterThan(60);
  });

  it('follows a server that becomes slower', () => {
    const law = new DelayLaw();
    for (let at = 0; at < 20_000; at++) law.learn('a', 0.5);
    for (let at = 0; at < 20_000; at++) law.learn('a', 10);
    expect(law.quantileMinutes('a', 0.5)).toBeGreaterThan(9);
  });

  it('keeps 84 bytes of it', () => {
    expect(DELAY_LAW_BYTES_PER_SERVER).toBe(84);
  });
});
