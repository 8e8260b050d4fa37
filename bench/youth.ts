/**
 * `npm run bench:youth`: new series (exchanges of three sizes) in a fleet that is two days old, leaning on their kin, beside the same series each without kin (alone in a check,
 * which is what every new series was before). How many falls planted 15, 30, 60 and 240 windows after birth are found within 15 windows, by metric and size; and false alarms per series in the first four
 * hours and in the first day. SERIES is how many new ones of each size (20).
 */
import type { ClosedWindow, Json } from '../core/plugin.ts';
import { Outlier, outlier } from '../plugins/outlier/plugin.ts';
import { WINDOW_MS } from './outlier/simulatedFleet.ts';
import { alarmsOf } from './yardstick/alarms.ts';
import { bornWindow, CLEAN, type Exchange, exchange, JUDGED, type Shift } from './yardstick/bornFleet.ts';

const SERIES = Number(process.env['SERIES'] ?? 20);
const SIZES = [5, 40, 400];
const FLEET = Array.from({ length: 30 }, (_, at) => exchange(`x${String(at)}`, 5 * 1.2 ** at));
const DAY = 1_440;
/** Births at 7:00 and 16:00 of the third day: while traffic rises, and while it falls. */
const BIRTHS = [2 * DAY + 420, 2 * DAY + 960];
const AGES = [15, 30, 60, 240];
const LEFT = [0.9, 0.8, 0.6, 0.3];
const METRICS = ['events', 'fill', 'price'] as const;
const WITHIN = 15;
const YOUTH = 240;

const made = (): Outlier =>
  new Outlier(outlier.options.parse({}), {
    stream: 'requests',
    streamKind: 'events',
    windowMs: WINDOW_MS,
    metrics: JUDGED,
    random: () => 0,
  });

function restored(entries: readonly (readonly [string, Json])[]): Outlier {
  const check = made();
  check.restore(entries);
  return check;
}

/** A window cut down to one series. */
const alone = (closed: ClosedWindow, name: string): ClosedWindow => ({
  ...closed,
  series: closed.series.filter(({ series }) => series === name),
});

/** Judges new series together with the fleet, or each by itself. */
class Nursery {
  readonly #checks: ReadonlyMap<string, Outlier>;

  constructor(checks: ReadonlyMap<string, Outlier>) {
    this.#checks = checks;
  }

  /** What is said of new series: series and metric. */
  window(closed: ClosedWindow): { readonly series: string; readonly metric: string; readonly side: string }[] {
    return [...this.#checks].flatMap(([name, check]) =>
      check.window(name === '' ? closed : alone(closed, name)).flatMap(({ series = '', labels, message }) =>
        series.includes('born') ? [{ series, metric: labels?.['metric'] ?? '', side: message }] : [],
      ),
    );
  }

  /** Another one that goes on from here. */
  branched(): Nursery {
    return new Nursery(
      new Map([...this.#checks].map(([name, check]) => [name, restored([...check.snapshot()])] as const)),
    );
  }
}

/** Of each way of judging: falls found by age, metric and size; false alarms in youth and on the first day. */
class Tally {
  readonly found = new Map<string, number>();
  tried = 0;
  youth = 0;
  day = 0;
}

const tallies = new Map(
  ['alone', 'with kin'].map((way) => [way, new Map(SIZES.map((size) => [size, new Tally()] as const))] as const),
);
const tallyOf = (way: string, size: number): Tally => tallies.get(way)?.get(size) ?? new Tally();

function warmedUp(): readonly (readonly [string, Json])[] {
  const check = made();
  for (let at = 0; at < (BIRTHS[0] ?? 0); at++) check.window(bornWindow(at, FLEET, [], CLEAN));
  return [...check.snapshot()];
}

/** The fleet goes on from window to window by itself, so a later birth is of a fleet that is a few hours older. */
function grow(size: number, birth: number, entries: readonly (readonly [string, Json])[]): void {
  const born = Array.from({ length: SERIES }, (_, at) => exchange(`born${String(size)}-${String(birth)}-${String(at)}`, size));
  const ways = new Map([
    ['with kin', new Nursery(new Map([['', restored(entries)]]))],
    ['alone', new Nursery(new Map(born.map(({ name }) => [`exchange=${name}`, made()])))],
  ]);
  const said = new Map([...ways].map(([way]) => [way, [] as (ReturnType<Nursery['window']>[number] & { at: number })[]]));
  for (let age = 0; age < DAY; age++) {
    if (AGES.includes(age)) for (const [way, nursery] of ways) plant(tallyOf(way, size), nursery, born, { age, birth });
    const closed = bornWindow(birth + age, FLEET, born, CLEAN);
    for (const [way, nursery] of ways)
      said.get(way)?.push(...nursery.window(closed).map((one) => ({ ...one, at: age })));
  }
  for (const [way, all] of said) {
    const onsets = alarmsOf(all);
    tallyOf(way, size).tried += SERIES;
    tallyOf(way, size).youth += onsets.filter(({ at }) => at < YOUTH).length;
    tallyOf(way, size).day += onsets.length;
  }
}

function plant(tally: Tally, nursery: Nursery, born: readonly Exchange[], { age, birth }: { age: number; birth: number }): void {
  for (const metric of METRICS)
    for (const left of LEFT) {
      const shift: Shift = { ...CLEAN, [metric]: left };
      const other = nursery.branched();
      // The same exchanges with other luck: what is drawn here is not drawn from what comes after.
      const twins = born.map((one) => ({ ...exchange(`${one.name} ${String(age)}`, one.size), name: one.name, fill: one.fill, price: one.price }));
      const fleet = FLEET.map((one) => ({ ...exchange(`${one.name} ${String(age)}`, one.size), name: one.name, fill: one.fill, price: one.price }));
      const found = new Set<string>();
      for (let at = 0; at < WITHIN; at++)
        for (const one of other.window(bornWindow(birth + age + at, fleet, twins, shift)))
          if (one.metric === metric && one.side !== 'unusually-high') found.add(one.series);
      const key = keyOf(metric, age, left);
      tally.found.set(key, (tally.found.get(key) ?? 0) + found.size);
    }
}

const keyOf = (metric: string, age: number, left: number): string => `${metric} ${String(age)} ${String(left)}`;

const entries = warmedUp();
for (const size of SIZES) for (const birth of BIRTHS) grow(size, birth, entries);

console.log(`${String(SERIES * BIRTHS.length)} new series of each size; found within ${String(WITHIN)} windows, %: alone, with kin`);
for (const size of SIZES) {
  console.log(`\n${String(size)} events a window`);
  console.log(`${'fall by'.padEnd(22)}${LEFT.map((left) => `${String(Math.round(100 - 100 * left))} %`.padStart(12)).join('')}`);
  for (const metric of METRICS)
    for (const age of AGES) {
      const cells = LEFT.map((left) =>
        ['alone', 'with kin']
          .map((way) => {
            const { found, tried } = tallyOf(way, size);
            return `${((100 * (found.get(keyOf(metric, age, left)) ?? 0)) / tried).toFixed(0)}`.padStart(6);
          })
          .join(''),
      );
      console.log(`${metric.padEnd(8)}at age ${String(age).padStart(4)}   ${cells.join('')}`);
    }
  const rates = ['alone', 'with kin'].map((way) => {
    const { youth, day, tried } = tallyOf(way, size);
    return `${way}: ${(youth / tried).toFixed(3)} in the first four hours, ${(day / tried).toFixed(3)} in the first day`;
  });
  console.log(`false alarms per series: ${rates.join('; ')}`);
}
