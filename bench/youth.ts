/**
 * `npm run bench:youth`: new series (exchanges of three sizes) in a fleet that is two days old, leaning on their kin, beside the same series without (of a cut
 * that has no grown series, without a whole stream: as every new series was before). How many falls planted 15, 30, 60 and 240 windows after birth are found within 15
 * windows, by metric and size; and false alarms per series in the first four hours and in the first day. SERIES is how many are born at a time (30).
 */
import type { ClosedWindow, Json } from '../core/plugin.ts';
import type { Outlier } from '../plugins/outlier/plugin.ts';
import { hostedOutlier } from './outlier/hostedOutlier.ts';
import { WINDOW_MS } from './outlier/simulatedFleet.ts';
import { alarmsOf, type SaidAt } from './yardstick/alarms.ts';
import { bornWindow, CLEAN, drawnFrom, type Exchange, exchange, JUDGED } from './yardstick/bornFleet.ts';

const SERIES = Number(process.env['SERIES'] ?? 30);
const SIZES = [5, 40, 400];
const FLEET = Array.from({ length: 30 }, (_, at) => exchange(`x${String(at)}`, 5 * 1.2 ** at));
const DAY = 1_440;
/** Births at 7:00 and 16:00 of the third day: while traffic rises, and while it falls. */
const BIRTHS = [2 * DAY + 420, 2 * DAY + 960] as const;
const BORN = SERIES * BIRTHS.length;
const AGES = [15, 30, 60, 240];
const LEFT = [0.9, 0.8, 0.6, 0.3];
const METRICS = ['events', 'fill', 'price'] as const;
const WITHIN = 15;
const YOUTH = 240;
const DEFAULT = {};
const TALKATIVE = { rarityMax: 1e-4 };

const made = (options: object): Outlier => hostedOutlier(options, { metrics: JUDGED, windowMs: WINDOW_MS });

type Entries = readonly (readonly [string, Json])[];

/** The same without kin: no whole stream, and new series of a cut that has no grown ones. */
const withoutKin = (closed: ClosedWindow): ClosedWindow => ({
  ...closed,
  series: closed.series
    .filter(({ series }) => series !== '')
    .map((one) =>
      isBorn(one.series)
        ? { ...one, series: one.series.replace('exchange=', 'fresh='), labels: { fresh: one.labels['exchange'] ?? '' } }
        : one,
    ),
});

const isBorn = (series: string): boolean => series.includes('=born');

/** Judges new series together with the fleet. */
class Nursery {
  readonly #check: Outlier;
  readonly #options: object;
  readonly #shown: (closed: ClosedWindow) => ClosedWindow;

  constructor(options: object, entries: Entries, shown: (closed: ClosedWindow) => ClosedWindow) {
    this.#options = options;
    this.#check = made(options);
    this.#check.restore(entries);
    this.#shown = shown;
  }

