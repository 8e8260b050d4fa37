import { describe, expect, it } from 'vitest';
import { noisiest, MONTH_MS, perSeriesAndMonth } from '../../../core/alerts/alarmRate.ts';
import { incidentSpec } from '../../../core/alerts/incident.ts';
import { type Episode, matchIncidents } from '../../../core/alerts/incidentMatch.ts';

const MINUTE_MS = 60_000;
const at = (minute: number): number => minute * MINUTE_MS;

/** An alert whose trouble begins in one minute, that fires in another, and is over in a third. */
const episode = (begins: number, fires: number, ends?: number, labels: Record<string, string> = {}): Episode => ({
  rule: 'r',
  stream: 'requests',
  series: '',
  labels: { stream: 'requests', ...labels },
  severity: 'warning',
  text: String(begins),
  startMs: at(begins),
  fired: { startMs: at(fires), endMs: at(fires + 1) },
  endMs: ends === undefined ? undefined : at(ends),
});
const incident = (from: number, to: number, more: object = {}): ReturnType<typeof incidentSpec.parse> =>
  incidentSpec.parse({ startMs: at(from), endMs: at(to), ...more });

describe('an incident', () => {
  it.each<[string, Episode[], { windows: number; seconds: number } | undefined]>([
    ['is found in its first window', [episode(10, 10, 12)], { windows: 1, seconds: 60 }],
    ['is found when the alert fires, not when its trouble begins', [episode(10, 12, 14)], { windows: 3, seconds: 180 }],
    ['is found after its end, by trouble that began in it', [episode(18, 21, 24)], { windows: 12, seconds: 720 }],
    [
      'is found by the first of many',
      [episode(15, 15), episode(12, 12), episode(13, 13)],
      { windows: 3, seconds: 180 },
    ],
    ['is missed without alerts', [], undefined],
    ['is missed by an alert before it', [episode(5, 5, 10)], undefined],
    ['is missed by an alert that fires since before it', [episode(9, 9)], undefined],
    ['is missed by an alert after it', [episode(20, 20)], undefined],
  ])('%s', (_, episodes, expected) => {
    const [outcome] = matchIncidents([incident(10, 20)], episodes).outcomes;
    expect(outcome?.windows).toBe(expected?.windows);
    expect(outcome?.delayMs).toBe(expected === undefined ? undefined : expected.seconds * 1_000);
  });

  it('that begins within a window is found by that window', () => {
    const half = { ...incident(10, 20), startMs: at(10) + 30_000 };
    expect(matchIncidents([half], [episode(10, 10)]).outcomes[0]).toMatchObject({ windows: 1, delayMs: 30_000 });
  });

  it.each<[string, object, boolean]>([
    ['of any stream', {}, true],
    ['of the same stream', { stream: 'requests' }, true],
    ['of another stream', { stream: 'clicks' }, false],
    ['with the same label', { labels: { exchange: 'x1' } }, true],
    ['with a label that the alert lacks', { labels: { device: 'phone' } }, true],
    ['with another value of a label', { labels: { exchange: 'x2' } }, false],
  ])('%s', (_, more, isFound) => {
    const { outcomes, falseAlarms } = matchIncidents(
      [incident(10, 20, more)],
      [episode(11, 11, 12, { exchange: 'x1' })],
    );
    expect(outcomes[0]?.found !== undefined).toBe(isFound);
    expect(falseAlarms.length).toBe(isFound ? 0 : 1);
  });

  it('takes what fires since before it out of the false alarms', () => {
    expect(matchIncidents([incident(10, 20)], [episode(5, 5), episode(5, 5, 10)]).falseAlarms).toEqual([
      episode(5, 5, 10),
    ]);
  });

  it.each([[{ startMs: 5, endMs: 5 }], [{ startMs: -1, endMs: 5 }], [{ startMs: 0.5, endMs: 5 }], [{ endMs: 5 }]])(
    '%j is none',
    (raw) => {
      expect(incidentSpec.safeParse(raw).success).toBe(false);
    },
  );
});

describe('alarms per series and month', () => {
  it('are counted over all series and their times', () => {
    expect(perSeriesAndMonth(6, [{ series: 2, spanMs: MONTH_MS }])).toBe(3);
    expect(
      perSeriesAndMonth(3, [
        { series: 10, spanMs: MONTH_MS / 10 },
        { series: 1, spanMs: MONTH_MS * 2 },
      ]),
    ).toBe(1);
    expect(perSeriesAndMonth(0, [{ series: 2, spanMs: MONTH_MS }])).toBe(0);
  });

  it('are not to be told of nothing', () => {
    expect(perSeriesAndMonth(1, [])).toBeUndefined();
    expect(perSeriesAndMonth(1, [{ series: 0, spanMs: MONTH_MS }])).toBeUndefined();
  });

  it('name the worst series first', () => {
    const of = (stream: string, series: string) => ({ stream, series });
    expect(noisiest([of('b', 'x'), of('a', 'y'), of('b', 'z'), of('b', 'z')], 2)).toEqual([
      { ...of('b', 'z'), alarms: 2 },
      { ...of('a', 'y'), alarms: 1 },
    ]);
    expect(noisiest([], 2)).toEqual([]);
  });
});
