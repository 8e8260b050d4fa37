import { describe, expect, it } from 'vitest';
import { Calendar, CAMPAIGN, HOLIDAY, NO_KIND, ORDINARY, REST } from '../../../plugins/outlier/course/calendar.ts';
import { options } from '../../../plugins/outlier/options.ts';

const HOUR_MS = 3_600_000;
const calendarOf = (calendar: object): Calendar =>
  new Calendar(options.parse({ calendar: { timeZone: 'Europe/Amsterdam', ...calendar } }).calendar);
/** What the clock on the wall shows at an instant, and the kind of the day there. */
const shown = (calendar: Calendar, time: string): string =>
  new Date(calendar.at(Date.parse(time)).localMs).toISOString().slice(0, 16);
const kindAt = (calendar: Calendar, time: string): number => calendar.at(Date.parse(time)).kind;

describe('the time on the wall', () => {
  it.each([
    ['Europe/Amsterdam', 'summer begins: the hour from 2 to 3 is passed over', '2026-03-29T00:59Z', '2026-03-29T01:59'],
    ['Europe/Amsterdam', 'summer begins', '2026-03-29T01:00Z', '2026-03-29T03:00'],
    ['Europe/Amsterdam', 'summer ends: the hour from 2 to 3 comes', '2026-10-25T00:59Z', '2026-10-25T02:59'],
    ['Europe/Amsterdam', 'and comes again', '2026-10-25T01:00Z', '2026-10-25T02:00'],
    ['Europe/Amsterdam', 'midnight', '2026-07-01T21:59Z', '2026-07-01T23:59'],
    ['Europe/Amsterdam', 'midnight', '2026-07-01T22:00Z', '2026-07-02T00:00'],
    ['Australia/Lord_Howe', 'clocks go back by half an hour', '2026-04-04T14:59Z', '2026-04-05T01:59'],
    ['Australia/Lord_Howe', 'clocks go back by half an hour', '2026-04-04T15:00Z', '2026-04-05T01:30'],
    ['Asia/Kolkata', 'five hours and a half', '2026-01-01T18:30Z', '2026-01-02T00:00'],
    ['Asia/Kathmandu', 'five hours and three quarters', '2026-01-01T18:15Z', '2026-01-02T00:00'],
    ['America/New_York', 'behind UTC', '2026-01-01T04:59Z', '2025-12-31T23:59'],
    ['Europe/Amsterdam', 'a leap day', '2028-02-28T23:00Z', '2028-02-29T00:00'],
    ['UTC', 'nothing to add', '2026-01-01T00:00Z', '2026-01-01T00:00'],
  ])('%s, %s: %s', (timeZone, _, time, wall) => {
    expect(shown(calendarOf({ timeZone }), time)).toBe(wall);
  });

  it('is the same asked in any order, through years of quarters of hours', () => {
    const timeZone = 'Australia/Lord_Howe';
    const once = calendarOf({ timeZone });
    for (let timeMs = Date.UTC(2026, 0), step = 0; timeMs < Date.UTC(2028, 0); timeMs += 7.25 * HOUR_MS, step++) {
      const ahead = timeMs + (step % 3) * 1_021 * (HOUR_MS / 4);
      expect(once.at(ahead)).toEqual(calendarOf({ timeZone }).at(ahead));
      if (step > 300) break;
    }
  });

  it('is that of UTC without a calendar, and days are of no kind', () => {
    expect(new Calendar().at(12.5)).toEqual({ timeMs: 12.5, localMs: 12.5, kind: NO_KIND });
  });

  it('is a number for every instant that there is', () => {
    for (const timeMs of [-8.64e15, 8.64e15, -62_200_000_000_000, 0])
      expect(Number.isFinite(calendarOf({}).at(timeMs).localMs)).toBe(true);
    expect(calendarOf({}).at(1e300).localMs).toBe(1e300);
  });
});

