import { seededRandom } from '../../core/findings/random.ts';
import type { ClosedWindow, MetricValue, SeriesWindow } from '../../core/plugin.ts';
import { METRICS, WINDOW_MS } from '../outlier/simulatedFleet.ts';

/** One exchange: how large it is, and how it is apart from others. */
export interface Exchange {
  readonly name: string;
  /** Mean events a window. */
  readonly size: number;
  readonly fill: number;
  readonly price: number;
  /** Uniform in [0, 1), and normal: its own, so that what is shown beside it does not matter. */
  readonly uniform: () => number;
  readonly normal: () => number;
}

/** What of an exchange falls to which share of what it was; 1 for what stays. */
export type Shift = Readonly<Record<'events' | 'fill' | 'price', number>>;
export const CLEAN: Shift = { events: 1, fill: 1, price: 1 };
export const JUDGED = [METRICS.count, METRICS.ratio, METRICS.gauge];

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 5);

export function exchange(name: string, size: number): Exchange {
  const drawn = drawnFrom(name);
  const fill = 0.3 + 0.05 * Math.max(-3, Math.min(3, drawn.normal()));
  return { name, size, fill, price: 2.5 * Math.exp(0.3 * drawn.normal()), ...drawn };
}

export function drawnFrom(seed: string): Pick<Exchange, 'uniform' | 'normal'> {
  const uniform = seededRandom(`exchange ${seed}`);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

/** What one exchange does in a window: a course of the day of 40 %, noise of counting and 3 % besides. */
function behaved(at: number, { size, fill, price, normal }: Exchange, shift: Shift): Behaved {
  const course = 1 + 0.4 * Math.sin((2 * Math.PI * ((START_MS + at * WINDOW_MS) % DAY_MS)) / DAY_MS);
  const mean = size * course * (1 + 0.03 * normal()) * shift.events;
  const events = Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
  const share = fill * shift.fill;
  const wanted = Math.round(events * share + Math.sqrt(events * share * (1 - share)) * normal());
  return {
    events,
    fills: Math.max(0, Math.min(events, wanted)),
    price: price * (1 + 0.08 * normal()) * shift.price,
  };
}

interface Behaved {
  readonly events: number;
  readonly fills: number;
  readonly price: number;
}

/** One window: the exchanges and the whole, which is that of `fleet`; `born` with what has shifted are beside them. */
export function bornWindow(
  at: number,
  fleet: readonly Exchange[],
  born: readonly Exchange[],
  shift: Shift,
): ClosedWindow {
  const grown = fleet.map((one) => [one.name, behaved(at, one, CLEAN)] as const);
  const young = born.map((one) => [one.name, behaved(at, one, shift)] as const);
  const sum = (of: (one: Behaved) => number): number => grown.reduce((total, [, one]) => total + of(one), 0);
  const whole = { events: sum((one) => one.events), fills: sum((one) => one.fills), price: sum((one) => one.price) };
  const parts = [...grown, ...young].map(([name, one]) => seriesWindow(`exchange=${name}`, { exchange: name }, one));
  const startMs = START_MS + at * WINDOW_MS;
  return {
    stream: 'requests',
    startMs,
    endMs: startMs + WINDOW_MS,
    revision: 0,
    state: 'complete',
    series: [
      ...(fleet.length === 0 ? [] : [seriesWindow('', {}, { ...whole, price: whole.price / fleet.length })]),
      ...parts.sort((a, b) => (a.series < b.series ? -1 : 1)),
    ],
    extra: [],
    servers: [],
  };
}

function seriesWindow(series: string, labels: Record<string, string>, { events, fills, price }: Behaved): SeriesWindow {
  const fill: MetricValue = {
    value: events === 0 ? undefined : fills / events,
    numerator: fills,
    denominator: events,
  };
  const metrics = new Map<string, MetricValue>([
    [METRICS.count.name, { value: events }],
    [METRICS.ratio.name, fill],
    [METRICS.gauge.name, { value: price }],
  ]);
  return { series, labels, events, readings: new Map(), metrics };
}
