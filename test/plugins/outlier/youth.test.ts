import { describe, expect, it } from 'vitest';
import type { ClosedWindow, Json } from '../../../core/plugin.ts';
import { type HostedCheck, hostedCheck, judgeWindows, type Said, toldBy } from '../../../core/testkit/judge.ts';
import { windows } from '../../../core/testkit/windows.ts';
import { Calendar, type Moment } from '../../../plugins/outlier/course/calendar.ts';
import { offsetAt } from '../../../plugins/outlier/course/dailyProfile.ts';
import { JUDGED_WINDOWS, leaningSpread, levelDoubt, YOUTH_WINDOWS } from '../../../plugins/outlier/model/kin.ts';
import { parentsOf } from '../../../plugins/outlier/told/parents.ts';
import { Peers } from '../../../plugins/outlier/model/peers.ts';
import { outlier } from '../../../plugins/outlier/plugin.ts';
import { adoptCourse, learn } from '../../../plugins/outlier/model/learnModel.ts';
import { observe, SeriesModel } from '../../../plugins/outlier/model/seriesModel.ts';

const HOUR_MS = 3_600_000;
const BORN = 100;
/** A whole and four exchanges, and a series that is first shown after 100 windows. */
const fleetWith = (name: string, noted: string): ClosedWindow[] =>
  windows({
    series: {
      '': `1600~40 x${String(BORN + 400)}`,
      ...Object.fromEntries([1, 2, 3, 4].map((at) => [`exchange=x${String(at)}`, `${String(200 * at)}~20 x500`])),
      [name]: `_ x${String(BORN)}, ${noted}`,
    },
  }).map((closed, at) => ({ ...closed, series: closed.series.filter(({ series }) => at >= BORN || series !== name) }));
const saidOf = (name: string, noted: string, options = {}): readonly Said[] =>
  judgeWindows(outlier, options, fleetWith(name, noted)).filter(({ series }) => series === name);

describe('a new series among grown peers', () => {
  it('is found low 16 windows after it began', () => {
    const [first] = saidOf('exchange=x9', '400~20 x16, 40~6 x384');
    expect(first).toMatchObject({ at: BORN + 16, message: 'unusually-low' });
  });

  it('is judged from its 15th window on, not sooner', () => {
    expect(saidOf('exchange=x9', '400~20 x13, 40~6 x1, 400~20 x386')).toEqual([]);
    expect(saidOf('exchange=x9', '400~20 x14, 40~6 x1, 400~20 x385')[0]?.at).toBe(BORN + 14);
  });

  it('is not judged so soon where nothing is known of its kind', () => {
    expect(saidOf('country=NL', '400~20 x16, 40~6 x15, 400~20 x369').filter(({ at }) => at < BORN + 31)).toEqual([]);
  });

  it('says nothing of its own noise', () => {
    expect(saidOf('exchange=x9', '400~20 x400')).toEqual([]);
    expect(saidOf('exchange=x9', '5~2 x400')).toEqual([]);
  });

  it('leaves the same bytes, and says the same, whenever the process began anew', () => {
    const shown = fleetWith('exchange=x9', '400~20 x16, 200~14 x384').slice(0, BORN + 80);
    const options = { falseAlarmsPerSeriesMonth: 3 };
    const snapshotOf = ({ check }: HostedCheck): [string, Json][] =>
      JSON.parse(JSON.stringify([...(check.snapshot?.() ?? [])])) as [string, Json][];
    const whole = hostedCheck(outlier, options, toldBy(shown));
    let broken = hostedCheck(outlier, options, toldBy(shown));
    let said = 0;
    shown.forEach((closed, at) => {
      const now = whole.window(closed);
      said += now.length;
      expect(broken.window(closed)).toEqual(now);
      if (at < BORN - 2 || at % 7 !== 0) return;
      const kept = snapshotOf(broken);
      broken = hostedCheck(outlier, options, toldBy(shown));
      broken.check.restore?.(kept);
      expect(JSON.stringify(snapshotOf(broken))).toBe(JSON.stringify(snapshotOf(whole)));
    });
    expect(said).toBeGreaterThan(0);
    expect(JSON.stringify(snapshotOf(whole))).toContain('"kin":{');
  });
});

