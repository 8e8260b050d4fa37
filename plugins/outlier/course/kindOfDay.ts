import { CAMPAIGN, HOLIDAY, ORDINARY, REST } from './calendar.ts';
import { packed, unpack } from '../kept/packed.ts';

/**
 * What one metric of one series knows of kinds of days, as one array of numbers: many small objects would take more room than what is in them. First the head, then a row for
 * each kind that was seen: its number, days learned, the last of them, how far its own course and the one that it would lean on missed its days, then its course, by hour, as
 * distances from the level of ordinary days.
 */
export type DayKinds = number[];

/** The head: kind of the day that is being gathered, level of the last ordinary day, how far ordinary days are usually missed, and how many were held against what was expected. */
export const GATHERED = 0;
const BASE = 1;
const USUAL = 2;
const COMPARED = 3;
const HEAD = 4;

/** A row. */
const DAYS = 1;
const LAST = 2;
const OWN = 3;
const LENT = 4;
const COURSE = 5;
const HOURS = 24;
const ROW = COURSE + HOURS;

/** The course of a kind is the common one. */
export const COMMON = -1;

/** A course of one day is taken to miss the next by so many usual errors of ordinary days. */
const FIRST_MISS = 2;
/**
 * By how much less it has to miss them. A series that wanders is missed by its kinds' courses about as much as by the common one, now more and now less: a first day that differs by more than four
 * usual errors, that is by 3.2 standard deviations, is one of a thousand there.
 */
const BETTER = 1 / 2;
/** What the newest day weighs at least, in errors and in a course; and for how many usual errors it counts at most. */
const ERROR_SHARE = 1 / 4;
const COURSE_SHARE = 1 / 3;
const ERROR_CLIP = 4;
/** Campaigns that are remembered at once; beyond, the one that was longest ago is forgotten. */
const CAMPAIGNS_MAX = 4;

export const noKinds = (): DayKinds => [ORDINARY, Number.NaN, 0, 0];

/** Where the course of a kind of day begins; {@link COMMON} where the common one is as good or nothing else is known. */
export function courseOf(kinds: DayKinds, kind: number): number {
  if (kind <= ORDINARY) return COMMON;
  const row = rowOf(kinds, kind);
  if (row !== COMMON && isOwn(kinds, row)) return row + COURSE;
  return kind === HOLIDAY ? courseOf(kinds, REST) : COMMON;
}

/** The level of the last ordinary day; undefined before there was one. */
export const ordinaryLevel = (kinds: DayKinds | undefined): number | undefined => kinds?.[BASE];

function rowOf(kinds: DayKinds, kind: number): number {
  for (let row = HEAD; row < kinds.length; row += ROW) if (kinds[row] === kind) return row;
  return COMMON;
}

/** A kind has a course of its own when that would have missed its days by clearly less. */
const isOwn = (kinds: DayKinds, row: number): boolean => (kinds[row + OWN] ?? 0) < BETTER * (kinds[row + LENT] ?? 0);

/** A day that is over. */
export interface LearnedDay {
  /** Since the epoch. */
  readonly day: number;
  /** By hour; nothing for hours without a value. */
  readonly means: readonly (number | undefined)[];
  /** The common course, by hour. */
  readonly common: readonly number[];
}

/** What is known of kinds after a day, and whether it taught the common course. */
interface Taught {
  readonly kinds: DayKinds;
  readonly isCommon: boolean;
}

/** Learns a day of the kind that was gathered. Days of a kind without a course of its own teach the one that they lean on. */
export const learnKind = (kinds: DayKinds, day: LearnedDay): Taught => teach(kinds, kinds[GATHERED] ?? ORDINARY, day);

function teach(kinds: DayKinds, kind: number, day: LearnedDay): Taught {
  if (kind <= ORDINARY) learnOrdinary(kinds, day);
  // Before an ordinary day was seen it is not known what is special.
  if (kind <= ORDINARY || Number.isNaN(kinds[BASE])) return { kinds, isCommon: true };
  // A holiday is a rest day until they differ.
  if (kind === HOLIDAY && rowOf(kinds, REST) === COMMON) return teach(kinds, REST, day);
  const known = rowOf(kinds, kind) === COMMON ? withRow(kinds, kind) : kinds;
  const row = rowOf(known, kind);
  learnRow(known, row, day);
  if (isOwn(known, row)) return { kinds: known, isCommon: false };
  return kind === HOLIDAY ? teach(known, REST, day) : { kinds: known, isCommon: true };
}

