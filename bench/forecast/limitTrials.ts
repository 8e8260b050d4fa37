import { seededRandom } from '../../core/findings/random.ts';
import type { ClosedWindow } from '../../core/plugin.ts';
import { Outlier, outlier } from '../../plugins/outlier/plugin.ts';
import { AMOUNT } from './cases.ts';

const STEP_MS = 300_000;
const START_MS = Date.UTC(2026, 0, 5);
const DAY = 86_400_000 / STEP_MS;
const WITHIN_MS = 6 * 3_600_000;
/** A warning is right when the limit is crossed within twice the time that is looked ahead. */
const PATIENCE = (2 * WITHIN_MS) / STEP_MS;
const LIMIT = 90;
const LENGTH = 6 * DAY;

interface Drawn {
  readonly at: number;
  readonly normal: () => number;
  readonly uniform: () => number;
  readonly memory: { level: number; startAt: number; pace: number };
}

/** Gauges in percent of what is full; some get there, none in the first three days. */
const KINDS: Readonly<Record<string, (drawn: Drawn) => number>> = {
  'fills at a steady pace': ({ at, normal, memory }) => 30 + filled(at, memory) + normal(),
  'fills in bursts': ({ at, normal, uniform, memory }) => {
    if (at > memory.startAt) memory.level += uniform() < 0.1 ? 20 * memory.pace * uniform() : 0;
    return 30 + memory.level + 0.5 * normal();
  },
  'fills, with a daily course': ({ at, normal, memory }) => 30 + 8 * daily(at) + filled(at, memory) + normal(),
  'jumps over it at once': ({ at, normal, memory }) => (at > memory.startAt + DAY ? 95 : 40) + 2 * normal(),
  'fills half-way, then stays': ({ at, normal, memory }) => 30 + Math.min(45, filled(at, memory)) + normal(),
  'daily course that comes close': ({ at, normal }) => 55 + 30 * daily(at) + normal(),
  'noise that comes close': ({ normal, memory }) => 60 + (memory.level = 0.8 * memory.level + 4 * normal()),
  'random walk': ({ normal, memory }) => 50 + (memory.level += 0.4 * normal()),
};

const filled = (at: number, { startAt, pace }: Drawn['memory']): number => Math.max(0, at - startAt) * pace;
const daily = (at: number): number => Math.sin((2 * Math.PI * at) / DAY);

/** What came of the warnings of one kind of series. */
export interface LimitTrial {
  readonly kind: string;
  /** Series that crossed the limit, and of those the ones of which a warning stood at that time. */
  readonly crossed: number;
  readonly warned: number;
  /** Warnings after which the limit was crossed soon, and those after which it was not. */
  readonly right: number;
  readonly wrong: number;
  /** From the beginning of the warning that stood to the crossing: the middle of all. */
  readonly hoursBefore: string;
}

/** One series: its values, where it crosses, and the warnings of it so far: windows in a row that say it. */
interface Trial {
  readonly kind: string;
  readonly values: readonly number[];
  readonly crossedAt: number;
  readonly begun: number[];
  until: number;
}

/** So many series of each kind in one stream, as the host shows them; what comes after a crossing is not counted. */
export function limitTrials(seed: number, series: number, confidence: number): LimitTrial[] {
  const trials = new Map<string, Trial>();
  for (const kind of Object.keys(KINDS))
    for (let at = 0; at < series; at++) {
      const values = valuesOf(kind, `${kind} ${String(seed)} ${String(at)}`);
      const crossedAt = values.findIndex((value) => value > LIMIT);
      trials.set(`${kind} ${String(at)}`, { kind, values, crossedAt, begun: [], until: -2 });
    }
  const limits = [{ metric: AMOUNT.name, above: LIMIT, withinMs: WITHIN_MS, confidence }];
  const host = { stream: 'bench', streamKind: 'events', windowMs: STEP_MS, metrics: [AMOUNT] } as const;
  const check = new Outlier(outlier.options.parse({ limits }), { ...host, random: () => 0 });
  for (let at = 0; at < LENGTH; at++)
    for (const { message, series: name } of check.window(shown(trials, at))) {
      const trial = trials.get(name);
      if (message !== 'limit-ahead' || trial === undefined || (trial.crossedAt !== -1 && at >= trial.crossedAt))
        continue;
      if (trial.until !== at - 1) trial.begun.push(at);
      trial.until = at;
    }
  return Object.keys(KINDS).map((kind) =>
    summed(
      kind,
      [...trials.values()].filter((trial) => trial.kind === kind),
    ),
  );
}

const shown = (trials: ReadonlyMap<string, Trial>, at: number): ClosedWindow => ({
  ...{ stream: 'bench', startMs: START_MS + at * STEP_MS, endMs: START_MS + (at + 1) * STEP_MS },
  ...{ revision: 0, state: 'complete', extra: [], servers: [] },
  series: [...trials].map(([name, { values }]) => ({
    ...{ series: name, labels: {}, events: 100, readings: new Map() },
    metrics: new Map([[AMOUNT.name, { value: values[at] }]]),
  })),
});

function summed(kind: string, trials: readonly Trial[]): LimitTrial {
  const isRight = ({ crossedAt }: Trial, at: number): boolean => crossedAt !== -1 && crossedAt - at <= PATIENCE;
  const right = trials.reduce((sum, trial) => sum + trial.begun.filter((at) => isRight(trial, at)).length, 0);
  const stood = trials.filter(({ crossedAt, until }) => crossedAt !== -1 && until === crossedAt - 1);
  const windows = stood.map(({ crossedAt, begun }) => crossedAt - (begun.at(-1) ?? 0)).sort((a, b) => a - b);
  const middle = windows[windows.length >> 1];
  return {
    kind,
    crossed: trials.filter(({ crossedAt }) => crossedAt !== -1).length,
    warned: stood.length,
    right,
    wrong: trials.reduce((sum, { begun }) => sum + begun.length, 0) - right,
    hoursBefore: middle === undefined ? '-' : ((middle * STEP_MS) / 3_600_000).toFixed(1),
  };
}

function valuesOf(kind: string, seed: string): number[] {
  const uniform = seededRandom(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const memory = { level: 0, startAt: Math.floor((3 + uniform()) * DAY), pace: 0.1 + 0.4 * uniform() };
  return Array.from({ length: LENGTH }, (_, at) => KINDS[kind]!({ at, normal, uniform, memory }));
}