describe('a series that comes later than its stream and goes silent', () => {
  const silent = (said: readonly Said[]): number[] =>
    said.filter(({ message }) => message === 'went-silent').map(({ at }) => at);

  it('is no news while it was there for fewer windows than the stream had been without it', () => {
    expect(silent(saidOf('country=none', '400~20 x99'))).toEqual([]);
    expect(silent(saidOf('country=none', '400~20 x100'))[0]).toBe(BORN + 100);
  });

  it('is news after acceptWindows in any case', () => {
    const options = { acceptWindows: 40 };
    expect(silent(saidOf('country=none', '400~20 x39', options))).toEqual([]);
    expect(silent(saidOf('country=none', '400~20 x40', options))[0]).toBe(BORN + 40);
  });

  it('is not there while it is silent: a fault that comes twice is no older for the time between', () => {
    expect(silent(saidOf('country=none', '400~20 x60, _ x20, 400~20 x30'))).toEqual([]);
  });

  it('is news at once where it falls but does not end', () => {
    expect(saidOf('country=none', '400~20 x60, 40~6 x20')[0]).toMatchObject({
      at: BORN + 60,
      message: 'unusually-low',
    });
  });

  it('was there all the time where an older version knew it', () => {
    const shown = fleetWith('country=none', '400~20 x60');
    const hosted = hostedCheck(outlier, {}, toldBy(shown));
    shown.slice(0, BORN + 60).forEach((closed) => hosted.window(closed));
    const older = [...(hosted.check.snapshot?.() ?? [])].map(([key, state]): [string, Json] => {
      const { first, there, ...kept } = state as Record<string, Json>;
      return [key, key === '' ? state : first === undefined || there === undefined ? null : kept];
    });
    hosted.check.restore?.(older);
    expect(shown.slice(BORN + 60).flatMap((closed, at) => hosted.window(closed, at))[0]).toMatchObject({
      series: 'country=none',
      message: 'went-silent',
      at: 0,
    });
  });
});

const utc = new Calendar();
const at = (timeMs: number): Moment => utc.at(timeMs);

/** A model that learned whole days of a course: its level, and 10 % more from noon on. */
function grown(kind: 'count' | 'share', level: number, days: number): SeriesModel {
  const model = new SeriesModel({ kind }, level);
  for (let timeMs = 0; timeMs <= days * 24 * HOUR_MS; timeMs += HOUR_MS / 4) {
    const now = { y: level * (timeMs % (24 * HOUR_MS) < 12 * HOUR_MS ? 1 : 1.1), weight: 1 };
    observe(model, at(timeMs), now);
    learn(model, at(timeMs), now, false);
  }
  return model;
}

describe("the parent's course", () => {
  it('is taken in proportion to the level of a count, and as it is of a share', () => {
    const [morning, evening] = [at(6 * HOUR_MS), at(18 * HOUR_MS)];
    for (const [kind, factor] of [
      ['count', 0.25],
      ['share', 1],
    ] as const) {
      const parent = grown(kind, 1, 1);
      const child = new SeriesModel({ kind }, parent.level / 4);
      adoptCourse(child, parent, morning);
      expect(offsetAt(child.profile, evening)).toBeCloseTo(factor * offsetAt(parent.profile, evening), 9);
      expect(offsetAt(parent.profile, evening) - offsetAt(parent.profile, morning)).toBeCloseTo(0.1, 9);
    }
  });

  it('does not change what is expected now', () => {
    const parent = grown('count', 10, 1);
    const child = new SeriesModel({ kind: 'count' }, 5);
    adoptCourse(child, parent, at(18 * HOUR_MS));
    expect(child.level + offsetAt(child.profile, at(18 * HOUR_MS))).toBeCloseTo(5, 9);
  });

  it('is not taken while the parent knows none, nor of another scale', () => {
    const child = new SeriesModel({ kind: 'count' }, 5);
    adoptCourse(child, new SeriesModel({ kind: 'count' }, 10), at(0));
    adoptCourse(child, grown('share', 1, 1), at(0));
    expect(child.profile.days).toBe(0);
  });
});