function learnOrdinary(kinds: DayKinds, { means, common }: LearnedDay): void {
  const missed = missedBy(means, kinds[BASE] ?? 0, common, 0);
  if (!Number.isNaN(missed)) {
    const compared = (kinds[COMPARED] ?? 0) + 1;
    const usual = kinds[USUAL] ?? 0;
    const bounded = compared > 3 ? Math.min(missed, ERROR_CLIP * usual) : missed;
    kinds[COMPARED] = compared;
    kinds[USUAL] = usual + Math.max(ERROR_SHARE, 1 / compared) * (bounded - usual);
  }
  kinds[BASE] = meanOf(means.map((mean, hour) => mean && mean - (common[hour] ?? 0)));
}

function learnRow(kinds: DayKinds, row: number, { day, means, common }: LearnedDay): void {
  const base = kinds[BASE] ?? 0;
  const days = kinds[row + DAYS] ?? 0;
  const lender = kinds[row] === HOLIDAY ? courseOf(kinds, REST) : COMMON;
  const lent = lender === COMMON ? missedBy(means, base, common, 0) : missedBy(means, base, kinds, lender);
  const first = (kinds[COMPARED] ?? 0) > 0 ? FIRST_MISS * (kinds[USUAL] ?? 0) : Number.POSITIVE_INFINITY;
  const own = days === 0 ? first : missedBy(means, base, kinds, row + COURSE);
  // As long as nothing was compared, the next day is the first that is.
  const share = kinds[row + OWN] === Number.POSITIVE_INFINITY ? 1 : Math.max(ERROR_SHARE, 1 / (days + 1));
  for (const [at, missed] of [
    [row + OWN, own],
    [row + LENT, lent],
  ] as const)
    kinds[at] = share === 1 ? missed : (kinds[at] ?? 0) + share * (missed - (kinds[at] ?? 0));
  const dayMean = meanOf(means);
  const weight = Math.max(COURSE_SHARE, 1 / (days + 1));
  for (let hour = 0; hour < HOURS; hour++) {
    const at = row + COURSE + hour;
    const offset = kinds[at] ?? 0;
    // An hour that the first day lacks is taken for a usual one of that day.
    const mean = means[hour] ?? (days === 0 ? dayMean : base + offset);
    kinds[at] = offset + weight * (mean - base - offset);
  }
  kinds[row + DAYS] = days + 1;
  kinds[row + LAST] = day;
}

/** By how much a course missed the hours of a day, on average. */
const missedBy = (means: LearnedDay['means'], base: number, course: readonly number[], from: number): number =>
  meanOf(means.map((mean, hour) => mean && Math.abs(mean - base - (course[from + hour] ?? 0))));

function meanOf(numbers: readonly (number | undefined)[]): number {
  const there = numbers.filter((one) => one !== undefined);
  return there.reduce((sum, one) => sum + one, 0) / there.length;
}

function withRow(kinds: DayKinds, kind: number): DayKinds {
  const forgotten = kind < CAMPAIGN ? COMMON : oldestCampaign(kinds);
  // Grown in place, and then copied to its length: an array put together of others would hold each number as an object.
  const grown = kinds.slice(0, HEAD);
  for (let at = HEAD; at < kinds.length; at++)
    if (forgotten === COMMON || at < forgotten || at >= forgotten + ROW) grown.push(kinds[at] ?? 0);
  grown.push(kind);
  for (let at = 1; at < ROW; at++) grown.push(0);
  return grown.slice();
}

/** The row of the campaign that was longest ago, where there are as many as are remembered; otherwise {@link COMMON}. */
function oldestCampaign(kinds: DayKinds): number {
  let count = 0;
  let oldest = COMMON;
  for (let row = HEAD; row < kinds.length; row += ROW) {
    if ((kinds[row] ?? 0) < CAMPAIGN) continue;
    count++;
    if (oldest === COMMON || (kinds[row + LAST] ?? 0) < (kinds[oldest + LAST] ?? 0)) oldest = row;
  }
  return count < CAMPAIGNS_MAX ? COMMON : oldest;
}

/** What is known as it stands in a snapshot; and back. */
export const keptKinds = (kinds: DayKinds): string => packed(Float64Array.from(kinds));

export function restoredKinds(text: string): DayKinds {
  const numbers = new Float64Array(Math.floor((text.length * 3) / 4 / Float64Array.BYTES_PER_ELEMENT));
  unpack(text, numbers);
  return Array.from(numbers).slice();
}
