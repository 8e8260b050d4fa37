/**
 * `npm run bench:forecast [-- DIR]` (or NAB_DATA): how well the outlier plugin forecasts 1, 6 and 24 hours ahead, beside three peers: coverage of its intervals of 80 and 95 %, and the
 * size of errors and of pinball losses as ratios to the last value's. Series of the yardstick's kinds and of a simulated fleet; with DIR (as in `npm run bench:nab`) also the real ones
 * there. Then how often it was warned of a limit that was then crossed, and how long before. SEEDS=1,2 and SERIES=6 say which series, and of each kind how many.
 */
import { type Case, fleetCases, nabCases, simulatedCases } from './forecast/cases.ts';
import { contest, HOURS, type Outcome, relative } from './forecast/contest.ts';
import { FORECASTERS } from './forecast/forecasters.ts';
import { limitTrials } from './forecast/limitTrials.ts';

const SEEDS = (process.env['SEEDS'] ?? '1,2').split(',').map(Number);
const SERIES = Number(process.env['SERIES'] ?? '6');
const dir = process.argv[2] ?? process.env['NAB_DATA'];

const percent = (share: number): string => (Number.isNaN(share) ? '-' : (100 * share).toFixed(0)).padStart(5);
const ratio = (value: number): string => (Number.isNaN(value) ? '-' : value.toFixed(2)).padStart(6);
const mean = (numbers: readonly number[]): number => {
  const there = numbers.filter((number) => !Number.isNaN(number));
  return there.reduce((sum, number) => sum + number, 0) / there.length;
};

function printTable(title: string, outcomes: readonly Outcome[]): void {
  console.log(`\n${title}; ${HOURS.map((hours) => `${String(hours)} h`).join(', ')} ahead`);
  console.log(
    `${'forecaster'.padEnd(16)}${HOURS.map(() => '   80%  95%  error pinball').join('  |')}   (within, and ratios to the last value's)`,
  );
  for (const forecaster of Object.keys(FORECASTERS)) {
    const cells = HOURS.map((hours) => {
      const of = (name: string): Outcome[] =>
        outcomes.filter((one) => one.forecaster === name && one.hours === hours && one.asked > 0);
      const own = of(forecaster);
      const last = of('last value');
      const covered = [mean(own.map(({ within80 }) => within80)), mean(own.map(({ within95 }) => within95))];
      const losses = [relative(own, last, ({ error }) => error), relative(own, last, ({ pinball }) => pinball)];
      return ` ${covered.map(percent).join('')} ${losses.map(ratio).join(' ')}`;
    });
    console.log(`${forecaster.padEnd(16)}${cells.join('  |')}`);
  }
}

function printAll(title: string, cases: readonly Case[]): void {
  const outcomes = cases.flatMap(contest);
  for (const kind of new Set(cases.map((of) => of.kind)))
    printTable(
      `${title}, ${kind}`,
      outcomes.filter((one) => one.kind === kind),
    );
  printTable(`${title}, all ${String(cases.length)} series`, outcomes);
}

for (const seed of SEEDS) printAll(`seed ${String(seed)}`, simulatedCases(seed, SERIES));
printAll('simulated fleet', fleetCases(Math.max(2, SERIES >> 1)));
if (dir !== undefined) printAll('NAB', nabCases(dir));

for (const seed of SEEDS)
  for (const confidence of [0.8, 0.5]) {
    const title = `limits, seed ${String(seed)}: ${String(2 * SERIES)} series of each kind, looked at 6 h ahead`;
    console.log(`\n${title}, confidence ${String(confidence)}`);
    for (const { kind, ...counts } of limitTrials(seed, 2 * SERIES, confidence)) {
      const told = Object.entries(counts).map(([what, count]) => `${what} ${String(count)}`);
      console.log(`${kind.padEnd(32)}${told.join(', ')}`);
    }
  }
