import { expect, it } from 'vitest';
import { told } from '../../cli/forecast.ts';

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 0, 5, 10, 59);
const series = { stream: 'requests', series: '', name: 'requests', metric: 'events', plugin: 'outlier' };

it('a forecast is told by the hour, its last window besides', () => {
  const points = Array.from({ length: 90 }, (_, at) => ({
    startMs: START_MS + (at + 1) * 60_000,
    endMs: START_MS + (at + 2) * 60_000,
    value: 1_000 + at,
    intervals: [{ confidence: 0.8, low: 900.126, high: 1_100 }],
  }));
  const madeFrom = { startMs: START_MS, endMs: START_MS + 60_000 };
  const known = { basis: 'level and daily course', courseDays: 2, provenMs: 1.5 * HOUR_MS } as const;
  expect(told({ ...series, ...known, madeFrom, points }).split('\n')).toEqual([
    'events of requests, by level and daily course (2 days), from 2026-01-05 11:00; proven 90 min ahead',
    '2026-01-05 12:00        1059   80 %: 900.13 to 1100',
    '2026-01-05 12:30        1089   80 %: 900.13 to 1100',
    '',
  ]);
});

it('that too little is known is told, too', () => {
  const nothing = { basis: 'nothing', courseDays: 0, provenMs: 0, madeFrom: null, points: [] } as const;
  expect(told({ ...series, ...nothing, points: [] })).toBe('events of requests: too little is known yet\n');
});
