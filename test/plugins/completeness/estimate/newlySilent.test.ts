import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  aloneOf,
  commonSilenceAt,
  newSilencesOf,
  type Watched,
} from '../../../../plugins/completeness/estimate/silence/newlySilent.ts';
import type { OnsetPriors } from '../../../../plugins/completeness/estimate/silence/onsetPriors.ts';
import type { Sign } from '../../../../plugins/completeness/estimate/silence/signs.ts';

const ONSET = 100;
const PRIORS: OnsetPriors = { common: () => 1e-3, lateProbability: () => 0.2, aloneLate: () => 0.4 };
const NEVER: Sign = { onsetMinute: -Infinity, odds: 0, alone: 0 };
const HERE: Sign = { onsetMinute: Infinity, odds: 1, alone: 1e-4 };
const missing = (odds: number): Sign => ({ onsetMinute: ONSET, odds, alone: 1e-4 });

const watched = (at: number, none: Sign, isOverdue = false): Watched => ({
  server: `s${at}`,
  region: `r${at % 3}`,
  isOverdue,
  signs: { beating: NEVER, none, unknown: NEVER },
});
/** 30 servers in three regions, of which those miss a cell that are told; what is missing is thirty times likelier of the silent. */
const fleet = (isMissing: (at: number) => boolean): readonly Watched[] =>
  Array.from({ length: 30 }, (_, at) => watched(at, isMissing(at) ? missing(30) : HERE));
const goneOf = (servers: readonly Watched[], server: string): number =>
  commonSilenceAt(servers, { onsetMinute: ONSET, pulse: 'none' }, PRIORS)?.members.find((one) => one.server === server)
    ?.gone ?? 0;

describe('servers that may have fallen silent together', () => {
  it('are the likelier to have the more of them are missing', () => {
    const gone = [1, 3, 6, 10].map((count) =>
      goneOf(
        fleet((at) => at < count),
        's0',
      ),
    );
    expect(gone).toEqual(gone.toSorted((a, b) => a - b));
    expect(gone[0]).toBeLessThan(1e-3);
    expect(gone.at(-1)).toBeGreaterThan(0.5);
  });

  it('are the likelier to have when it is their region that is missing', () => {
    const [region, scattered] = [fleet((at) => at % 3 === 0 && at < 18), fleet((at) => at < 6)];
    expect(goneOf(region, 's0')).toBeGreaterThan(goneOf(scattered, 's0'));
  });

  it('have not when those that were heard of are many', () => {
    const few = fleet((at) => at < 6);
    const many = [...few, ...Array.from({ length: 300 }, (_, at) => watched(100 + at, HERE))];
    expect(goneOf(many, 's0')).toBeLessThan(goneOf(few, 's0') / 10);
  });

  it('are witnesses when they are overdue, and judged by how such silences end', () => {
    const servers = fleet((at) => at < 8).map((one, at) => (at < 7 ? { ...one, isOverdue: true } : one));
    const found = newSilencesOf(servers, PRIORS, () => undefined);
    expect([...found.keys()]).toEqual(['s7']);
    const theirs = { fate: 'theirs', lateProbability: 0.3, share: 1, silentProbability: 1 };
    const joined = newSilencesOf(servers, PRIORS, () => theirs).get('s7');
    expect(joined).toMatchObject({ fate: 'theirs', lateProbability: 0.3 });
    expect(joined?.share).toBeGreaterThan(0.5);
  });

  it('are as unlikely as ever where nothing speaks for it', () => {
    const servers = Array.from({ length: 30 }, (_, at) => watched(at, missing(1)));
    expect(commonSilenceAt(servers, { onsetMinute: ONSET, pulse: 'none' }, PRIORS)).toBeUndefined();
    expect(newSilencesOf(servers, PRIORS, () => undefined).size).toBe(0);
  });
});

describe('a server that may have fallen silent by itself', () => {
  it('is weighed by how rare that is and how rare it is to be so late', () => {
    const gone = [1, 100, 1e4, 1e8].map((odds) => aloneOf(watched(0, missing(odds)))[0]?.silent ?? NaN);
    expect(gone[0]).toBeCloseTo(1e-4, 6);
    expect(gone[2]).toBeCloseTo(0.5, 6);
    expect(gone.at(-1)).toBeGreaterThan(0.999);
    const found = newSilencesOf(
      Array.from({ length: 300 }, (_, at) => watched(at, at === 0 ? missing(1e4) : HERE)),
      PRIORS,
      () => undefined,
    ).get('s0');
    expect(found).toEqual({ fate: 'new s0', lateProbability: 0.7, share: 1, silentProbability: 0.5 });
  });

  it('is sure to come when it is here', () => {
    expect(newSilencesOf([watched(0, HERE)], PRIORS, () => undefined).size).toBe(0);
  });
});

it('every probability is one, whatever the signs', () => {
  const probability = fc.double({ min: 0, max: 1, noNaN: true });
  const sign = fc.record({
    onsetMinute: fc.constantFrom(-Infinity, ONSET - 1, ONSET, Infinity),
    odds: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e12, noNaN: true })),
    alone: fc.double({ min: 0, max: 0.5, noNaN: true }),
  });
  const signs = fc.record({ beating: sign, none: sign, unknown: sign });
  const servers = fc
    .array(fc.record({ isOverdue: fc.boolean(), signs }), { maxLength: 40 })
    .map((rows) => rows.map((row, at): Watched => ({ server: `s${at}`, region: `r${at % 3}`, ...row })));
  const priors = fc.record({ rate: fc.double({ min: 1e-9, max: 0.5, noNaN: true }), late: probability });
  fc.assert(
    fc.property(servers, priors, (all, { rate, late }) => {
      const found = newSilencesOf(
        all,
        { common: () => rate, lateProbability: () => late, aloneLate: () => late },
        () => undefined,
      );
      for (const [server, { lateProbability, share, silentProbability }] of found) {
        expect(all.find((one) => one.server === server)?.isOverdue).toBe(false);
        for (const value of [lateProbability, share, silentProbability]) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
        }
        expect(share * silentProbability).toBeGreaterThan(0);
      }
    }),
    { numRuns: 300 },
  );
});
