import type { BootSpan, ServerArrival } from '../windows/arrival.ts';
import type { ClosedWindow, MetricValue, SeriesWindow } from '../windows/closedWindow.ts';
import { labelsOf } from '../windows/series.ts';
import { type NotedValue, series } from './notation.ts';

/** Texts in the notation, by metric. A text alone is the metric `events`. */
export type NotedSeries = string | Readonly<Record<string, string>>;

type ToldOfServer =
  | ('received' | 'announced' | 'missingByManifest' | 'missingBySequence' | 'repeated' | 'heartbeat' | 'declared')
  | ('boot' | 'least' | 'greatest');

/**
 * What a server sent, in the notation: a text alone is `received`. Where `announced` is silent there was no packet; `declared` 1 where it is expected by name. `least` and `greatest` are sequence numbers of `boot`
 * (1 when left out); `present.f` events with a value of field `f`; `sum.m` what events say of a metric that its packet has as `counted.m`.
 */
export type NotedServer =
  | string
  | (Readonly<Partial<Record<ToldOfServer, string>>> &
      Readonly<Record<`${'present' | 'sum' | 'counted'}.${string}`, string>>);

/** Windows in short. */
export interface NotedWindows {
  readonly stream?: string;
  readonly windowMs?: number;
  /** Start of the first window, epoch ms; midnight of 2026-01-05, a Monday, when left out. */
  readonly startMs?: number;
  /** By series text, such as `exchange=x7`; '' for the whole stream. */
  readonly series?: Readonly<Record<string, NotedSeries>>;
  /** By name. */
  readonly servers?: Readonly<Record<string, NotedServer>>;
  /** Readings of a plugin's own aggregator, by series and aggregate (`plugin.name`), one a window; `undefined` where the series has no events. */
  readonly readings?: Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>>;
}

type Numbers = readonly (NotedValue | undefined)[];

/** The closed windows that a notation tells. There are as many as the longest text has; where one is shorter it is silent. */
export function windows(noted: NotedWindows): ClosedWindow[] {
  const { stream = 'requests', windowMs = 60_000, startMs = Date.UTC(2026, 0, 5) } = noted;
  const judged = Object.entries(noted.series ?? {}).map(([text, metrics]) => ({
    text,
    metrics: read(metrics, 'events', text),
  }));
  const servers = Object.entries(noted.servers ?? {}).map(([name, sent]) => ({
    name,
    sent: read(sent, 'received', name),
  }));
  const extra = Object.entries(noted.readings ?? {});
  const length = Math.max(
    0,
    ...judged.flatMap(({ metrics }) => [...metrics.values()].map((numbers) => numbers.length)),
    ...servers.flatMap(({ sent }) => [...sent.values()].map((numbers) => numbers.length)),
    ...extra.flatMap(([, readings]) => Object.values(readings).map((list) => list.length)),
  );
  return Array.from({ length }, (_, at): ClosedWindow => ({
    stream,
    startMs: startMs + at * windowMs,
    endMs: startMs + (at + 1) * windowMs,
    revision: 0,
    state: 'complete',
    series: judged.map(({ text, metrics }) => judgedSeries(text, metrics, at)).sort(byText),
    extra: extra.flatMap(([text, readings]) => extraSeries(text, readings, at)).sort(byText),
    servers: servers.map(({ name, sent }) => arrival(name, sent, at)).sort((a, b) => (a.server < b.server ? -1 : 1)),
  }));
}

function read(
  texts: string | Readonly<Record<string, string>>,
  alone: string,
  seed: string,
): ReadonlyMap<string, Numbers> {
  const byName = typeof texts === 'string' ? { [alone]: texts } : texts;
  return new Map(Object.entries(byName).map(([name, text]) => [name, series(text, `${seed}.${name}`)]));
}

/** Of a silent series counts are 0, and other metrics have no value: so the host shows it. */
function judgedSeries(text: string, numbers: ReadonlyMap<string, Numbers>, at: number): SeriesWindow {
  const isSilent = [...numbers.values()].every((list) => list[at] === undefined);
  const metrics = new Map<string, MetricValue>();
  for (const [name, list] of numbers) metrics.set(name, list[at] ?? { value: name === 'events' ? 0 : undefined });
  const events =
    metrics.get('events')?.value ??
    Math.max(0, ...[...metrics.values()].map(({ denominator = 100 }) => (isSilent ? 0 : denominator)));
  return { series: text, labels: labelsOf(text), events, readings: new Map([['events', events]]), metrics };
}

function extraSeries(text: string, readings: Readonly<Record<string, readonly unknown[]>>, at: number): SeriesWindow[] {
  const there = Object.entries(readings).filter(([, list]) => list[at] !== undefined);
  if (there.length === 0) return [];
  const events = Math.max(...there.map(([, list]) => eventsOf(list[at])));
  return [
    {
      series: text,
      labels: labelsOf(text),
      events,
      readings: new Map<string, unknown>([
        ['events', events],
        ...there.map(([name, list]) => [name, list[at]] as const),
      ]),
      metrics: new Map(),
    },
  ];
}

const eventsOf = (reading: unknown): number =>
  typeof reading === 'object' && reading !== null && 'events' in reading ? Number(reading.events) : 1;

function arrival(server: string, sent: ReadonlyMap<string, Numbers>, at: number): ServerArrival {
  const number = (name: string): number | undefined => sent.get(name)?.[at]?.value;
  const numbersUnder = (prefix: string): [string, number][] =>
    [...sent.keys()].sort().flatMap((name): [string, number][] => {
      const value = name.startsWith(prefix) ? number(name) : undefined;
      return value === undefined ? [] : [[name.slice(prefix.length), value]];
    });
  const announced = number('announced');
  return {
    server,
    isDeclared: (number('declared') ?? 0) > 0,
    received: number('received') ?? 0,
    announced,
    missingByManifest: number('missingByManifest') ?? 0,
    missingBySequence: number('missingBySequence') ?? 0,
    repeated: number('repeated') ?? 0,
    boots: bootsOf(number('boot'), number('least'), number('greatest')),
    fields: numbersUnder('present.').map(([field, present]) => ({ field, present })),
    twiceTold: numbersUnder('counted.').map(([metric, told]) => ({
      metric,
      received: number(`sum.${metric}`) ?? 0,
      announced: told,
    })),
    heartbeat: announced !== undefined || (number('heartbeat') ?? 0) > 0,
  };
}

const bootsOf = (boot = 1, least?: number, greatest = least): BootSpan[] =>
  least === undefined || greatest === undefined ? [] : [{ boot, least, greatest }];

const byText = (a: SeriesWindow, b: SeriesWindow): number => (a.series < b.series ? -1 : 1);
