import { seededRandom } from '../../core/findings/random.ts';
import type { ClosedWindow, MetricValue, SeriesWindow } from '../../core/plugin.ts';
import { METRICS } from '../outlier/simulatedFleet.ts';
import { KINDS } from './kinds.ts';

export const STEP_MS = 300_000;
const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 5);

/** A series whose metrics have no trouble but what is planted: a count with a course of the day, a share of it, and a gauge of one of the kinds. */
export interface CleanSeries {
  readonly name: string;
  readonly place: number;
  readonly uniform: () => number;
  readonly normal: () => number;
  readonly memory: { level: number };
}

export const kindOf = ({ place }: CleanSeries): (typeof KINDS)[number] => KINDS[place % KINDS.length] ?? SOME;
const [SOME] = KINDS as readonly [(typeof KINDS)[number]];

export const cleanSeries = (length: number, luck = ''): CleanSeries[] =>
  Array.from({ length }, (_, place) => {
    const uniform = seededRandom(`clean ${String(place)} ${luck}`);
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    return { name: `exchange=x${String(place)}`, place, uniform, normal, memory: { level: 0 } };
  });

/** The at-th window of all. `shift`: deviations that counts and gauges are off by; 0 for clean ones. */
export function cleanWindow(at: number, all: readonly CleanSeries[], shift = 0): ClosedWindow {
  const startMs = START_MS + at * STEP_MS;
  return {
    stream: 'requests',
    startMs,
    endMs: startMs + STEP_MS,
    revision: 0,
    state: 'complete',
    series: all.map((one) => seriesWindow(at, startMs, one, shift)),
    extra: [],
    servers: [],
  };
}

function seriesWindow(at: number, timeMs: number, one: CleanSeries, shift: number): SeriesWindow {
  const { name, place, normal, uniform, memory } = one;
  const kind = kindOf(one);
  const course = 1 + 0.3 * Math.sin((2 * Math.PI * (timeMs % DAY_MS)) / DAY_MS);
  const mean = 5 * 1.15 ** (place % 50) * course * (1 + 0.02 * normal());
  const events = Math.max(0, Math.round(mean + Math.sqrt(mean) * (normal() + shift)));
  const wanted = Math.round(0.3 * events + Math.sqrt(0.21 * events) * normal());
  const fill: MetricValue = {
    value: events === 0 ? undefined : Math.max(0, Math.min(events, wanted)) / events,
    numerator: Math.max(0, Math.min(events, wanted)),
    denominator: events,
  };
  const gauge = kind.value({ at, timeMs, normal, uniform, memory }) + shift * kind.deviation;
  const metrics = new Map<string, MetricValue>([
    [METRICS.count.name, { value: events }],
    [METRICS.ratio.name, fill],
    [METRICS.gauge.name, { value: gauge }],
  ]);
  return { series: name, labels: { exchange: name }, events, readings: new Map(), metrics };
}
