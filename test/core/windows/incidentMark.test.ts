import { describe, expect, it } from 'vitest';
import { windows } from '../../../core/testkit/windows.ts';
import { type IncidentMark, withIncidents } from '../../../core/windows/incidentMark.ts';

const START_MS = Date.UTC(2026, 0, 5);
const MINUTE = 60_000;
const [closed] = windows({
  startMs: START_MS,
  series: {
    '': '10',
    'exchange=x1': '5',
    'exchange=x1,device=ctv': '2',
    'device=ctv': '4',
    'server=s1,metric=used': '1',
  },
  readings: { 'exchange=x1': { 'plugin.name': [{ events: 3 }] } },
});
const whole: IncidentMark = { startMs: START_MS, endMs: START_MS + MINUTE, labels: {} };
const markedBy = (...marks: readonly Partial<IncidentMark>[]): string[] =>
  withIncidents(
    closed!,
    marks.map((mark) => ({ ...whole, ...mark })),
  )
    .series.filter(({ isIncident }) => isIncident)
    .map(({ series }) => series);

describe('an incident', () => {
  it('without labels is the whole stream', () => {
    expect(markedBy({})).toEqual(closed!.series.map(({ series }) => series));
  });

  it.each([
    [{ exchange: 'x1' }, ['exchange=x1', 'exchange=x1,device=ctv']],
    [{ exchange: 'x1', device: 'ctv' }, ['exchange=x1,device=ctv']],
    [{ exchange: 'x2' }, []],
    [{ exchange: 'x1', metric: 'fillRatio' }, ['exchange=x1', 'exchange=x1,device=ctv']],
    [{ server: 's1', metric: 'used' }, ['server=s1,metric=used']],
    [{ server: 's1', metric: 'free' }, []],
  ])('with the labels %j is in the series %j', (labels, series) => {
    expect(markedBy({ labels })).toEqual(series);
  });

  it('is in every window that has any of its time', () => {
    const all = closed!.series.length;
    const count = (fromMs: number, toMs: number): number =>
      markedBy({ startMs: START_MS + fromMs, endMs: START_MS + toMs }).length;
    expect(count(-MINUTE, 0)).toBe(0);
    expect(count(-MINUTE, 1)).toBe(all);
    expect(count(MINUTE - 1, 2 * MINUTE)).toBe(all);
    expect(count(MINUTE, 2 * MINUTE)).toBe(0);
  });

  it('is in series of row aggregates, too, and changes nothing of what it does not mark', () => {
    expect(withIncidents(closed!, [whole]).extra).toMatchObject([{ series: 'exchange=x1', isIncident: true }]);
    expect(withIncidents(closed!, [{ ...whole, endMs: START_MS }])).toBe(closed);
  });
});
