import { z } from 'zod';
import type { Estimate } from './estimateWindow.ts';
import { isJudged, type Said } from './history.ts';
import type { MetricSaid } from './metrics/metricEstimates.ts';
import type { NormalMixture, NormalPart } from './law/normalMixture.ts';

/** Digits of a weight and of a deviation; a mean has so many below its deviation's first. */
const DIGITS = 4;

const bounds = z.array(z.tuple([z.number(), z.number().positive()]));
const parts = z.array(z.tuple([z.number(), z.number(), z.number().positive()])).min(1);
const ofMetrics = z.array(z.tuple([z.string(), bounds, parts]));
const memo = z.union([
  z.tuple([z.enum(['peers', 'forecast']), z.number(), z.number(), bounds, parts]),
  z.tuple([z.enum(['peers', 'forecast']), z.number(), z.number(), bounds, parts, ofMetrics]),
]);

/**
 * What is learned of an estimate once its window is sealed, as text: `[basis, age in minutes, silent share, bounds by confidence, parts of the law]`, and where metrics were asked for `[metric, bounds, parts]` of each;
 * rounded to what moves no z by more than a hundredth. At most 64 parts of a law, about 2 kB; '' of an estimate that nothing is learned of.
 */
export function memoOf({ basis, standing, bounds, law }: Said, metrics: readonly MetricSaid[] = []): string {
  if (!isJudged(basis)) return '';
  const { ageMinutes, silentShare } = standing;
  const told = metrics.map((one) => [one.metric, [...one.bounds], partsOf(one.law)]);
  const kept = [basis, ageMinutes, silentShare, [...bounds], partsOf(law)];
  return JSON.stringify(told.length === 0 ? kept : [...kept, told]);
}

/** What a memo says; undefined of one that is empty or that another version wrote. */
export function saidIn(text: string): Said | undefined {
  const read = memo.safeParse(jsonOf(text));
  if (!read.success) return undefined;
  const [basis, ageMinutes, silentShare, bounds, parts] = read.data;
  return {
    basis: basis satisfies Estimate['basis'],
    standing: { ageMinutes, silentShare },
    bounds: new Map(bounds),
    law: lawIn(parts),
  };
}

/** What a memo says of metrics. */
export function metricsIn(text: string): MetricSaid[] {
  const read = memo.safeParse(jsonOf(text));
  if (!read.success) return [];
  const [, ageMinutes, silentShare, , , metrics = []] = read.data;
  return metrics.map(([metric, bounds, parts]) => ({
    ...{ metric, standing: { ageMinutes, silentShare } },
    ...{ bounds: new Map(bounds), law: lawIn(parts) },
  }));
}

const partsOf = (law: NormalMixture): number[][] =>
  law.map(({ weight, mean, deviation }) => [
    rounded(weight),
    rounded(mean, DIGITS + Math.ceil(Math.log10(Math.max(1, Math.abs(mean) / deviation)))),
    rounded(deviation),
  ]);

function lawIn(parts: readonly (readonly [number, number, number])[]): NormalPart[] {
  const total = parts.reduce((sum, [weight]) => sum + weight, 0);
  return parts.map(([weight, mean, deviation]) => ({ weight: weight / total, mean, deviation }));
}

const rounded = (value: number, digits = DIGITS): number => Number(value.toPrecision(Math.min(17, digits)));

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
