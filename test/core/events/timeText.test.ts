import { afterEach, describe, expect, it } from 'vitest';
import { decodeText } from './decoding.ts';

const line = (ts: string): string => JSON.stringify({ ts, server: 's1' });

describe('a time as text', () => {
  const zone = process.env['TZ'];
  afterEach(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  it.each<[string, number]>([
    ['2026-01-01T10:20:30.456Z', Date.UTC(2026, 0, 1, 10, 20, 30, 456)],
    ['2026-01-01T10:20:30.456789123Z', Date.UTC(2026, 0, 1, 10, 20, 30, 456)],
    ['2026-01-01T10:20:30+02:00', Date.UTC(2026, 0, 1, 8, 20, 30)],
    ['2026-01-01T10:20:30-0230', Date.UTC(2026, 0, 1, 12, 50, 30)],
    ['2026-01-01T10:20', Date.UTC(2026, 0, 1, 10, 20)],
    ['2026-01-01 10:20:30', Date.UTC(2026, 0, 1, 10, 20, 30)],
    ['2026-01-01', Date.UTC(2026, 0, 1)],
  ])('%s is the same moment wherever it is read', (text, timeMs) => {
    for (const place of ['UTC', 'America/New_York', 'Asia/Kolkata']) {
      process.env['TZ'] = place;
      expect([place, decodeText(line(text)).timesMs[0]]).toEqual([place, timeMs]);
    }
  });

  it.each([
    '',
    'x 5',
    '1',
    '2026',
    '01/02/2026',
    'Thu Jan 01 2026',
    '2026-13-01',
    '2026-01-01T25:00',
    '2026-01-01T10:20:30Z and more',
  ])('%j is none', (text) => {
    expect(decodeText(line(text)).problems[0]?.reason).toBe('wrong-type');
  });
});
