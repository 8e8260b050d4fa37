import { describe, expect, it } from 'vitest';
import { fatesOf } from '../../../../plugins/completeness/estimate/commonFate.ts';
import { Silences } from '../../../../plugins/completeness/estimate/silences.ts';

const place = { server: 'a', region: 'r' };
/** A server that is heard every minute until one, half a minute after each. */
function heardUntil(silences: Silences, from: number, until: number): void {
  for (let minute = from; minute < until; minute++) silences.arrived(place, minute, minute + 1.5);
}

describe('a silent server', () => {
  it('is not overdue while it is as late as ever', () => {
    const silences = new Silences(1_440);
    heardUntil(silences, 0, 100);
    silences.advance(101.5);
    expect(silences.of('a')).toBeUndefined();
    silences.advance(110);
    expect(silences.of('a')).toBeDefined();
  });

  it('is believed to come back with its data when it always did', () => {
    const silences = new Silences(1_440);
    for (let round = 0; round < 30; round++) {
      const from = round * 100;
      heardUntil(silences, from, from + 80);
      for (let minute = from + 80; minute < from + 100; minute++) silences.arrived(place, minute, from + 101);
    }
    silences.advance(3_012);
    expect(silences.of('a')?.lateProbability).toBeGreaterThan(0.9);
  });

  it('is believed to be dead when it always came back without', () => {
    const silences = new Silences(1_440);
    for (let round = 0; round < 30; round++) heardUntil(silences, round * 100, round * 100 + 80);
    silences.advance(3_000);
    expect(silences.of('a')?.lateProbability).toBeLessThan(0.1);
  });

  it('is given up when it is silent for longer than lateness allows', () => {
    const silences = new Silences(60);
    heardUntil(silences, 0, 100);
    for (let now = 100; now < 300; now++) silences.advance(now);
    expect(silences.of('a')?.lateProbability).toBeLessThan(0.5);
  });

  it('is forgotten with the roster', () => {
    const silences = new Silences(60);
    heardUntil(silences, 0, 100);
    silences.keepOnly(new Set());
    silences.advance(200);
    expect(silences.of('a')).toBeUndefined();
    expect(silences.isHeard('a')).toBe(false);
  });
});

describe('servers that fell silent in the same minutes', () => {
  const silent = (server: string, newestMinute: number, region = 'r') => ({
    server,
    region,
    newestMinute,
    minutes: 100 - newestMinute,
  });

  it('share one fate, others have their own', () => {
    const fates = fatesOf([silent('d', 50), silent('a', 90), silent('c', 91), silent('b', 90)], 10);
    expect(fates.map(({ members }) => members.map(({ server }) => server))).toEqual([['d'], ['a', 'b', 'c']]);
  });

  it('are together by chance when they are few', () => {
    expect(fatesOf([silent('a', 90), silent('b', 90)], 10)).toHaveLength(2);
    expect(fatesOf([silent('a', 90), silent('b', 90), silent('c', 90)], 1_000)).toHaveLength(3);
  });

  it('have the region that all of them have', () => {
    const [one] = fatesOf([silent('a', 90), silent('b', 90), silent('c', 90)], 10);
    const [several] = fatesOf([silent('a', 90), silent('b', 90, 'q'), silent('c', 90)], 10);
    expect([one?.region, several?.region]).toEqual(['r', '']);
  });
});
