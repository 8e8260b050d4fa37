import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/findings/random.ts';
import type { ClosedWindow, Json, MetricValue, NamedMetric, SeriesWindow } from '../../../core/plugin.ts';
import { type HostedCheck, hostedCheck, judgeWindows, type Said } from '../../../core/testkit/judge.ts';
import { windows } from '../../../core/testkit/windows.ts';
import { outlier } from '../../../plugins/outlier/plugin.ts';

const METRICS: readonly NamedMetric[] = [
  { name: 'events', metric: { kind: 'value', aggregate: 'events' }, where: {} },
  { name: 'fill', metric: { kind: 'ratio', numerator: 'fills', denominator: 'events' }, where: {} },
  { name: 'price', metric: { kind: 'value', aggregate: 'price' }, where: {} },
  { name: 'median', metric: { kind: 'quantile', aggregate: 'latencyMs', q: 0.5 }, where: {} },
];
const TALKATIVE = { rarityMax: 0.05, changeMin: 0, eventsMin: 0, learnWindows: 10 };
const [first] = windows({ series: { '': '1' } });
const START_MS = first?.startMs ?? 0;

interface Shown {
  readonly value: unknown;
  readonly denominator?: unknown;
  readonly events?: number;
  readonly startMs?: number;
}

/** One window in which every metric has the same value; with a denominator it is a numerator, too. */
function windowOf({ value, denominator = 1_000, events = 1_000, startMs = START_MS }: Shown): ClosedWindow {
  const ratio = { value: Number(value) / Number(denominator), numerator: value, denominator } as MetricValue;
  const metrics = new Map(METRICS.map(({ name }) => [name, name === 'fill' ? ratio : ({ value } as MetricValue)]));
  const series: SeriesWindow[] = [{ series: '', labels: {}, events, readings: new Map(), metrics }];
  return { ...first!, startMs, endMs: startMs + 60_000, series };
}

const inTurn = (shown: readonly Shown[]): ClosedWindow[] =>
  shown.map((one, at) => windowOf({ startMs: START_MS + at * 60_000, ...one }));
const calm = Array.from({ length: 60 }, (_, at): Shown => ({ value: 300 + ((at * 7) % 11) }));
const snapshotText = ({ check }: HostedCheck): string => JSON.stringify([...(check.snapshot?.() ?? [])]);

/** Judges as the host does, which throws at what no finding may hold; a snapshot has no number that JSON cannot hold, and goes on as if nothing had been. */
function bear(shown: readonly ClosedWindow[], options: object = TALKATIVE): readonly Said[] {
  const [whole, before, after] = [0, 1, 2].map(() => hostedCheck(outlier, options, { metrics: METRICS }));
  if (whole === undefined || before === undefined || after === undefined) throw new Error('three checks');
  const cut = shown.length >> 1;
  const said = shown.flatMap((closed, at) => whole.window(closed, at));
  shown.slice(0, cut).forEach((closed) => before.window(closed));
  for (const [, state] of before.check.snapshot?.() ?? []) expectFinite(state);
  after.check.restore?.(JSON.parse(snapshotText(before)) as [string, Json][]);
  expect(shown.slice(cut).flatMap((closed, at) => after.window(closed, cut + at))).toEqual(
    said.filter(({ at }) => at >= cut),
  );
  expect(snapshotText(after)).toBe(snapshotText(whole));
  return said;
}

function expectFinite(state: unknown): void {
  if (typeof state === 'number') expect(state).toSatisfy(Number.isFinite);
  else if (typeof state === 'object' && state !== null) Object.values(state).forEach(expectFinite);
}

const NO_NUMBERS: readonly unknown[] = [Number.NaN, Infinity, -Infinity, null, undefined, '7', {}, 1e151, -1e300];

