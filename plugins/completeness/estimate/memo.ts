import { z } from 'zod';
import type { Estimate } from './estimateWindow.ts';
import { isJudged, type Said } from './history.ts';
import type { NormalPart } from './normalMixture.ts';

/** Digits of a weight and of a deviation; a mean has so many below its deviation's first. */
const DIGITS = 4;

const memo = z.tuple([
  z.enum(['peers', 'forecast']),
  z.number(),
  z.number(),
  z.array(z.tuple([z.number(), z.number().positive()])),
  z.array(z.tuple([z.number(), z.number(), z.number().positive()])).min(1),
]);

/**
 * What is learned of an estimate once its window is sealed, as text: `[basis, age in minutes, silent share, bounds by confidence, parts of the law]`, rounded to what moves no z by more than a
 * hundredth. At most 64 parts, about 2 kB; '' of an estimate that nothing is learned of.
 */
export function memoOf({ basis, standing, bounds, law }: Said): string {
  if (!isJudged(basis)) return '';
  const { ageMinutes, silentShare } = standing;
  const parts = law.map(({ weight, mean, deviation }) => [
    rounded(weight),
    rounded(mean, DIGITS + Math.ceil(Math.log10(Math.max(1, Math.abs(mean) / deviation)))),
    rounded(deviation),
  ]);
  return JSON.stringify([basis, ageMinutes, silentShare, [...bounds], parts]);
}

/** What a memo says; undefined of one that is empty or that another version wrote. */
export function saidIn(text: string): Said | undefined {
  const read = memo.safeParse(jsonOf(text));
  if (!read.success) return undefined;
  const [basis, ageMinutes, silentShare, bounds, parts] = read.data;
  const total = parts.reduce((sum, [weight]) => sum + weight, 0);
  const law = parts.map(([weight, mean, deviation]): NormalPart => ({ weight: weight / total, mean, deviation }));
  return {
    basis: basis satisfies Estimate['basis'],
    standing: { ageMinutes, silentShare },
    bounds: new Map(bounds),
    law,
  };
}

const rounded = (value: number, digits = DIGITS): number => Number(value.toPrecision(Math.min(17, digits)));

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
