import { seededRandom } from '../../core/findings/random.ts';
import { Outlier, outlier } from '../../plugins/outlier/plugin.ts';
import { AMOUNT, type Case, shownWindow } from './cases.ts';

const STEP_MS = 300_000;
const DAY = 86_400_000 / STEP_MS;
const WITHIN_MS = 6 * 3_600_000;
const LIMIT = 90;
const LENGTH = 6 * DAY;

interface Drawn {
  readonly at: number;
  readonly normal: () => number;
  readonly uniform: () => number;
  readonly memory: { level: number; startAt: number; pace: number };
}

/** Gauges in percent of what is full; some get there. All keep below the limit for three days. */
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
  /** Series that crossed the limit, and of those the ones that were warned of before. */
  readonly crossed: number;
  readonly warned: number;
  /** Warnings after which the limit was crossed within twice the time looked ahead, and those after which it was not. */
  readonly right: number;
  readonly wrong: number;
  /** From the first standing warning to the crossing: the middle of all. */
  readonly hoursBefore: string;
}

export function limitTrials(seed: number, series: number): LimitTrial[] {
  return Object.keys(KINDS).map((kind) => {
    const trials = Array.from({ length: series }, (_, at) => trialOf(kind, `${kind} ${String(seed)} ${String(at)}`));
    const before = trials.flatMap(({ hours }) => (hours === undefined ? [] : [hours])).sort((a, b) => a - b);
    return {
      kind,
      crossed: trials.filter(({ crossed }) => crossed).length,
      warned: before.length,
      right: trials.reduce((sum, { right }) => sum + right, 0),
      wrong: trials.reduce((sum, { wrong }) => sum + wrong, 0),
      hoursBefore: before[before.length >> 1]?.toFixed(1) ?? '-',
    };
  });
}

/** One series up to its crossing. A warning is an episode: windows in a row that say it. */
function trialOf(
  kind: string,
  seed: string,
): { crossed: boolean; right: number; wrong: number; hours: number | undefined } {
  const values = valuesOf(kind, seed);
  const crossedAt = values.findIndex((value) => value > LIMIT);
  const last = crossedAt === -1 ? values.length : crossedAt;
  const begun: number[] = [];
  let until = -1;
  const of: Case = {
    ...{ kind, stepMs: STEP_MS, values, metric: AMOUNT, valueAt: (at) => ({ value: values[at] }) },
    timesMs: values.map((_, at) => Date.UTC(2026, 0, 5) + at * STEP_MS),
  };
  const limits = [{ metric: AMOUNT.name, above: LIMIT, withinMs: WITHIN_MS, confidence: 0.8 }];
  const host = {
    stream: 'bench',
    streamKind: 'events',
    windowMs: STEP_MS,
    metrics: [AMOUNT],
    random: () => 0,
  } as const;
  const check = new Outlier(outlier.options.parse({ limits }), host);
  for (let at = 0; at < last; at++) {
    const isSaid = check.window(shownWindow(of, at)).some(({ message }) => message === 'limit-ahead');
    if (isSaid && until !== at - 1) begun.push(at);
    if (isSaid) until = at;
  }
  const patience = (2 * WITHIN_MS) / STEP_MS;
  const right = begun.filter((at) => crossedAt !== -1 && crossedAt - at <= patience);
  const standing = until === last - 1 ? begun.at(-1) : undefined;
  const isWarned = crossedAt !== -1 && standing !== undefined;
  return {
    crossed: crossedAt !== -1,
    right: right.length,
    wrong: begun.length - right.length,
    hours: isWarned ? ((crossedAt - standing) * STEP_MS) / 3_600_000 : undefined,
  };
}

function valuesOf(kind: string, seed: string): number[] {
  const uniform = seededRandom(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const memory = { level: 0, startAt: Math.floor((3 + uniform()) * DAY), pace: 0.1 + 0.4 * uniform() };
  return Array.from({ length: LENGTH }, (_, at) => KINDS[kind]!({ at, normal, uniform, memory }));
}