describe('what is no number', () => {
  it.each(NO_NUMBERS.map((value) => [String(value), value]))('%s says nothing and teaches nothing', (_, value) => {
    const bad = new Array<Shown>(20).fill({ value, events: 1_000 });
    expect(bear(inTurn([...bad, ...calm]), {})).toEqual([]);
    const said = bear(inTurn([...calm, ...bad, ...calm, { value: 900 }]), {});
    expect(said.map(({ at }) => at)).toEqual(said.map(() => 140));
    expect(said.length).toBeGreaterThan(0);
  });

  it.each([Number.NaN, Infinity, null, undefined, 0, -1_000, 1e151])(
    '%s as a denominator is no share',
    (denominator) => {
      const bad = new Array<Shown>(20).fill({ value: 300, denominator });
      const said = bear(inTurn([...calm, ...bad]), {});
      expect(said.filter(({ labels }) => labels['metric'] === 'fill')).toEqual([]);
    },
  );

  it.each([Number.NaN, Infinity, -5])('%s events are none', (events) => {
    bear(inTurn([...calm, ...calm.map((one) => ({ ...one, events })), ...calm, { value: 900 }]));
    const said = bear(inTurn([...calm.slice(0, 5).map((one) => ({ ...one, events })), ...calm, { value: 900 }]), {});
    expect(said.map(({ at }) => at)).toContain(65);
  });

  it.each([Number.NaN, Infinity, -Infinity, 8.64e15 + 1])('a window at %s is not judged', (startMs) => {
    expect(bear(inTurn([...calm, { value: 900, startMs }]), {})).toEqual([]);
  });
});

describe('numbers that cannot be', () => {
  it('a negative count is none: it is neither silence nor low', () => {
    const said = bear(inTurn([...calm, ...new Array<Shown>(20).fill({ value: -300 })]), {});
    expect(said.filter(({ labels }) => labels['metric'] === 'events')).toEqual([]);
  });

  it.each<[string, Shown[]]>([
    ['all zero', new Array<Shown>(200).fill({ value: 0 })],
    ['constant', new Array<Shown>(200).fill({ value: 7 })],
    ['constant 10^15', new Array<Shown>(200).fill({ value: 1e15, denominator: 1e15, events: 1e15 })],
    ['three points', calm.slice(0, 3)],
    ['nothing of nothing', new Array<Shown>(200).fill({ value: 0, denominator: 0, events: 0 })],
  ])('%s: nothing is said', (_, shown) => {
    expect(bear(inTurn(shown))).toEqual([]);
    expect(bear(inTurn(shown), {})).toEqual([]);
  });

  it.each<[string, Shown[]]>([
    ['10^15 after calm', new Array<Shown>(20).fill({ value: 1e15, denominator: 1e15, events: 1e15 })],
    ['more than all', new Array<Shown>(20).fill({ value: 5_000 })],
    ['10^150 and its negative', Array.from({ length: 200 }, (_, at) => ({ value: at % 2 === 0 ? 1e150 : -1e150 }))],
    [
      'shares of 10^150',
      Array.from({ length: 200 }, (_, at) => ({ value: at % 3 === 0 ? 1e150 : 0, denominator: 1e150 })),
    ],
    ['least numbers', Array.from({ length: 200 }, (_, at) => ({ value: at % 2 === 0 ? 5e-324 : 0 }))],
    ['least numbers, then 10^150', Array.from({ length: 200 }, (_, at) => ({ value: at < 100 ? 5e-324 : 1e150 }))],
    ['halves', Array.from({ length: 200 }, (_, at) => ({ value: at % 2 === 0 ? 0.5 : 300.5, denominator: 1_000.25 }))],
  ])('%s: the answers are finite', (_, shown) => {
    bear(inTurn([...calm, ...shown, ...calm]));
    bear(inTurn([...shown, ...calm]));
  });

  it('any mix of them: the answers are finite', () => {
    const random = seededRandom('mix');
    const VALUES = [...NO_NUMBERS, 0, -0, 1, -1, 300, 1e15, 1e150, -1e150, 5e-324, 0.5, Number.MAX_SAFE_INTEGER];
    const any = (): unknown =>
      random() < 0.5 ? 300 + Math.floor(40 * random()) : VALUES[Math.floor(VALUES.length * random())];
    for (let turn = 0; turn < 12; turn++)
      bear(inTurn(Array.from({ length: 400 }, () => ({ value: any(), denominator: any(), events: Number(any()) }))));
  });
});

