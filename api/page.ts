import type { Place } from '../core/store/page.ts';
import type { Row } from '../core/store/readStore.ts';

/** Makes a page of rows of which there may be one more than asked for. */
export function nextOf<Item>(
  rows: readonly Row[],
  limit: number,
  itemOf: (row: Row) => Item,
): { items: Item[]; next: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(itemOf), next: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}

/** The cursor of the page after a row: its place, as text that is nobody's business. */
const cursorOf = (row: Row): string =>
  Buffer.from(JSON.stringify([Number(row['placeValue']), row['placeTie']])).toString('base64url');

/** The place that a cursor names; undefined when it is none of ours. */
export function placeOf(cursor: string): Place | undefined {
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (!Array.isArray(place)) return undefined;
    const [value, tie] = place as readonly unknown[];
    return typeof value === 'number' && Number.isSafeInteger(value) && typeof tie === 'string'
      ? { value, tie }
      : undefined;
  } catch {
    return undefined;
  }
}

/** ISO 8601 of epoch milliseconds. */
export const isoOf = (ms: number): string => new Date(ms).toISOString();

/** ISO 8601 of a time as ClickHouse writes it (`2026-01-31 12:00:00.000`, UTC). */
export const isoOfText = (time: unknown): string => `${String(time).replace(' ', 'T')}Z`;

/** A number that may be NULL. */
export const numberOf = (value: unknown): number | null =>
  value === null || value === undefined ? null : Number(value);

/** The band of a row's columns expectedLow, expectedCenter, expectedHigh; null unless all are there. */
export function expectedOf(row: Row): { low: number; center: number; high: number } | null {
  const [low, center, high] = [
    numberOf(row['expectedLow']),
    numberOf(row['expectedCenter']),
    numberOf(row['expectedHigh']),
  ];
  return low === null || center === null || high === null ? null : { low, center, high };
}
