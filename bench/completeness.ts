/**
 * `npm run bench:completeness`: what an open window will come to, on a simulated fleet whose truth is known; ours, without and with packets that tell how many events there were, beside imputing all that is missing, a fixed delay,
 * pooled chain ladder with Mack's interval and a negative-binomial nowcast, all told only what has arrived. Flags and their defaults: --days 6 --servers 300 --regions 6 --lateness-hours 24 --seeds one (several: one,two)
 * --no-packets (servers send none, so that only arrivals tell the living from the dead). The first two days are not counted: until the first windows are sealed nobody has learned anything.
 * With --states: how well late, dead, lost, duplicated, zero and null are told apart, beside a threshold rule, on a fleet with faults that overlap (its own: --servers, --days, --seeds).
 * With --alerts: thresholds on the stream's count, decided on intervals, at once and after a fixed delay, on a stream with drops and rises of known sizes (--window-minutes 5).
 * With --size: memory and CPU of the books and the estimator of one stream (give --servers 10000; --window-minutes 5).
 */
import { parseArgs } from 'node:util';
import { printAlerts } from './completeness/alertsMode.ts';
import { AGES_MINUTES, type Packets, Replay, type WindowRecord } from './completeness/replay.ts';
import { asForecast, imputingAll, quantileOf, rowOf, scored } from './completeness/scores.ts';
import { printSize } from './completeness/sizeMode.ts';
import { type SimulatedFleet, simulatedFleet } from './completeness/simulatedFleet.ts';
import { printStates } from './completeness/statesMode.ts';

const { values: flags } = parseArgs({
  options: {
    days: { type: 'string', default: '6' },
    servers: { type: 'string', default: '300' },
    regions: { type: 'string', default: '6' },
    'lateness-hours': { type: 'string', default: '24' },
    states: { type: 'boolean', default: false },
    size: { type: 'boolean', default: false },
    alerts: { type: 'boolean', default: false },
    'window-minutes': { type: 'string', default: '5' },
    'no-packets': { type: 'boolean', default: false },
    seeds: { type: 'string', default: 'one' },
  },
});
const WARM_UP_MINUTES = 2 * 1_440;
const HEADINGS = ['80 %', '95 %', '>2 % dead', '>10 % dead', 'half-width', 'p90', 'CRPS'];
const latenessMinutes = 60 * Number(flags['lateness-hours']);

const line = (name: string, cells: readonly string[]): string =>
  `${name.padEnd(24)}${cells.map((cell) => cell.padStart(12)).join('')}`;

function oursAt(records: readonly WindowRecord[], age: number): readonly string[] {
  return rowOf(records.map((record) => scored(asForecast(record.ours[age]!), record, record.final)));
}

function printAge(records: readonly WindowRecord[], announced: readonly WindowRecord[], age: number): void {
  console.log(line(`\n${String(AGES_MINUTES[age])} min after close`, HEADINGS));
  console.log(line('ours', oursAt(records, age)));
  const open = records.filter((record) => record.ours[age]!.basis !== 'whole');
  console.log(line(`  not whole (${String(open.length)})`, oursAt(open, age)));
  if (announced.length > 0) console.log(line('ours, packets count', oursAt(announced, age)));
  console.log(
    line('imputing all', rowOf(records.map((record) => scored(imputingAll(record.ours[age]!), record, record.final)))),
  );
  for (const name of ['fixed delay', 'chain ladder, Mack', 'negative binomial']) {
    const peers = records.flatMap((record) => {
      const forecast = record.peers[age]?.get(name);
      return forecast === undefined ? [] : [scored(forecast, record, record.final)];
    });
    if (peers.length > 0) console.log(line(name, rowOf(peers)));
  }
  const rates = records.flatMap((record) => {
    const { value, intervals, law } = record.fillRates[age]!;
    return value === undefined || record.finalFillRate === undefined
      ? []
      : [scored(asForecast({ value, intervals, law }), record, record.finalFillRate)];
  });
  console.log(line('ours, of the fill rate', rowOf(rates)));
  const sums = records.flatMap((record) => {
    const { value, intervals, law } = record.revenues[age]!;
    const exact = [{ weight: 1, mean: value ?? 0, deviation: Number.MIN_VALUE }];
    return value === undefined
      ? []
      : [scored(asForecast({ value, intervals, law: law.length > 0 ? law : exact }), record, record.finalRevenue)];
  });
  console.log(line('ours, of the revenue', rowOf(sums)));
}

const readyOf = (records: readonly WindowRecord[]): readonly number[] =>
  records.map(({ readyMinutes }) => readyMinutes ?? latenessMinutes);

function printReady(records: readonly WindowRecord[], announced: readonly WindowRecord[]): void {
  const last = records.map(({ lastMinutes }) => lastMinutes);
  const complete = records.map(({ lastMinutes, isComplete }) => (isComplete ? lastMinutes : latenessMinutes));
  const figures = (minutes: readonly number[]): string[] =>
    [0.5, 0.9, 0.99].map((share) => quantileOf(minutes, share).toFixed(1));
  console.log(line('\nminutes after close', ['p50', 'p90', 'p99']));
  console.log(line('to ready (1 % at 95 %)', figures(readyOf(records))));
  if (announced.length > 0) console.log(line('  packets count', figures(readyOf(announced))));
  console.log(line('to the last arrival', figures(last)));
  console.log(line('to complete or sealed', figures(complete)));
}

function replayed(fleet: SimulatedFleet, packets: Packets): readonly WindowRecord[] {
  const replay = new Replay(fleet, latenessMinutes, packets);
  replay.run();
  return replay.records.filter(({ startMinute }) => startMinute >= WARM_UP_MINUTES);
}

const sizeOf = (seed: string) => ({
  ...{ servers: Number(flags.servers), regions: Number(flags.regions), days: Number(flags.days), seed },
});

function printEstimates(seed: string): void {
  const size = sizeOf(seed);
  const startedMs = performance.now();
  const fleet = simulatedFleet(size);
  const madeMs = performance.now();
  const records = replayed(fleet, flags['no-packets'] ? 'none' : 'beats');
  const announced = flags['no-packets'] ? [] : replayed(fleet, 'counts');
  const dead = (share: number): number => records.filter(({ deadShare }) => deadShare > share).length;
  console.log(
    `\nseed ${seed}: ${flags.servers} servers, ${flags.regions} regions, ${flags.days} days, ${flags['no-packets'] ? 'without' : 'with'} packets; ${String(records.length)} windows, of them ${String(dead(0.02))} with more than 2 % dead, ${String(dead(0.1))} with more than 10 %`,
  );
  console.log(
    `(made in ${((madeMs - startedMs) / 1000).toFixed(0)} s, judged in ${((performance.now() - madeMs) / 1000).toFixed(0)} s; all in percent, of 95 % intervals where not said)`,
  );
  for (const age of AGES_MINUTES.keys()) printAge(records, announced, age);
  printReady(records, announced);
}

if (flags.size) await printSize({ servers: Number(flags.servers), windowMs: 60_000 * Number(flags['window-minutes']) });
else
  for (const seed of flags.seeds.split(','))
    if (flags.states) printStates(Number(flags.servers), Number(flags.days) * 1_440, seed);
    else if (flags.alerts)
      await printAlerts({ ...sizeOf(seed), windowMinutes: Number(flags['window-minutes']) }, WARM_UP_MINUTES);
    else printEstimates(seed);
