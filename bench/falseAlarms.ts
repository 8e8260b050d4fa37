/**
 * `npm run bench:alarms`: alarms on clean simulated series, stated (falseAlarmsPerSeriesMonth) and measured, per series and 30 days; by metric; and what the statement costs: levels of counts
 * and gauges that shift by so many deviations at the end, found within two hours. SERIES (1,000) series of ten kinds over WEEKS (4) weeks of 5-minute windows, the first
 * week not counted. SEED draws others. STATED names the statements, separated by commas; `none` is the fixed rarity.
 */
import type { Outlier } from '../plugins/outlier/plugin.ts';
import { hostedOutlier } from './outlier/hostedOutlier.ts';
import { METRICS } from './outlier/simulatedFleet.ts';
import { alarmsOf, type SaidAt } from './yardstick/alarms.ts';
import { cleanSeries, cleanWindow, kindOf, STEP_MS } from './yardstick/cleanSeries.ts';
import { KINDS } from './yardstick/kinds.ts';

const SERIES = Number(process.env['SERIES'] ?? 1_000);
const SEED = process.env['SEED'] ?? '';
const WEEKS = Number(process.env['WEEKS'] ?? 4);
const STATED = (process.env['STATED'] ?? '0.1,0.3,1,3,none').split(',');
const WEEK = (7 * 86_400_000) / STEP_MS;
const MONTHS = (SERIES * (WEEKS - 1) * 7) / 30;
const SHIFTS = [2, 4, 8];
const WITHIN = 24;
const JUDGED = [METRICS.count, METRICS.ratio, METRICS.gauge];

function made(stated: string): Outlier {
  const options = stated === 'none' ? {} : { falseAlarmsPerSeriesMonth: Number(stated) };
  return hostedOutlier(options, { metrics: JUDGED, windowMs: STEP_MS });
}

/** What is said of windows from one to before another. */
function saidOf(
  check: Outlier,
  all: ReturnType<typeof cleanSeries>,
  [from, to]: readonly [number, number],
  shift = 0,
): SaidAt[] {
  const said: SaidAt[] = [];
  for (let at = from; at < to; at++)
    for (const { series = '', labels, message } of check.window(cleanWindow(at, all, shift)))
      said.push({ series, metric: labels['metric'] ?? '', side: message === 'unusually-high' ? 'high' : 'low', at });
  return said;
}

function found(check: Outlier, stated: string, shift: number): string {
  const entries = [...check.snapshot()];
  const branch = made(stated);
  branch.restore(entries);
  const others = cleanSeries(SERIES, String(shift)).map((one, place) => ({
    ...one,
    memory: { ...lastOf[place] } as { level: number },
  }));
  const said = saidOf(branch, others, [WEEKS * WEEK, WEEKS * WEEK + WITHIN], shift);
  const share = (metric: string): string =>
    (
      (100 *
        new Set(said.filter((one) => one.metric === metric && one.side === 'high').map(({ series }) => series)).size) /
      SERIES
    ).toFixed(0);
  return `${share('events')}, ${share('price')}`;
}

let lastOf: { level: number }[] = [];
console.log(
  `${String(SERIES)} clean series, ${String(WEEKS)} weeks; alarms per series and 30 days: stated, measured (+- one standard error), measured / stated; events, fill, price`,
);
for (const stated of STATED) {
  const check = made(stated);
  const all = cleanSeries(SERIES, SEED);
  const said = saidOf(check, all, [0, WEEKS * WEEK]);
  const alarms = alarmsOf(said).filter(({ at }) => at >= WEEK);
  lastOf = all.map(({ memory }) => memory);
  const rate = alarms.length / MONTHS;
  const byMetric = JUDGED.map(({ name }) =>
    (alarms.filter(({ metric }) => metric === name).length / MONTHS).toFixed(3),
  );
  const ratio = stated === 'none' ? '-' : (rate / Number(stated)).toFixed(2);
  console.log(
    `${stated.padStart(6)}  ${rate.toFixed(3)} +- ${(Math.sqrt(alarms.length) / MONTHS).toFixed(3)}  ${ratio}  ${byMetric.join(', ')}`,
  );
  const gauges = KINDS.map((kind) => {
    const names = new Set(all.filter((one) => kindOf(one) === kind).map(({ name }) => name));
    const ofKind = alarms.filter(({ metric, series }) => metric === 'price' && names.has(series)).length;
    return `${kind.name} ${((ofKind * KINDS.length) / MONTHS).toFixed(2)}`;
  });
  console.log(`        gauges: ${gauges.join(', ')}`);
  console.log(
    `        found of shifts by ${SHIFTS.join(', ')} dev., % of counts, of gauges: ${SHIFTS.map((shift) => found(check, stated, shift)).join('; ')}`,
  );
}
