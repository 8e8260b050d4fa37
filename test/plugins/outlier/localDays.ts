import { seededRandom } from '../../../core/findings/random.ts';
import type { ClosedWindow, Json, NamedMetric } from '../../../core/plugin.ts';
import { Outlier, outlier } from '../../../plugins/outlier/plugin.ts';

export const WINDOW_MS = 300_000;
export const SERIES = 'exchange=x1';
export const COUNT: NamedMetric = { name: 'events', metric: { kind: 'value', aggregate: 'events' }, where: {} };
export const GAUGE: NamedMetric = { name: 'load', metric: { kind: 'value', aggregate: 'load' }, where: {} };
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** A time in Amsterdam; days since the first one shown. */
export interface Local {
  readonly day: number;
  readonly hour: number;
  readonly isWeekend: boolean;
}
export interface Value {
  readonly timeMs: number;
  readonly day: number;
  readonly value: number;
}

export const course = (hour: number): number => 2_000 + 1_200 * Math.sin(((hour - 9) / 24) * 2 * Math.PI);
/** At the weekend half as much, and later. */
export const resting = (hour: number): number => 0.5 * course(hour - 5);
export const weekly = ({ hour, isWeekend }: Local): number => (isWeekend ? resting(hour) : course(hour));
export const daily = ({ hour }: Local): number => course(hour);
/** Days on which the afternoon is three times as much as usual, and days that are half as much again from midnight to midnight. */
export const flash =
  (days: readonly number[]) =>
  ({ day, hour }: Local): number =>
    course(hour) * (days.includes(day) ? 1 + 2 * Math.exp(-(((hour - 14) / 3.5) ** 2)) : 1);
export const busy =
  (days: readonly number[]) =>
  ({ day, hour }: Local): number =>
    course(hour) * (days.includes(day) ? 1.5 : 1);

const clock = new Intl.DateTimeFormat('sv', { timeZone: 'Europe/Amsterdam', dateStyle: 'short', timeStyle: 'short' });

/** So many days, of a level with the noise of counting. `from` is a date, and the first instant of it in Amsterdam. */
export function valuesOf(from: string, days: number, level: (local: Local) => number): Value[] {
  const uniform = seededRandom('local days');
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const firstDay = Date.parse(from) / DAY_MS;
  const values: Value[] = [];
  for (let timeMs = Date.parse(from) - 2 * HOUR_MS; ; timeMs += WINDOW_MS) {
    const localMs = Date.parse(`${clock.format(timeMs).replace(' ', 'T')}Z`);
    const day = Math.floor(localMs / DAY_MS) - firstDay;
    if (day < 0) continue;
    if (day >= days) return values;
    const weekday = new Date(localMs).getUTCDay();
    const mean = level({ day, hour: (localMs % DAY_MS) / HOUR_MS, isWeekend: weekday === 0 || weekday === 6 });
    values.push({ timeMs, day, value: Math.max(0, Math.round(mean + Math.sqrt(mean) * normal())) });
  }
}

export function made(calendar?: object, metric = COUNT): Outlier {
  const options = calendar === undefined ? {} : { calendar: { timeZone: 'Europe/Amsterdam', ...calendar } };
  return new Outlier(outlier.options.parse(options), {
    ...{ stream: 'requests', streamKind: 'events', windowMs: WINDOW_MS, metrics: [metric] },
    random: () => 0,
  });
}

export const windowOf = ({ timeMs, value }: Value, metric = COUNT): ClosedWindow => ({
  ...{ stream: 'requests', startMs: timeMs, endMs: timeMs + WINDOW_MS, revision: 0, state: 'complete' },
  ...{ extra: [], servers: [] },
  series: [
    {
      ...{ series: SERIES, labels: { exchange: 'x1' }, readings: new Map() },
      ...{ events: metric === COUNT ? value : 100, metrics: new Map([[metric.name, { value }]]) },
    },
  ],
});

/** How many findings there are, by day. */
export function saidOn(check: Outlier, values: readonly Value[], metric = COUNT): Record<number, number> {
  const said: Record<number, number> = {};
  for (const value of values) {
    const { length } = check.window(windowOf(value, metric));
    if (length > 0) said[value.day] = (said[value.day] ?? 0) + length;
  }
  return said;
}

export const snapshotOf = (check: Outlier): [string, Json][] =>
  JSON.parse(JSON.stringify([...check.snapshot()])) as [string, Json][];

/** What a check keeps of kinds of days. */
export const kindsOf = (check: ReturnType<typeof made>): string =>
  (
    new Map(snapshotOf(check)).get(`series ${SERIES}`) as {
      metrics: { events: { model: { profile: { kinds?: string } } } };
    }
  ).metrics.events.model.profile.kinds ?? '';