describe('what peers lend', () => {
  const labels = { exchange: 'x1' };
  const peersOf = (levels: readonly number[], parentLevel: number): Peers => {
    const peers = new Peers();
    const parent = new SeriesModel({ kind: 'share' }, parentLevel);
    for (const level of levels) peers.learn(labels, new SeriesModel({ kind: 'share' }, level), parent);
    return peers;
  };
  const beginner = { weight: 20, isLevelAlike: true };

  it('is nothing before three of the same cut and scale have grown', () => {
    expect(peersOf([0.5, 0.5], 0.5).lentTo(labels, { kind: 'share' }, beginner)).toBeUndefined();
    const three = peersOf([0.5, 0.5, 0.5], 0.5);
    expect(three.lentTo(labels, { kind: 'share' }, beginner)).toBeDefined();
    expect(three.lentTo(labels, { kind: 'count' }, beginner)).toBeUndefined();
    expect(three.lentTo({ country: 'NL' }, { kind: 'share' }, beginner)).toBeUndefined();
  });

  it('is more of the level the nearer peers are to their parent, and the thinner the series is', () => {
    const lent = (apart: number, weight: number): number | undefined =>
      peersOf([0.5 - apart, 0.5, 0.5 + apart], 0.5).lentTo(labels, { kind: 'share' }, { ...beginner, weight })
        ?.levelWindows;
    // The noise of one window, 0.5 ** 2 / weight, against the mean square of 0.1, 0 and 0.1.
    expect(lent(0.1, 20)).toBeCloseTo(0.25 / 20 / (0.02 / 3), 6);
    expect(lent(0.1, 2_000)).toBeCloseTo(0.25 / 2_000 / (0.02 / 3), 6);
    expect(lent(0, 20)).toBe(12);
  });

  it('is nothing of the level of a count', () => {
    const lent = peersOf([0.5, 0.5, 0.5], 0.5).lentTo(labels, { kind: 'share' }, { weight: 20, isLevelAlike: false });
    expect(lent?.levelWindows).toBe(0);
  });
});

describe('a spread that leans on peers', () => {
  const kin = { spreads: [2], spreadWindows: 10, levelWindows: 0 };
  const at = (windows: number): number => leaningSpread(kin, 1, { at: 0, span: 1, windows });

  it('is theirs at first, its own in the end, and between the two in between', () => {
    expect(at(0)).toBe(2);
    expect(at(YOUTH_WINDOWS)).toBe(1);
    const ages = [0, 10, 30, 60, 120, YOUTH_WINDOWS].map(at);
    expect(ages).toEqual([...ages].sort((a, b) => b - a));
  });

  it('is wider the less is known of the level', () => {
    expect(levelDoubt(kin, 1, JUDGED_WINDOWS)).toBeCloseTo(Math.sqrt(1.1), 9);
    expect(levelDoubt({ ...kin, levelWindows: 10 }, 1, JUDGED_WINDOWS)).toBeCloseTo(Math.sqrt(1.05), 9);
  });
});

describe('parents of a series', () => {
  it.each([
    ['', []],
    ['exchange=x1', ['']],
    ['exchange=x1,device=phone', ['exchange=x1', 'device=phone', '']],
    ['a=1,b=2,c=3', ['a=1,b=2', 'a=1,c=3', 'b=2,c=3', '']],
    ['exchange=a\\,b,device=c\\=d', ['exchange=a\\,b', 'device=c\\=d', '']],
  ])('%s', (series, parents) => {
    expect(parentsOf(series)).toEqual(parents);
  });
});
