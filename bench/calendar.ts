/**
 * `npm run bench:calendar`: alarms on clean simulated series whose days are of several kinds, per series and 30 days, without a calendar and with one; and how many falls by a fifth and by two fifths are
 * found within two hours, on a Saturday and on the Monday after. SERIES (20) of each kind, eight weeks of 5-minute windows, the first two not counted, nor the first days of the sale,
 * which nobody can know. RARITY (1e-8) is the option `rarityMax`. SEED draws others.
 */
import type { Outlier } from '../plugins/outlier/plugin.ts';
import { hostedOutlier } from './outlier/hostedOutlier.ts';
import { METRICS } from './outlier/simulatedFleet.ts';
import { alarmsOf, type SaidAt } from './yardstick/alarms.ts';
import {
  CALENDAR,
  hoursOf,
  localOf,
  START_MS,
  STEP_MS,
  WEEK_KINDS,
  weekSeries,
  weekWindow,
  windowsOf,
} from './yardstick/weekSeries.ts';

const SERIES = Number(process.env['SERIES'] ?? 20);
const SEED = process.env['SEED'] ?? '';
const RARITY = Number(process.env['RARITY'] ?? 1e-8);
const DAYS = 56;
const LEARNED_DAYS = 14;
const JUDGED = [METRICS.count, METRICS.gauge];
const MONTHS = (SERIES * (DAYS - LEARNED_DAYS - 2)) / 30;
const FALLS = [0.8, 0.6];

function made(calendar: object | undefined): Outlier {
  return hostedOutlier({ rarityMax: RARITY, calendar }, { metrics: JUDGED, windowMs: STEP_MS });
}

type Shown = ReturnType<typeof weekSeries>;

function saidOf(check: Outlier, all: Shown, [from, to]: readonly [number, number], factor = 1): SaidAt[] {
  const said: SaidAt[] = [];
  for (let at = from; at < to; at++)
    for (const { series = '', labels, message } of check.window(weekWindow(at, all, factor)))
      said.push({ series, metric: labels['metric'] ?? '', side: message === 'unusually-high' ? 'high' : 'low', at });
  return said;
}

const isFirstSale = (at: number): boolean => {
  const { date } = localOf(START_MS + at * STEP_MS);
  const [first] = CALENDAR.campaigns;
  return first !== undefined && first.from <= date && date <= first.to;
};

/** By kind and metric. */
type Table = Record<string, Record<string, number[]>>;
const put = (table: Table, kind: string, metric: string, figure: number): void =>
  void ((table[kind] ??= {})[metric] ??= []).push(figure);

const alarms: Table = {};
const found: Table = {};
const isOf =
  (kind: string, metric: string) =>
  (one: SaidAt): boolean =>
    one.metric === metric && one.series.startsWith(`exchange=${kind} `);

/** Falls from noon on, in what follows a snapshot; `at` is noon. */
function countFound(check: Outlier, at: number, factor: number): void {
  const branch = made(asked);
  branch.restore(JSON.parse(JSON.stringify([...check.snapshot()])) as Parameters<Outlier['restore']>[0]);
  const said = saidOf(branch, weekSeries(SERIES, `fall ${String(factor)}`), [at, at + hoursOf(2)], factor);
  for (const { name: kind } of WEEK_KINDS)
    for (const { name: metric } of JUDGED) {
      const low = said.filter((one) => one.side === 'low').filter(isOf(kind, metric));
      put(found, kind, metric, (100 * new Set(low.map(({ series }) => series)).size) / SERIES);
    }
}

let asked: object | undefined;
for (asked of [undefined, CALENDAR]) {
  const check = made(asked);
  const all = weekSeries(SERIES, SEED);
  const said: SaidAt[] = [];
  const noons = [5, 7].map((day) => windowsOf(DAYS - 14 + day) - hoursOf(1) + hoursOf(12));
  let from = 0;
  for (const noon of [...noons, windowsOf(DAYS)]) {
    said.push(...saidOf(check, all, [from, noon]));
    if (noon < windowsOf(DAYS)) for (const factor of FALLS) countFound(check, noon, factor);
    from = noon;
  }
  const counted = alarmsOf(said).filter(({ at }) => at >= windowsOf(LEARNED_DAYS) && !isFirstSale(at));
  for (const { name: kind } of WEEK_KINDS)
    for (const { name: metric } of JUDGED)
      put(alarms, kind, metric, counted.filter(isOf(kind, metric)).length / MONTHS);
}

console.log(
  `alarms per series and 30 days: without, with a calendar; then falls by 20 and 40 % found on a Saturday, and on the Monday after, % without a calendar and with`,
);
for (const { name: kind } of WEEK_KINDS)
  for (const { name: metric } of JUDGED) {
    const [without = 0, withIt = 0] = alarms[kind]?.[metric] ?? [];
    const shares = (found[kind]?.[metric] ?? []).map((share) => share.toFixed(0));
    const falls = [0, 1, 2, 3].map((at) => `${shares[at] ?? ''} ${shares[at + 4] ?? ''}`);
    console.log(
      `${kind.padEnd(28)}${metric.padEnd(10)}${without.toFixed(2).padStart(8)}${withIt.toFixed(2).padStart(8)}   ${falls.join(', ')}`,
    );
  }
