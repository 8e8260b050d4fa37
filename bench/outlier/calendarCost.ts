/**
 * `node bench/outlier/calendarCost.ts`: what a calendar costs. Series-windows per CPU-second with and without, in turns in one process: 150 series of 5-minute windows, five days
 * after a weekend, a holiday and a campaign. Then bytes a series of SERIES (2,000) hourly ones after 2 days, after 5 with a weekend, after 10 with a holiday and a
 * campaign besides; each a process of its own.
 */
import { spawnSync } from 'node:child_process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ClosedWindow } from '../../core/plugin.ts';
import type { Outlier } from '../../plugins/outlier/plugin.ts';
import { hostedOutlier } from './hostedOutlier.ts';
import { METRICS, type MetricSort, simulatedFleet } from './simulatedFleet.ts';

const FEW = 150;
const ROUNDS = 5;
const MANY = Number(process.env['SERIES'] ?? 2_000);
const HOUR_MS = 3_600_000;
/** A Thursday. */
const START_MS = Date.parse('2026-06-04T00:00+02:00');
const AMSTERDAM = { timeZone: 'Europe/Amsterdam' };
/** For speed: kinds that are known before days of which none is a holiday or of a campaign, where the second opinion costs nothing. */
const EARLY = {
  ...AMSTERDAM,
  holidays: ['2026-06-08'],
  campaigns: [{ name: 'sale', from: '2026-06-05', to: '2026-06-05' }],
};
/** For memory: one after the other. */
const LATE = {
  ...AMSTERDAM,
  holidays: ['2026-06-10'],
  campaigns: [{ name: 'sale', from: '2026-06-11', to: '2026-06-11' }],
};
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

function made(sorts: readonly MetricSort[], windowMs: number, calendar: object | undefined): Outlier {
  const metrics = sorts.map((sort) => METRICS[sort]);
  return hostedOutlier({ calendar }, { metrics, windowMs });
}

/** Some windows again and again, at the times of a stream. */
function shownOf(
  sorts: readonly MetricSort[],
  series: number,
  count: number,
): (at: number, windowMs: number) => ClosedWindow {
  const fleet = simulatedFleet({ series, sorts, faultShare: 1e-4 });
  const shown = Array.from({ length: count }, () => fleet.next().value);
  return (at, windowMs) => ({ ...(shown[at % count] ?? fleet.next().value), startMs: START_MS + at * windowMs });
}

function speed(sorts: readonly MetricSort[]): void {
  const windowMs = HOUR_MS / 12;
  const shown = shownOf(sorts, FEW, 300);
  const [days, measured] = [5, 288];
  const ratios: number[] = [];
  const speeds: [number[], number[]] = [[], []];
  const checks = [undefined, EARLY].map((calendar) => made(sorts, windowMs, calendar));
  for (let at = 0; at < days * measured; at++) for (const check of checks) check.window(shown(at, windowMs));
  for (let round = 0; round < ROUNDS; round++) {
    const [from, to] = [(days + round) * measured, (days + round + 1) * measured];
    const windows = Array.from({ length: to - from }, (_, at) => shown(from + at, windowMs));
    const seconds = (round % 2 === 0 ? [0, 1] : [1, 0]).map((which) => {
      collect();
      const { user, system } = process.cpuUsage();
      for (const closed of windows) checks[which]?.window(closed);
      const after = process.cpuUsage();
      const took = (after.user + after.system - user - system) / 1e6;
      speeds[which as 0 | 1].push((FEW * windows.length) / took);
      return { which, took };
    });
    const tookBy = (which: number): number => seconds.find((one) => one.which === which)?.took ?? Number.NaN;
    ratios.push(tookBy(0) / tookBy(1));
  }
  const figure = (values: number[]): string => Math.round(median(values)).toLocaleString('en').padStart(12);
  console.log(
    `${sorts.join(', ').padEnd(22)}${figure(speeds[0])}${figure(speeds[1])}   ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
  );
}

function memory(sorts: readonly MetricSort[], days: number, calendar: object | undefined): void {
  const shown = shownOf(sorts, MANY, 3);
  collect();
  const used = (): number => process.memoryUsage().heapUsed + process.memoryUsage().external;
  const before = used();
  const check = made(sorts, HOUR_MS, calendar);
  for (let at = 0; at < days * 24; at++) check.window(shown(at, HOUR_MS));
  collect();
  console.log(Math.round((used() - before) / MANY));
  check.window(shown(days * 24, HOUR_MS));
}

const [mode, days, isWith] = process.argv.slice(2);
if (mode === 'memory') memory(['count'], Number(days), isWith === 'with' ? LATE : undefined);
else {
  console.log('series-windows per CPU-second: without, with a calendar; ratio by turns (least to greatest)');
  for (const sorts of [['count'], ['ratio'], ['gauge'], ['count', 'ratio', 'gauge']] as const) speed(sorts);
  console.log('\nbytes a series of one count: without, with a calendar');
  for (const age of ['2', '5', '10']) {
    const bytes = ['without', 'with'].map((which) =>
      spawnSync(process.execPath, [import.meta.filename, 'memory', age, which], { encoding: 'utf8' }).stdout.trim(),
    );
    console.log(`after ${age} days`.padEnd(22), bytes.join('  '));
  }
}