  /** What is said of new series: series and metric. */
  window(closed: ClosedWindow): Omit<SaidAt, 'at'>[] {
    return this.#check
      .window(this.#shown(closed))
      .flatMap(({ series = '', labels, message }) =>
        isBorn(series) ? [{ series, metric: labels['metric'] ?? '', side: message }] : [],
      );
  }

  /** Another one that goes on from here. */
  branched(): Nursery {
    return new Nursery(this.#options, [...this.#check.snapshot()], this.#shown);
  }
}

/** Of one way of judging, and one size of series: falls found by age, metric and size; false alarms in youth and on the first day, with the default options and with talkative ones. */
class Tally {
  readonly found = new Map<string, number>();
  readonly alarms = new Map<object, { youth: number; day: number }>();
}

const WAYS = ['without', 'with kin'] as const;
const shownTo = { without: withoutKin, 'with kin': (closed: ClosedWindow) => closed };
const tallies = Object.fromEntries(WAYS.map((way) => [way, new Map(SIZES.map((size) => [size, new Tally()]))]));
const tallyOf = (way: string, size: number): Tally => tallies[way]?.get(size) ?? new Tally();

function warmedUp(options: object): Entries {
  const check = made(options);
  const fleet = grown('before', FLEET);
  for (let at = 0; at < BIRTHS[0]; at++) check.window(bornWindow(at, fleet, [], CLEAN));
  return [...check.snapshot()];
}

/** The same exchanges with other luck. */
const grown = (luck: string, exchanges: readonly Exchange[]): Exchange[] =>
  exchanges.map((one) => ({ ...one, ...drawnFrom(`${one.name} ${luck}`) }));

/** The later birth is in a fleet that was not seen for nine hours. */
function grow(options: object, size: number, birth: number, entries: Entries): void {
  const born = Array.from({ length: SERIES }, (_, at) => exchange(`born${String(size)}-${String(birth + at)}`, size));
  const fleet = grown(String(birth), FLEET);
  const parentless = entries.filter(([key]) => key !== 'series ');
  const nurseries = WAYS.map((way) => new Nursery(options, way === 'without' ? parentless : entries, shownTo[way]));
  const said = WAYS.map((): SaidAt[] => []);
  for (let age = 0; age < DAY; age++) {
    if (AGES.includes(age) && options === DEFAULT)
      nurseries.forEach((nursery, at) => plant(tallyOf(WAYS[at] ?? '', size), nursery, born, { age, birth }));
    const closed = bornWindow(birth + age, fleet, born, CLEAN);
    nurseries.forEach((nursery, at) => said[at]?.push(...nursery.window(closed).map((one) => ({ ...one, at: age }))));
  }
  said.forEach((all, at) => {
    const onsets = alarmsOf(all);
    const { alarms } = tallyOf(WAYS[at] ?? '', size);
    const { youth, day } = alarms.get(options) ?? { youth: 0, day: 0 };
    const young = onsets.filter((one) => one.at < YOUTH).length;
    alarms.set(options, { youth: youth + young, day: day + onsets.length });
  });
}

function plant(
  tally: Tally,
  nursery: Nursery,
  born: readonly Exchange[],
  { age, birth }: { readonly age: number; readonly birth: number },
): void {
  for (const metric of METRICS)
    for (const left of LEFT) {
      const other = nursery.branched();
      const [fleet, young] = [grown(String(age), FLEET), grown(String(age), born)];
      const found = new Set<string>();
      for (let at = 0; at < WITHIN; at++)
        for (const one of other.window(bornWindow(birth + age + at, fleet, young, { ...CLEAN, [metric]: left })))
          if (one.metric === metric && one.side !== 'unusually-high') found.add(one.series);
      const key = keyOf(metric, age, left);
      tally.found.set(key, (tally.found.get(key) ?? 0) + found.size);
    }
}

const keyOf = (metric: string, age: number, left: number): string => `${metric} ${String(age)} ${String(left)}`;

function print(size: number): void {
  console.log(`\n${String(size)} events a window`);
  console.log(`fall by`.padEnd(19) + LEFT.map((left) => `${(100 - 100 * left).toFixed(0)} %`.padStart(12)).join(''));
  for (const metric of METRICS)
    for (const age of AGES) {
      const cells = LEFT.flatMap((left) =>
        WAYS.map((way) => (100 * (tallyOf(way, size).found.get(keyOf(metric, age, left)) ?? 0)) / BORN),
      );
      const figures = cells.map((cell) => cell.toFixed(0).padStart(6)).join('');
      console.log(`${metric.padEnd(8)}at age ${String(age).padStart(4)}${figures}`);
    }
  for (const options of [DEFAULT, TALKATIVE])
    for (const way of WAYS) {
      const { youth = 0, day = 0 } = tallyOf(way, size).alarms.get(options) ?? {};
      const rates = `${(youth / BORN).toFixed(3)} in the first four hours, ${(day / BORN).toFixed(3)} in the first day`;
      console.log(`false alarms per series, ${JSON.stringify(options)}, ${way}: ${rates}`);
    }
}

for (const options of [DEFAULT, TALKATIVE]) {
  const entries = warmedUp(options);
  for (const size of SIZES) for (const birth of BIRTHS) grow(options, size, birth, entries);
}
console.log(
  `${String(BORN)} new series of each size; found within ${String(WITHIN)} windows, %: without kin, with kin`,
);
for (const size of SIZES) print(size);
