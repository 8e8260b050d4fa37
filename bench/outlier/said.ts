/**
 * `node bench/outlier/said.ts [DIR]` (or NAB_DATA): digests of all that the outlier plugin says and thinks of many series. A change that is only to make it faster leaves
 * them as they were: run it before and after. SAID=FILE writes what was digested, to see where two runs part. DIR as in `npm run bench:nab`.
 */
import { createHash } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import { windowOf } from '../../cli/nab/scores.ts';
import type { ClosedWindow, Json, NamedMetric } from '../../core/plugin.ts';
import { busyWindows, hardWindows } from '../../core/testkit/scenes.ts';
import { hostedCheck, toldBy } from '../../core/testkit/judge.ts';
import { type Outlier, outlier } from '../../plugins/outlier/plugin.ts';
import { hostedOutlier } from './hostedOutlier.ts';
import { readCorpus, readSamples } from '../nab/corpus.ts';
import { KINDS, simulated } from '../yardstick/kinds.ts';
import { METRICS, simulatedFleet, WINDOW_MS } from './simulatedFleet.ts';

const file = process.env['SAID'] === undefined ? undefined : openSync(process.env['SAID'], 'w');
const VALUE: NamedMetric = { name: 'value', metric: { kind: 'value', aggregate: 'value' }, where: {} };
/** Much is said with these; little with the defaults. */
const TALKATIVE = { rarityMax: 0.01, changeMin: 0 };

class Said {
  readonly #hash = createHash('sha256');
  #lines = 0;

  add(of: unknown): void {
    const line = JSON.stringify(of);
    this.#lines++;
    this.#hash.update(line);
    if (file !== undefined) writeSync(file, `${line}\n`);
  }

  print(what: string): void {
    console.log(`${what.padEnd(30)}${String(this.#lines).padStart(9)}  ${this.#hash.digest('hex').slice(0, 32)}`);
  }
}

const made = (metrics: readonly NamedMetric[], options: object): Outlier =>
  hostedOutlier(options, { metrics, windowMs: WINDOW_MS });

/** Shows one series of amounts; half-way it goes on from a snapshot. */
function show(
  said: Said,
  options: object,
  { timesMs, values }: { timesMs: readonly number[]; values: number[] },
): void {
  let check = made([VALUE], options);
  values.forEach((value, at) => {
    said.add([check.window(windowOf(timesMs[at] ?? 0, value)), check.strangenessOf('', VALUE.name)]);
    if (at === values.length >> 1) check = goneOn(check, [VALUE], options);
  });
}

function goneOn(check: Outlier, metrics: readonly NamedMetric[], options: object): Outlier {
  const next = made(metrics, options);
  next.restore(JSON.parse(JSON.stringify([...check.snapshot()])) as [string, Json][]);
  return next;
}

function nab(options: object): Said {
  const dir = process.argv[2] ?? process.env['NAB_DATA'];
  const said = new Said();
  for (const { timesMs, values } of dir === undefined ? readSamples() : readCorpus(dir))
    show(said, options, { timesMs, values: [...values] });
  return said;
}

function yardstick(options: object): Said {
  const said = new Said();
  for (const kind of KINDS)
    for (const [seed, shift] of [
      [0, 0],
      [1, 3],
      [2, 8],
    ] as const) {
      const values = simulated(kind, { seed, length: 2_400, stepMs: 300_000, shift, shiftAt: 2_000 });
      show(said, options, { timesMs: values.map((_, at) => at * 300_000), values });
    }
  return said;
}

function fleet(options: object): Said {
  const said = new Said();
  const metrics = Object.values(METRICS);
  let check = made(metrics, options);
  const shown = simulatedFleet({ series: 50, sorts: ['count', 'ratio', 'gauge', 'mean', 'median'], faultShare: 0.002 });
  for (let at = 0; at < 3_200; at++) {
    const closed = shown.next().value;
    said.add([check.window(closed), check.strangenessOf('exchange=x7', 'price')]);
    if (at % 1_000 === 777) check = goneOn(check, metrics, options);
  }
  return said;
}

function scenes(options: object): Said {
  const said = new Said();
  const all: readonly (readonly ClosedWindow[])[] = [busyWindows(), ...Object.values(hardWindows())];
  for (const shown of all) {
    const hosted = hostedCheck(outlier, options, toldBy(shown));
    for (const closed of shown) said.add(hosted.window(closed));
  }
  return said;
}

for (const options of [{}, TALKATIVE]) {
  console.log(JSON.stringify(options));
  nab(options).print('NAB');
  yardstick(options).print('yardstick');
  fleet(options).print('simulated fleet');
  scenes(options).print('scenes of the test kit');
}
