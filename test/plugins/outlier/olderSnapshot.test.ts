import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Draft, Forecast, Json } from '../../../core/plugin.ts';
import { made, saidOn, SERIES, snapshotOf, type Value, valuesOf, WINDOW_MS, windowOf } from './localDays.ts';

/** What version 1.2.0 kept after three days of a count with a daily course, but for the tails, which are long; what it was shown next, and what it said and forecast then; shares of parts it did not tell. */
const older = JSON.parse(readFileSync(new URL('snapshot-1.2.0.json', import.meta.url), 'utf8')) as {
  readonly entries: [string, Json][];
  readonly next: Value[];
  readonly said: Draft[][];
  readonly forecast: Forecast;
};
const ask = { series: SERIES, metric: 'events', windowMs: WINDOW_MS, windows: 288, step: 72, confidences: [0.8] };
const plain = (of: unknown): unknown => JSON.parse(JSON.stringify(of));

describe('a snapshot of 1.2.0', () => {
  it('is gone on from as that version would have', () => {
    const check = made();
    check.restore(older.entries);
    const said = older.next.map((value) => check.window(windowOf(value)));
    expect(plain(said)).toEqual(
      older.said.map((drafts) =>
        drafts.map((draft) => ({ ...draft, data: { ...draft.data, contributors: '', share: '' } })),
      ),
    );
    expect(older.said.flat().length).toBeGreaterThan(3);
    expect(plain(check.forecast(ask))).toEqual(older.forecast);
  });

  it('is gone on from with a calendar: what it knows of the day is moved to its zone, kinds of days are learned from then on', () => {
    const check = made({});
    check.restore(older.entries);
    const course = (hour: number): number => 2_000 + 1_200 * Math.sin(((hour - 9) / 24) * 2 * Math.PI);
    const later = valuesOf('2026-06-01', 22, ({ hour, isWeekend }) => course(hour) * (isWeekend ? 0.5 : 1));
    const said = saidOn(check, later.slice(3 * 288 + 100));
    expect(Object.keys(said).map(Number)).toEqual([5]);
    expect(JSON.stringify(snapshotOf(check))).toContain('"kinds"');
  });
});
