import { seededRandom } from '../../core/findings/random.ts';
import type { ClosedWindow, SeriesWindow } from '../../core/plugin.ts';
import { METRICS } from '../outlier/simulatedFleet.ts';

export const STEP_MS = 300_000;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** A Monday, at midnight in Amsterdam. */
export const START_MS = Date.parse('2026-02-16T00:00+01:00');

/** What is told of the days to come; clocks go forward on 2026-03-29, a Sunday. */
export const CALENDAR = {
  timeZone: 'Europe/Amsterdam',
  holidays: ['2026-04-03', '2026-04-06'],
  campaigns: [
    { name: 'sale', from: '2026-03-18', to: '2026-03-19' },
    { name: 'sale', from: '2026-04-08', to: '2026-04-09' },
  ],
};
const HOLIDAYS = new Set(CALENDAR.holidays);

/** The time in Amsterdam. */
export interface Local {
  readonly date: string;
  readonly hour: number;
  readonly isRest: boolean;
  readonly isSale: boolean;
}

const clock = new Intl.DateTimeFormat('sv', {
  timeZone: CALENDAR.timeZone,
  dateStyle: 'short',
  timeStyle: 'short',
});

export function localOf(timeMs: number): Local {
  const [date = '', time = ''] = clock.format(timeMs).split(' ');
  const [hours, minutes] = time.split(':').map(Number);
  const weekday = new Date(`${date}T00:00Z`).getUTCDay();
  return {
    date,
    hour: (hours ?? 0) + (minutes ?? 0) / 60,
    isRest: weekday === 0 || weekday === 6 || HOLIDAYS.has(date),
    isSale: CALENDAR.campaigns.some(({ from, to }) => from <= date && date <= to),
  };
}

/** How a day goes: around 1. */
const working = (hour: number): number => 1 + 0.6 * Math.sin(((hour - 9) / 24) * 2 * Math.PI);
const resting = (hour: number): number => 0.6 * (1 + 0.5 * Math.sin(((hour - 13) / 24) * 2 * Math.PI));

export interface WeekKind {
  readonly name: string;
  /** What is usual at a time, as a multiple of the mean. */
  readonly level: (local: Local) => number;
  /** Of a random walk besides, a window. */
  readonly walk?: number;
}

export const WEEK_KINDS: readonly WeekKind[] = [
  { name: 'every day alike', level: ({ hour }) => working(hour) },
  { name: 'days that wander', level: ({ hour }) => working(hour), walk: 0.01 },
  { name: 'weekends and holidays', level: ({ hour, isRest }) => (isRest ? resting(hour) : working(hour)) },
  {
    name: 'half as much on rest days',
    level: ({ hour, isRest }) => (isRest ? 0.5 : 1) * working(hour),
  },
  {
    name: 'a sale besides',
    level: ({ hour, isRest, isSale }) => (isSale ? 1.6 * working(hour) : isRest ? resting(hour) : working(hour)),
  },
];

export interface WeekSeries {
  readonly name: string;
  readonly kind: WeekKind;
  readonly mean: number;
  readonly normal: () => number;
  readonly memory: { walked: number };
}

/** So many series of each kind, of 5 to 5,000 events a window. */
export const weekSeries = (each: number, luck = ''): WeekSeries[] =>
  WEEK_KINDS.flatMap((kind) =>
    Array.from({ length: each }, (_, place): WeekSeries => {
      const uniform = seededRandom(`${kind.name} ${String(place)} ${luck}`);
      const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
      return {
        ...{ name: `exchange=${kind.name} ${String(place)}`, kind, normal, memory: { walked: 0 } },
        mean: 5 * 1_000 ** (place / Math.max(1, each - 1)),
      };
    }),
  );

/** The at-th window of all; `factor`: what values are multiplied by. */
export function weekWindow(at: number, all: readonly WeekSeries[], factor = 1): ClosedWindow {
  const startMs = START_MS + at * STEP_MS;
  const local = localOf(startMs);
  return {
    ...{ stream: 'requests', startMs, endMs: startMs + STEP_MS, revision: 0, state: 'complete' },
    series: all.map((one) => seriesWindow(local, one, factor)),
    ...{ extra: [], servers: [] },
  };
}

function seriesWindow(local: Local, { name, kind, mean, normal, memory }: WeekSeries, factor: number): SeriesWindow {
  memory.walked += (kind.walk ?? 0) * normal();
  const level = factor * kind.level(local) * Math.exp(memory.walked);
  const expected = mean * level * (1 + 0.02 * normal());
  const events = Math.max(0, Math.round(expected + Math.sqrt(expected) * normal()));
  const price = 50 * level * (1 + 0.03 * normal());
  const metrics = new Map([
    [METRICS.count.name, { value: events }],
    [METRICS.gauge.name, { value: price }],
  ]);
  return { series: name, labels: { exchange: name }, events, readings: new Map(), metrics };
}

export const windowsOf = (days: number): number => (days * DAY_MS) / STEP_MS;
export const hoursOf = (hours: number): number => (hours * HOUR_MS) / STEP_MS;
