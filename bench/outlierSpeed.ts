/**
 * `npm run bench:outlier`: series-windows that the outlier plugin judges per CPU-second, beside Gaussians over a window; then what 100,000 series (SERIES) take of memory, how
 * fast they are judged, and what a snapshot of them costs. Default options; the values of one window after another, as the host shows them, made before the stopwatch runs.
 * Each row about memory is a process of its own.
 */
import { spawnSync } from 'node:child_process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ClosedWindow } from '../core/plugin.ts';
import type { Outlier } from '../plugins/outlier/plugin.ts';
import { hostedOutlier } from './outlier/hostedOutlier.ts';
import { METRICS, type MetricSort, simulatedFleet, WINDOW_MS } from './outlier/simulatedFleet.ts';
import type { Peer } from './peers/peer.ts';
import { runningGaussian } from './peers/runningGaussian.ts';
import { windowedGaussian } from './peers/windowedGaussian.ts';

const FEW = 500;
const LEARNED = 120;
const MEASURED = 240;
const MANY = Number(process.env['SERIES'] ?? 100_000);
/** So many windows fill everything that a series keeps, but the courses of its day and week, which have their place from the start. */
const FILLING = 60;
/** Series whose snapshot is measured. */
const SNAPSHOT = 5_000;
/** Windows that are shown again and again, so that making them is no part of what is measured. */
const SHOWN = 3;
/** Rounds of which the median is told: the machine may be shared. */
const ROUNDS = 5;
const SORTS: readonly (readonly [name: string, sorts: readonly MetricSort[]])[] = [
  ['counts', ['count']],
  ['ratios', ['ratio']],
  ['gauges', ['gauge']],
  ['all three', ['count', 'ratio', 'gauge']],
];
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const WIDE = 17;
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
const figure = (value: number): string => Math.round(value).toLocaleString('en').padStart(WIDE);

const head = (names: readonly string[]): string => ' '.repeat(12) + names.map((name) => name.padStart(WIDE)).join('');

function made(sorts: readonly MetricSort[]): Outlier {
  const metrics = sorts.map((sort) => METRICS[sort]);
  return hostedOutlier({}, { metrics, windowMs: WINDOW_MS });
}

/** CPU-seconds of showing windows that are there already. */
function secondsOf(shown: readonly ClosedWindow[], judge: (closed: ClosedWindow) => void): number {
  const begin = cpuSeconds();
  for (const closed of shown) judge(closed);
  return cpuSeconds() - begin;
}

function ofPeer(peer: Peer, sort: MetricSort): (closed: ClosedWindow) => void {
  const judges = new Map<string, ReturnType<Peer>>();
  return ({ startMs, series }) => {
    for (const { series: name, metrics } of series) {
      let judge = judges.get(name);
      if (judge === undefined) judges.set(name, (judge = peer()));
      judge(startMs, metrics.get(METRICS[sort].name)?.value ?? 0);
    }
  };
}

function speed(name: string, sorts: readonly MetricSort[]): void {
  const fleet = simulatedFleet({ series: FEW, sorts, faultShare: 1e-4 });
  const shown = Array.from({ length: LEARNED + MEASURED }, () => fleet.next().value);
  const perSecond = (make: () => (closed: ClosedWindow) => void): string =>
    figure(
      median(
        Array.from({ length: ROUNDS }, () => {
          const judge = make();
          for (const closed of shown.slice(0, LEARNED)) judge(closed);
          collect();
          return (FEW * MEASURED) / secondsOf(shown.slice(LEARNED), judge);
        }),
      ),
    );
  const [sort = 'count'] = sorts;
  const ours = perSecond(() => {
    const check = made(sorts);
    return (closed) => void check.window(closed);
  });
  const peers = [runningGaussian, windowedGaussian].map((peer) => perSecond(() => ofPeer(peer, sort)));
  console.log(`${name.padEnd(12)}${ours}${sorts.length > 1 ? '' : peers.join('')}`);
}

/** One of some windows, at the time of the at-th. */
function again(shown: readonly ClosedWindow[], at: number): ClosedWindow {
  const [first] = shown;
  const closed = shown[at % shown.length];
  if (first === undefined || closed === undefined) throw new RangeError('show at least one window');
  return { ...closed, startMs: first.startMs + at * WINDOW_MS };
}

function memory(name: string, sorts: readonly MetricSort[]): void {
  const fleet = simulatedFleet({ series: MANY, sorts, faultShare: 1e-4 });
  const used = (): number => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const shown = Array.from({ length: SHOWN }, () => fleet.next().value);
  const before = used();
  const { rss: rssBefore } = process.memoryUsage();
  const check = made(sorts);
  const seconds = secondsOf(
    Array.from({ length: FILLING }, (_, at) => again(shown, at)),
    (closed) => void check.window(closed),
  );
  const rss = process.memoryUsage().rss - rssBefore;
  const bytes = (used() - before) / MANY;
  const begin = cpuSeconds();
  let [text, kept] = [0, 0];
  for (const [, state] of check.snapshot()) {
    text += JSON.stringify(state).length;
    if (++kept > SNAPSHOT) break;
  }
  const snapshotUs = ((cpuSeconds() - begin) * 1e6) / kept;
  console.log(
    `${name.padEnd(12)}${figure((MANY * FILLING) / seconds)}${figure(bytes)}${figure(rss / 1e6)}${figure(text / kept)}${figure(snapshotUs)}`,
  );
}

function printSpeed(): void {
  console.log(
    `series-windows per CPU-second (200,000 wanted): ${String(FEW)} series, ${String(MEASURED)} windows after ${String(LEARNED)}, median of ${String(ROUNDS)} rounds`,
  );
  console.log(head(['outlier', 'Gaussian of 100', 'of 6,400, refit']));
  for (const [name, sorts] of SORTS) speed(name, sorts);
}

function printMemory(): void {
  console.log(
    `\n${MANY.toLocaleString('en')} series over ${String(FILLING)} windows (15,000 bytes a series and 2,000 MB wanted)`,
  );
  console.log(head(['per CPU-second', 'bytes/series', 'RSS grew, MB', 'snapshot, bytes', 'its us/series']));
  for (const [name] of SORTS) spawnSync(process.execPath, [import.meta.filename, name], { stdio: 'inherit' });
}

const asked = SORTS.find(([name]) => name === process.argv[2]);
if (asked !== undefined) memory(...asked);
else {
  if (process.argv[2] !== 'memory') printSpeed();
  if (process.argv[2] !== 'speed') printMemory();
}