describe('times that jump', () => {
  const DAY_MS = 86_400_000;
  const at = (timeMs: (at: number) => number): ClosedWindow[] =>
    Array.from({ length: 400 }, (_, place) => windowOf({ value: 300 + ((place * 7) % 11), startMs: timeMs(place) }));

  it.each<[string, (at: number) => number]>([
    ['gaps of days', (place) => START_MS + place * 60_000 + Math.floor(place / 50) * 9 * DAY_MS],
    ['each window twice', (place) => START_MS + Math.floor(place / 2) * 60_000],
    ['one time for all', () => START_MS],
    ['backwards', (place) => START_MS - place * 3_600_000],
    ['before 1970', (place) => -3 * DAY_MS - 123 + place * 1_800_000],
    ['the last times there are', (place) => 8.64e15 - place * 60_000],
    ['years apart', (place) => START_MS + place * 366 * DAY_MS],
  ])('%s: a calm series stays calm', (_, timeMs) => {
    expect(bear(at(timeMs), {})).toEqual([]);
    bear(at(timeMs));
  });

  it('a course of the day before 1970 is learned as it is after it', () => {
    const days = Array.from({ length: 3 * 96 }, (_, place) =>
      Math.round(1_000 + 400 * Math.sin((2 * Math.PI * place) / 96)),
    );
    const saidFrom = (startMs: number): unknown[] =>
      bear([...days, 300].map((value, place) => windowOf({ value, startMs: startMs + place * 900_000 }))).map(
        ({ at: place, labels, rarity }) => [place, labels, rarity],
      );
    expect(saidFrom(-70 * DAY_MS)).toEqual(saidFrom(700 * DAY_MS));
  });

  it('a series that is there twice in one window is judged twice', () => {
    const twice = inTurn([...calm, { value: 900 }]).map((closed) => ({
      ...closed,
      series: [...closed.series, ...closed.series],
    }));
    expect(bear(twice, {}).length).toBeGreaterThan(0);
  });
});

describe('names', () => {
  it.each(['__proto__', 'constructor', 'toString', '', 'ü|"\n'])(
    "a metric and a label named '%s' are like others",
    (name) => {
      const shown = windows({ series: { [`exchange=${name}`]: { [name]: '100~10 x60, 900 x3' } } });
      const metrics = [...METRICS, { name, metric: { kind: 'value', aggregate: 'other' }, where: {} } as const].concat({
        name: 'valueOf',
        metric: { kind: 'value', aggregate: 'absent' },
        where: {},
      });
      const hosted = [0, 1].map(() => hostedCheck(outlier, {}, { metrics }));
      const said = shown.flatMap((closed, place) => hosted[0]?.window(closed, place) ?? []);
      shown.slice(0, 60).forEach((closed, place) => hosted[1]?.window(closed, place));
      const kept = JSON.parse(JSON.stringify([...(hosted[1]?.check.snapshot?.() ?? [])])) as [string, Json][];
      hosted[1]?.check.restore?.(kept);
      expect(shown.slice(60).flatMap((closed, place) => hosted[1]?.window(closed, 60 + place) ?? [])).toEqual(said);
      expect(said[0]?.at).toBe(60);
    },
  );
});

describe('options', () => {
  it.each([
    { learnWindows: 0 },
    { learnWindows: Number.NaN },
    { learnWindows: 30.5 },
    { learnWindows: Infinity },
    { rarityMax: 0 },
    { rarityMax: 1 },
    { rarityMax: Number.NaN },
    { rarityMax: '1e-8' },
    { changeMin: -1 },
    { eventsMin: Infinity },
    { acceptWindows: -1 },
    { forgetWindows: 0 },
    { forgetWindows: null },
    { forgetMs: 1 },
    null,
    [],
  ])('%j are refused', (options) => {
    expect(outlier.options.safeParse(options).success).toBe(false);
  });

  it.each([
    { rarityMax: Number.MIN_VALUE },
    { rarityMax: 1 - 1e-16 },
    { rarityMax: 1 - 1e-16, changeMin: 0, eventsMin: 0, learnWindows: 10 },
    { learnWindows: 100_000, eventsMin: 1e9, changeMin: 1 },
    { acceptWindows: 1, learnWindows: 10, rarityMax: 0.5 },
    { forgetWindows: 1, learnWindows: 10, rarityMax: 0.5 },
  ])('%j are borne', (options) => {
    const odd = Array.from({ length: 100 }, (_, at): Shown => ({
      value: at % 9 === 0 ? 0 : 300,
      events: at % 5 === 0 ? 0 : 40,
    }));
    bear(inTurn([...calm, ...odd, ...calm]), options);
    expect(() =>
      judgeWindows(outlier, options, windows({ series: { '': '100~10 x60, _ x30, 100~10 x60' } })),
    ).not.toThrow();
  });
});
