import { seededRandom } from '../../core/findings/random.ts';

/** How a simulated series behaves: its value at an instant, of a normal and a uniform variable, and of what it remembers. */
export interface Kind {
  readonly name: string;
  readonly deviation: number;
  readonly value: (now: Instant) => number;
}

interface Instant {
  readonly at: number;
  readonly timeMs: number;
  readonly normal: () => number;
  readonly uniform: () => number;
  readonly memory: { level: number };
}

const DAY_MS = 86_400_000;
const wave = (timeMs: number, periodMs: number): number => Math.sin((2 * Math.PI * timeMs) / periodMs);

/** A Poisson variable, by Knuth's product for small means, by the normal law for large ones. */
function poisson(mean: number, { normal, uniform }: Instant): number {
  if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
  const least = Math.exp(-mean);
  let product = uniform();
  let count = 0;
  for (; product > least; count++) product *= uniform();
  return count;
}

export const KINDS: readonly Kind[] = [
  { name: 'constant', deviation: 1, value: () => 50 },
  { name: 'thin counts', deviation: 2, value: (now) => poisson(4, now) },
  { name: 'thick counts', deviation: 30, value: (now) => poisson(900, now) },
  { name: 'daily', deviation: 5, value: ({ timeMs, normal }) => 200 + 50 * wave(timeMs, DAY_MS) + 5 * normal() },
  {
    name: 'daily and weekly',
    deviation: 5,
    value: ({ timeMs, normal }) => 200 + 40 * wave(timeMs, DAY_MS) + 30 * wave(timeMs, 7 * DAY_MS) + 5 * normal(),
  },
  { name: 'trend', deviation: 5, value: ({ at, normal }) => 100 + 0.02 * at + 5 * normal() },
  { name: 'random walk', deviation: 5, value: ({ memory, normal }) => (memory.level += normal()) },
  {
    name: 'autoregressive',
    deviation: 5,
    value: ({ memory, normal }) => (memory.level = 0.8 * memory.level + 3 * normal()),
  },
  {
    name: 'heavy tails',
    deviation: 5,
    value: ({ normal }) => 100 + (4 * normal()) / Math.sqrt(0.1 + normal() ** 2 / 2 + normal() ** 2 / 2),
  },
  { name: 'share', deviation: 0.02, value: (now) => poisson(150, now) / 500 },
];

export interface Simulated {
  readonly seed: number;
  readonly length: number;
  readonly stepMs: number;
  /** In deviations of the kind's noise; 0 for a clean series. */
  readonly shift: number;
  readonly shiftAt: number;
}

/** One series of a kind: the same of the same seed, whatever the shift. */
export function simulated(kind: Kind, { seed, length, stepMs, shift, shiftAt }: Simulated): number[] {
  const uniform = seededRandom(`${kind.name} ${String(seed)}`);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const memory = { level: 0 };
  return Array.from({ length }, (_, at) => {
    const value = kind.value({ at, timeMs: at * stepMs, normal, uniform, memory });
    return at >= shiftAt ? value + shift * kind.deviation : value;
  });
}
