import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Outlook } from '../../core/pipeline/judge/outlook.ts';
import { OpenWindowEstimator } from '../../plugins/completeness/estimator.ts';
import { JUST_EVENTS } from './justEvents.ts';
import { quantileOf } from './scores.ts';
import { SizedTables, type Sizes } from './sizedTables.ts';

const DAY_MS = 86_400_000;
const START_MS = 20_000 * DAY_MS;
const LOOK_MS = 5_000;
/** Looks after the first one, which fills the books: at first the two days before are learned from, five windows a look; the last ones are as they are from then on. */
const [LOOKS, STEADY_LOOKS] = [190, 60];

/**
 * Prints what the open windows of one stream cost its host: memory of the books and of the estimator, CPU of a look. Rows of the store are made up while it is asked, so the engine's part and the reading of rows from JSON
 * are not in it.
 */
export async function printSize(sizes: Sizes): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heldMb = (): string => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return `${((heapUsed + arrayBuffers) / 2 ** 20).toFixed(0)} MB held`;
  };
  const tables = new SizedTables(sizes, START_MS);
  const host = { stream: 'requests', windowMs: sizes.windowMs, latenessMs: DAY_MS };
  const estimator = new OpenWindowEstimator({ ...host, confidences: [0.8, 0.95], metrics: [] });
  const outlook = new Outlook({
    ...{ ...host, packets: 'packets', estimator, store: tables, heardMs: () => tables.nowMs },
    ...JUST_EVENTS,
    ready: { metric: 'events', halfWidth: 0.01, confidence: 0.95, maxWaitMs: 900_000 },
    onBroken: (error) => {
      throw error;
    },
  });
  console.log(`\n${String(sizes.servers)} servers, windows of ${String(sizes.windowMs / 1_000)} s, 200 of them open`);
  console.log(`before: ${heldMb()}`);
  const [firstMs] = await cpuOf(() => outlook.look());
  console.log(`the first look, which fills the books: ${firstMs.toFixed(0)} ms of CPU, ${heldMb()}, ${peakMb()}`);
  const [looks, rowsMs]: [number[], number[]] = [[], []];
  for (let look = 0; look < LOOKS; look++) {
    tables.nowMs += LOOK_MS;
    // What it takes to make rows up is measured by itself and taken off.
    const [rows] = await cpuOf(async () => {
      const since = { afterMs: tables.nowMs - LOOK_MS - 60_000, oldestMs: tables.nowMs - 200 * sizes.windowMs };
      await Promise.all([tables.arrived('', since), tables.announced('', '', since), tables.beats('', since)]);
    });
    const [all] = await cpuOf(() => outlook.look());
    rowsMs.push(rows);
    looks.push(all);
  }
  const figures = (values: readonly number[]): string =>
    `${quantileOf(values, 0.5).toFixed(0)} ms in the median, ${quantileOf(values, 0.99).toFixed(0)} ms p99`;
  const [early, late] = [looks.slice(0, -STEADY_LOOKS), looks.slice(-STEADY_LOOKS)];
  console.log(`then a look every 5 s, while two days are learned from: ${figures(early)} of CPU`);
  console.log(`and from then on: ${figures(late)}; of it to make up rows ${figures(rowsMs)}`);
  console.log(`after them (${String(tables.estimates)} estimates): ${heldMb()}, ${peakMb()}`);
  const [snapshotMs, text] = await cpuOf(() => JSON.stringify(estimator.snapshot()));
  console.log(
    `what is saved of the estimator every ten minutes: ${(text.length / 2 ** 20).toFixed(1)} MB of JSON in ${snapshotMs.toFixed(0)} ms`,
  );
}

const peakMb = (): string => `peak of the process ${(process.resourceUsage().maxRSS / 1_024).toFixed(0)} MB`;

/** CPU that something takes, user and system, ms; and what it gives. */
async function cpuOf<Result>(work: () => Result | Promise<Result>): Promise<[ms: number, result: Result]> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return [(user + system) / 1_000, result];
}
