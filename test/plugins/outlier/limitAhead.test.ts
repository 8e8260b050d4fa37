import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/findings/random.ts';
import type { ClosedWindow, NamedMetric } from '../../../core/plugin.ts';
import { type HostedCheck, hostedCheck, type Said, toldBy } from '../../../core/testkit/judge.ts';
import { hardWindows } from '../../../core/testkit/scenes.ts';
import { concerns, limit } from '../../../plugins/outlier/forecast/limits.ts';
import { outlier } from '../../../plugins/outlier/plugin.ts';

const METRIC: NamedMetric = { name: 'used', metric: { kind: 'value', aggregate: 'used' }, where: {} };
const WINDOW_MS = 300_000;
const START_MS = Date.UTC(2026, 0, 5);
const LIMIT = { metric: 'used', above: 90 };

function normalOf(seed: string): () => number {
  const uniform = seededRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

const OTHERS = Array.from({ length: 3 }, (_, place) => normalOf(`other ${String(place)}`)).map((normal, place) =>
  Array.from({ length: 1_000 }, () => 20 + 16 * place + (1 + place) * 0.4 * normal()),
);

/** The one that is told of, among servers whose disks stay as they are: how wide an interval has to be is learned from all. */
const windowOf = (at: number, value: number): ClosedWindow => ({
  stream: 'disks',
  startMs: START_MS + at * WINDOW_MS,
  endMs: START_MS + (at + 1) * WINDOW_MS,
  revision: 0,
  state: 'complete',
  series: [value, ...OTHERS.map((values) => values[at] ?? 0)].map((used, place) => ({
    ...{ series: `server=s${String(place + 1)}`, labels: {}, events: 100, readings: new Map() },
    metrics: new Map([['used', { value: used }]]),
  })),
  extra: [],
  servers: [],
});

const hosted = (limits: readonly object[]): HostedCheck =>
  hostedCheck(outlier, { limits }, { stream: 'disks', windowMs: WINDOW_MS, metrics: [METRIC] });

const saidOf = (
  values: readonly number[],
  limits: readonly object[] = [LIMIT],
  from = hosted(limits),
): readonly Said[] =>
  values
    .flatMap((value, at) => from.window(windowOf(at, value), at))
    .filter(({ message }) => message === 'limit-ahead');

/** What fills from the first day's end on until it is full, or until it is stopped. */
function filling({ until = Number.POSITIVE_INFINITY, length = 1_000 } = {}): number[] {
  const normal = normalOf('filling');
  return Array.from({ length }, (_, at) => 30 + 0.1 * Math.max(0, Math.min(at, until) - 288) + 0.5 * normal());
}

describe('a limit ahead', () => {
  const values = filling();
  const crossedAt = values.findIndex((value) => value > 90);
  const whole = saidOf(values.slice(0, crossedAt));

  it('is told before it is crossed, by an interval that then holds the time', () => {
    const [first] = whole;
    expect(crossedAt - first!.at).toBeGreaterThan(12);
    const crossedMs = START_MS + crossedAt * WINDOW_MS;
    expect(Math.abs(Date.parse(String(first!.data['time'])) - crossedMs)).toBeLessThan(4 * 3_600_000);
    expect(Date.parse(String(first!.data['earliest']))).toBeLessThanOrEqual(Date.parse(String(first!.data['latest'])));
    expect(first).toMatchObject({
      severity: 'warning',
      series: 'server=s1',
      labels: { metric: 'used', limit: 'above 90' },
    });
    expect(first!.text).toMatch(/^used of disks\{server=s1\} is forecast to go above 90 at 2026-01-0\dT/);
  });

  it('is one trouble from then on', () => {
    const places = whole.map(({ at }) => at);
    expect(new Set(whole.map(({ labels }) => JSON.stringify(labels))).size).toBe(1);
    expect(places.at(-1)).toBe(crossedAt - 1);
    expect(crossedAt - places[0]!).toBe(places.length);
  });

  it('is not told of what stays, nor what it is beyond already', () => {
    const normal = normalOf('stays');
    const stays = Array.from({ length: 700 }, () => 80 + 2 * normal());
    expect(saidOf(stays)).toEqual([]);
    expect(saidOf(stays, [{ metric: 'used', above: 70 }])).toEqual([]);
    expect(
      saidOf(values, [
        { metric: 'other', above: 90 },
        { ...LIMIT, stream: 'others' },
        { ...LIMIT, series: 'server=s2*' },
      ]),
    ).toEqual([]);
  });

  it('is withdrawn when it is filled no further', () => {
    const warnedAt = whole[0]!.at;
    const said = saidOf(filling({ until: warnedAt + 5, length: warnedAt + 400 }));
    expect(said[0]!.at).toBe(warnedAt);
    expect(said.at(-1)!.at).toBeLessThan(warnedAt + 300);
  });

  it('below is told as above is', () => {
    const falling = values.slice(0, crossedAt).map((value) => 100 - value);
    const said = saidOf(falling, [{ metric: 'used', below: 10 }]);
    expect(said.length).toBeGreaterThan(0);
    expect(said[0]!.labels).toEqual({ metric: 'used', limit: 'below 10' });
  });

  it('is told the same after a restart', () => {
    const before = hosted([LIMIT]);
    const cut = whole[0]!.at + 2;
    const first = saidOf(values.slice(0, cut), [], before);
    const after = hosted([LIMIT]);
    after.check.restore?.(JSON.parse(JSON.stringify([...(before.check.snapshot?.() ?? [])])) as never);
    const rest = values.slice(cut, crossedAt).flatMap((value, at) => after.window(windowOf(cut + at, value), cut + at));
    expect([...first, ...rest.filter(({ message }) => message === 'limit-ahead')]).toEqual(whole);
  });

  it('never makes a check throw, nor say what is no number', () => {
    for (const shown of Object.values(hardWindows())) {
      const told = toldBy(shown);
      const names = (told.metrics ?? []).map(({ name }) => name);
      const limits = names.flatMap((metric) => [
        { metric, above: 0, confidence: 0.5 },
        { metric, below: 1e15, withinMs: 172_800_000 },
      ]);
      const check = hostedCheck(outlier, { limits: limits.slice(0, 30) }, told);
      expect(() => {
        for (const closed of shown) check.window(closed);
      }).not.toThrow();
    }
  });
});

describe('a limit', () => {
  it.each([
    [{ metric: 'used' }],
    [{ metric: 'used', above: 1, below: 2 }],
    [{ metric: 'used', above: 1, confidence: 1 }],
    [{ metric: 'used', above: 1, withinMs: 1e12 }],
    [{ metric: 'used', above: 1, colour: 'red' }],
  ])('is refused as %j', (spec) => {
    expect(limit.safeParse(spec).success).toBe(false);
  });

  it.each([
    [{}, true],
    [{ series: 'server=s1' }, true],
    [{ series: 'server=*' }, true],
    [{ series: '*s1' }, true],
    [{ series: 'server=s' }, false],
    [{ series: 'server.s1' }, false],
    [{ series: '' }, false],
    [{ stream: 'disks' }, true],
    [{ stream: 'disk' }, false],
  ])('with %j is about server=s1 of disks: %s', (spec, isAbout) => {
    expect(concerns(limit.parse({ ...LIMIT, ...spec }), { stream: 'disks', series: 'server=s1' })).toBe(isAbout);
  });
});