describe('the kind of a day', () => {
  const calendar = calendarOf({
    holidays: ['2026-12-25', '2026-12-26', '2028-02-29'],
    campaigns: [
      { name: 'winter sale', from: '2026-12-24', to: '2026-12-25' },
      { name: 'summer sale', from: '2026-07-04', to: '2026-07-06' },
      { name: 'winter sale', from: '2027-12-24', to: '2027-12-24' },
    ],
  });

  it.each([
    ['2026-07-03T21:59Z', ORDINARY, 'a Friday, to its last minute in the zone'],
    ['2026-07-10T21:59Z', ORDINARY, 'a Friday'],
    ['2026-07-10T22:00Z', REST, 'a Saturday, from its first minute in the zone'],
    ['2026-07-12T21:59Z', REST, 'a Sunday'],
    ['2026-07-12T22:00Z', ORDINARY, 'a Monday'],
    ['2026-12-26T12:00Z', HOLIDAY, 'a holiday that is a Saturday'],
    ['2028-02-29T12:00Z', HOLIDAY, 'a leap day'],
    ['2028-03-01T12:00Z', ORDINARY, 'the day after'],
    ['1969-12-31T12:00Z', ORDINARY, 'a Wednesday before 1970'],
    ['1969-12-28T12:00Z', REST, 'a Sunday before 1970'],
  ])('%s is %i: %s', (time, kind) => {
    expect(kindAt(calendar, time)).toBe(kind);
  });

  it('is that of its campaign, by the name, from the first day to the last', () => {
    const winter = kindAt(calendar, '2026-12-23T23:00Z');
    expect(winter).toBeGreaterThanOrEqual(CAMPAIGN);
    expect(kindAt(calendar, '2026-12-25T22:59Z')).toBe(winter);
    expect(kindAt(calendar, '2026-12-25T23:00Z')).toBe(HOLIDAY);
    expect(kindAt(calendar, '2027-12-24T12:00Z')).toBe(winter);
    expect(kindAt(calendar, '2026-07-05T12:00Z')).toBeGreaterThanOrEqual(CAMPAIGN);
    expect(kindAt(calendar, '2026-07-05T12:00Z')).not.toBe(winter);
  });

  it('can be told of other weeks, and of none', () => {
    expect(kindAt(calendarOf({ restDays: ['friday'] }), '2026-07-10T12:00Z')).toBe(REST);
    expect(kindAt(calendarOf({ restDays: ['friday'] }), '2026-07-11T12:00Z')).toBe(ORDINARY);
    expect(kindAt(calendarOf({ restDays: [] }), '2026-07-11T12:00Z')).toBe(ORDINARY);
  });
});

describe('a calendar that is none is refused, with what is wrong', () => {
  const sale = (from: string, to: string, name = 'sale'): object => ({ name, from, to });
  it.each<[object, RegExp]>([
    [{ timeZone: 'Europe/Atlantis' }, /no time zone is called "Europe\/Atlantis"/],
    [{ timeZone: '' }, /no time zone is called ""/],
    [{ timeZone: `x\u0000${'y'.repeat(40)}` }, /no time zone is called/],
    [{ timeZone: 'x'.repeat(1_000) }, /Too big/],
    [{ timeZone: 7 }, /expected string/],
    [{ holidays: ['2026-02-29'] }, /"2026-02-29" is no date: write it as 2026-12-25/],
    [{ holidays: ['2100-02-29'] }, /is no date/],
    [{ holidays: ['2026-13-01'] }, /is no date/],
    [{ holidays: ['25.12.2026'] }, /is no date/],
    [{ holidays: [20_261_225] }, /is no date/],
    [{ holidays: Array.from({ length: 1_001 }, () => '2026-12-25') }, /Too big/],
    [{ restDays: ['caturday'] }, /Invalid option/],
    [{ restDays: Array.from({ length: 8 }, () => 'sunday') }, /Too big/],
    [{ campaigns: [sale('2026-07-02', '2026-07-01')] }, /a campaign ends before it begins/],
    [{ campaigns: [sale('2026-07-01', 'soon')] }, /"soon" is no date/],
    [{ campaigns: [sale('2026-07-01', '2026-07-01', '')] }, /Too small/],
    [
      { campaigns: [sale('2026-07-05', '2026-07-09', 'b'), sale('2026-07-01', '2026-07-05', 'a')] },
      /"a" is not over when "b" begins on 2026-07-05: a day is of one campaign/,
    ],
    [{ campaigns: [sale('2026-07-01', '2026-07-02'), sale('2026-07-01', '2026-07-02')] }, /is not over when/],
    [{ holiday: [] }, /Unrecognized key/],
  ])('%j', (wrong, message) => {
    const { error } = options.safeParse({ calendar: { timeZone: 'Europe/Amsterdam', ...wrong } });
    const said = (error?.issues ?? []).map((issue) => issue.message).join('; ');
    expect(said).toMatch(message);
    expect(said.length).toBeLessThan(300);
  });

  it('the longest that is allowed is answered at once', () => {
    const campaigns = Array.from({ length: 100 }, (_, at) =>
      sale(`${String(1000 + at)}-01-01`, `${String(1000 + at)}-12-31`),
    );
    const longest = calendarOf({ campaigns, holidays: Array.from({ length: 1_000 }, () => '2026-12-25') });
    expect(kindAt(longest, '1099-12-31T12:00Z')).toBeGreaterThanOrEqual(CAMPAIGN);
    expect(kindAt(longest, '2026-12-25T12:00Z')).toBe(HOLIDAY);
  });
});
